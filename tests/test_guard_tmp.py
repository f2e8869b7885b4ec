import socket, pytest
from databases import ON_SQLITE
from browser import sign_in, check_page, take_pictures
from factories import PASSWORD
def test_net():
    with pytest.raises(AssertionError):
        socket.create_connection(("192.0.2.1", 80), timeout=1)
@ON_SQLITE
def test_b(page, cast):
    page.goto("/healthz")
    page.goto("/login")
    take_pictures(page,"login")
    check_page(page)
@ON_SQLITE
def test_c(page, cast):
    sign_in(page,"lin",PASSWORD)
    take_pictures(page,"home")
    check_page(page)
@ON_SQLITE
def test_d(visit):
    visit("lin").get("/")
