def test_the_process_answers_to_anybody(stranger):
    assert stranger.get("/healthz").json == {"status": "ok"}


def test_it_is_ready_when_the_database_has_its_tables(stranger):
    assert stranger.get("/readyz").json == {"status": "ok"}
