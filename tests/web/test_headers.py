from databases import opened

from ledger.web.headers import CONTENT_SECURITY_POLICY, HEADERS


def test_every_answer_carries_every_header(app, visit, stranger):
    paths = ["/login", "/healthz", "/goods", "/nowhere", "/static/dist/nothing.css", "/"]
    for visitor in (visit("lin"), stranger):
        for path in paths:
            answer = visitor._client.get(path)  # noqa: SLF001 - whatever its status
            for name, value in HEADERS.items():
                assert answer.headers.getlist(name) == [value], (path, name)


def test_pages_may_run_no_script_but_their_own_and_load_nothing_from_elsewhere():
    directives = dict(part.split(" ", 1) for part in CONTENT_SECURITY_POLICY.split("; "))

    assert directives["default-src"] == "'none'"
    assert directives["script-src"] == "'self'"
    assert directives["style-src"] == "'self'"
    assert directives["base-uri"] == directives["frame-ancestors"] == "'none'"
    assert "unsafe" not in CONTENT_SECURITY_POLICY
    assert "http" not in CONTENT_SECURITY_POLICY


def test_pages_are_not_kept_by_browsers_but_assets_are(visit):
    visitor = visit("lin")

    assert "no-store" in visitor.get("/goods").headers["Cache-Control"]


def test_the_session_cookie_is_out_of_reach_of_scripts_and_other_sites(stranger):
    cookie = stranger.get("/login").headers["Set-Cookie"]

    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie


def test_over_https_cookies_and_visits_stay_on_https(database_url, tmp_path):
    with opened(database_url, tmp_path, public_url="https://ledger.example") as app:
        answer = app.test_client().get("/login", base_url="https://ledger.example")

    assert "Secure" in answer.headers["Set-Cookie"]
    assert answer.headers["Strict-Transport-Security"] == "max-age=31536000"
