from databases import opened


def test_the_process_answers_to_anybody(stranger):
    assert stranger.get("/healthz").json == {"status": "ok"}


def test_it_is_ready_when_the_database_has_its_tables(stranger):
    assert stranger.get("/readyz").json == {"status": "ok"}


def test_without_tables_it_says_which_command_makes_them(tmp_path):
    with opened(f"sqlite:///{tmp_path / 'empty.sqlite'}", tmp_path) as app:
        answer = app.test_client().get("/login")

    assert answer.status_code == 503
    assert "flask db upgrade" in answer.text


def test_without_assets_it_says_which_command_builds_them(database_url, tmp_path):
    with opened(database_url, tmp_path) as app:
        app.static_folder = str(tmp_path)
        answer = app.test_client().get("/login")

    assert answer.status_code == 503
    assert "flask build" in answer.text
