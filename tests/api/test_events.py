from databases import ON_SQLITE
from days import make_day
from lumps import scan_of, send


def test_progress_counts_the_batches_that_passed_each_stage(session, cast, guo):
    day = make_day(session, cast, batches=3)
    load = scan_of(day)
    send(guo, load, scan_of(day, code=day.batches[1].code), scan_of(day, "receive"), scan_of(day, "receive"))

    found = guo.get(f"/api/v1/events/{day.event.id}/progress").json

    assert found == {
        "event": day.event.id,
        "state": "open",
        "expected": 3,
        "passed": {"load": 2, "receive": 1, "destroy": 0},
    }


@ON_SQLITE
def test_who_knows_it_already_is_told_so_until_it_changes(day, guo):
    path = f"/api/v1/events/{day.event.id}/progress"
    known = {"If-None-Match": guo.get(path).headers["ETag"]}

    assert guo.get(path, status=304, headers=known).data == b""
    send(guo, scan_of(day))
    assert guo.get(path, headers=known).json["passed"]["load"] == 1


@ON_SQLITE
def test_those_who_take_part_may_ask_and_no_stranger(day, visit, stranger):
    path = f"/api/v1/events/{day.event.id}/progress"

    visit("qian").get(path)
    assert visit("wu").get(path, status=403).json["error"] == "not_permitted"
    assert stranger.get(path, status=401).json["error"] == "sign_in_needed"
    assert visit("guo").get("/api/v1/events/987654/progress", status=404).json["error"] == "not_found"
