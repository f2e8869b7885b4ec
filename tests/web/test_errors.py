import pytest
from databases import ON_SQLITE
from sqlalchemy import text

from ledger.db import db

pytestmark = ON_SQLITE


@pytest.mark.usefixtures("cast")
def test_a_fault_is_told_without_its_inside(app, visit, caplog):
    visitor = visit("lin")
    with db.engine.begin() as connection:
        connection.execute(text("ALTER TABLE goods_import RENAME TO elsewhere"))

    page = visitor.get("/imports", status=500).text

    assert "系统出错了" in page
    assert "elsewhere" not in page
    assert "goods_import" not in page
    assert "goods_import" in caplog.text


@pytest.mark.usefixtures("cast")
def test_even_without_a_database_there_is_an_answer(app, visit, caplog):
    visitor = visit("lin")
    visitor.get("/")
    with db.engine.begin() as connection:
        connection.execute(text("ALTER TABLE users RENAME TO elsewhere"))

    answer = visitor.get("/goods", status=500)

    assert "Something went wrong" in answer.text
    assert "users" in caplog.text


def test_an_address_that_is_not_there_says_so_to_anybody(stranger, visit):
    assert "这里什么都没有" in stranger.get("/nowhere", status=404).text
    assert "这里什么都没有" in visit("lin").get("/goods/999999", status=404).text


def test_the_wrong_method_and_a_file_too_large_are_told(app, visit):
    visitor = visit("lin")
    visitor.get("/login/out", status=405)
    app.config["MAX_CONTENT_LENGTH"] = 100

    assert "文件过大" in visitor.post("/imports", {"kind": "x" * 200}, status=413).text


def test_a_form_that_was_open_too_long_says_what_to_do(app, visit):
    client = visit("lin")._client  # noqa: SLF001 - past the helper that adds the token

    with app.app_context():
        answer = client.post("/cases", data={"number": "1"})

    assert answer.status_code == 400
    assert "刷新页面后再提交一次" in answer.text
