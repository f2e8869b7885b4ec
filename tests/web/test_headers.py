import pytest
from databases import ON_SQLITE, opened

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
    assert directives["worker-src"] == "'self'"
    assert directives["media-src"] == "'self' blob:"
    assert directives["img-src"] == "'self' data: blob:"
    assert directives["base-uri"] == directives["frame-ancestors"] == "'none'"
    assert "unsafe" not in CONTENT_SECURITY_POLICY
    assert "http" not in CONTENT_SECURITY_POLICY


@ON_SQLITE
def test_the_decoder_alone_may_compile_its_engine(app, stranger):
    asset = app.jinja_env.globals["asset"]
    decoder, others = asset("decoder.js"), [asset("scan.js"), asset("ledger.js"), asset("zxing_reader.wasm")]

    policy = policy_of(stranger, decoder)

    assert "script-src 'self' 'wasm-unsafe-eval' 'unsafe-eval';" in policy
    assert "default-src 'none';" in policy
    for address in others:
        assert policy_of(stranger, address) == CONTENT_SECURITY_POLICY


def policy_of(visitor, address):
    with visitor.get(address) as answer:
        return answer.headers["Content-Security-Policy"]


@ON_SQLITE
@pytest.mark.parametrize("accepted", ["br", "gzip"])
def test_the_decoders_engine_comes_compressed_as_what_it_is_and_is_kept(app, stranger, accepted):
    address = app.jinja_env.globals["asset"]("zxing_reader.wasm")

    with stranger.get(address, headers={"Accept-Encoding": accepted}) as answer:
        assert answer.headers["Content-Type"] == "application/wasm"
        assert answer.headers["Content-Encoding"] == accepted
        assert int(answer.headers["Content-Length"]) < 500_000
        assert "max-age=31536000" in answer.headers["Cache-Control"]


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
