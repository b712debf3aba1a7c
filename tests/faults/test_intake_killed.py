"""A server killed anywhere on the way in leaves a whole batch or none, and the sender's next try succeeds."""

import pytest

from intake.models.imports import Import
from metrics.models.results import Batch
from tests.faults.sending import CASES, FIFTY, KEYED_CASES, ROWS, SCENES, rows
from tests.faults.world import CSRF, Counts, Record

pytestmark = [pytest.mark.broker]
DECIDING = (
    "before INSERT metrics_batch",
    "after INSERT metrics_batch",
    "before UPDATE intake_import",
    "after UPDATE intake_import",
    "before COMMIT intake_import",
    "after COMMIT intake_import",
)


@pytest.fixture(scope="module")
def send(world, desk):
    """Sends a scene's request; with `at`, to a server that dies there."""

    def post(scene, day, *, at="", **headers):
        headers |= {"Authorization": f"Bearer {world.key}", "Content_Type": "application/json"}
        way = ("POST", f"/api/v1/results{scene.query}", scene.body(day))
        return desk.killed_at(at, *way, **headers) if at else desk.ask(*way, **headers)

    return post


def last_batch() -> int:
    return Batch.objects.order_by("-pk").values_list("pk", flat=True).first() or 0


def check_record(world, scene, day, receipts):
    """Everything of the scene is there, once, on receipts that add up, and judged as it stands."""
    assert world.record_of(day) == scene.after
    assert all(counts.adds_up for counts in receipts)
    total = sum(receipts, Counts())
    assert (total.new, total.superseded, total.late) == (
        scene.counted.new,
        scene.counted.superseded,
        scene.counted.late,
    )
    if scene.closed or scene.after == scene.before:
        assert not world.is_dirty(day) or scene.known
        return
    assert world.is_dirty(day)
    assert world.cases_judged(day) == scene.after.rows


@pytest.mark.parametrize("name, place", CASES)
def test_killed_without_a_key_the_batch_is_whole_or_not_there_and_sending_again_succeeds(world, send, name, place):
    scene = SCENES[name]
    day, last = scene.prepare(world), last_batch()

    send(scene, day, at=place)
    left, receipts = world.record_of(day), world.receipts_after(last)
    again = send(scene, day)

    assert (left, receipts) in [(scene.before, []), (scene.after, [scene.counted])]
    assert again.status in scene.status, again
    check_record(world, scene, day, world.receipts_after(last))


@pytest.mark.parametrize("name, place", KEYED_CASES)
def test_killed_with_a_key_the_same_request_is_carried_out_once(world, send, name, place):
    scene = SCENES[name]
    day, last = scene.prepare(world), last_batch()
    key = f'"{place} {day}"'.replace(" ", "/")

    send(scene, day, at=place, Idempotency_Key=key)
    left, receipts = world.record_of(day), world.receipts_after(last)
    again, and_again = (send(scene, day, Idempotency_Key=key) for _ in range(2))

    assert (left, receipts) in [(scene.before, []), (scene.after, [scene.counted])]
    assert again.status == and_again.status
    assert again.status in scene.status, again
    if scene.counted.received:
        assert again.body == and_again.body
        assert world.receipts_after(last) == [scene.counted]
        assert again.json()["rows"] == vars(scene.counted)
        assert bool(again.headers.get("idempotent-replayed")) == bool(receipts)
    check_record(world, scene, day, world.receipts_after(last))


# --- A file ------------------------------------------------------------------------------------------------------


@pytest.fixture
def day(world):
    return world.fresh_day()


@pytest.fixture
def press(world, desk):
    """Presses a button on a page; with `at`, on a server that dies there."""

    def post(path, body=b"", *, at="", method="POST", content_type="application/x-www-form-urlencoded"):
        headers = {"Cookie": world.cookies, "X_CSRFToken": CSRF}
        headers |= {"Content_Type": content_type} if method == "POST" else {}
        way = (method, path, body)
        return desk.killed_at(at, *way, **headers) if at else desk.ask(*way, **headers)

    return post


@pytest.fixture
def upload(press, day):
    """Brings the day's file; gives its id, where there is one."""
    lines = ["feed,occurred_at,external_id,value"]
    lines += [",".join(str(value) for value in row.values()) for row in rows(day)]
    part = f'--b\r\nContent-Disposition: form-data; name="file"; filename="{day}.csv"\r\nContent-Type: text/csv\r\n\r\n'
    body = (part + "\n".join(lines) + "\r\n--b--\r\n").encode()

    def bring(at=""):
        answer = press("/imports/new", body, at=at, content_type="multipart/form-data; boundary=b")
        return answer, answer.headers.get("location", "")

    return bring


@pytest.fixture
def page(upload):
    """The address of the day's file, uploaded and not yet decided."""
    return upload()[1]


def test_killed_once_an_upload_is_kept_nothing_is_stored_and_the_file_can_be_brought_again(world, day, upload, press):
    cut_off, _page = upload(at="after INSERT intake_import")
    left = world.record_of(day)
    _answer, page = upload()
    confirmed = press(f"{page}/decide", b"act=confirm")

    assert (cut_off.status, confirmed.status) == (0, 302)
    assert left in [Record(), Record(imports=("preview",))]
    assert world.record_of(day).rows == ROWS


def test_killed_after_a_preview_nothing_is_stored_and_the_page_opens_again(world, day, page, press):
    press(page, method="GET", at="at REPLY")
    left = world.record_of(day)

    assert left == Record(imports=("preview",))
    assert press(page, method="GET").status == 200
    assert not world.is_dirty(day)


@pytest.mark.parametrize("place", DECIDING)
def test_killed_while_a_file_is_imported_it_is_whole_or_not_there_and_can_be_confirmed_again(
    world, day, page, press, place
):
    last = last_batch()

    cut_off = press(f"{page}/decide", b"act=confirm", at=place)
    left = world.record_of(day)
    again = press(f"{page}/decide", b"act=confirm")

    assert (cut_off.status, again.status) == (0, 302)
    assert left in [Record(imports=("preview",)), Record(FIFTY.rows, FIFTY.revision, imports=("imported",))]
    assert world.record_of(day) == Record(FIFTY.rows, FIFTY.revision, imports=("imported",))
    assert world.receipts_after(last) == [Counts(received=ROWS, new=ROWS)]
    assert world.cases_judged(day) == ROWS


@pytest.mark.parametrize("place", DECIDING)
def test_killed_while_a_file_is_taken_back_all_of_it_is_there_or_none(world, day, page, press, place):
    press(f"{page}/decide", b"act=confirm")
    last = last_batch()

    cut_off = press(f"{page}/decide", b"act=undo", at=place)
    left = world.record_of(day)
    again = press(f"{page}/decide", b"act=undo")

    undone = Record(superseded=ROWS, imports=("undone",))
    assert (cut_off.status, again.status) == (0, 302)
    assert left in [Record(FIFTY.rows, FIFTY.revision, imports=("imported",)), undone]
    assert world.record_of(day) == undone
    assert world.receipts_after(last) == [Counts(received=ROWS, superseded=ROWS)]
    assert Import.objects.filter(file_name=f"{day}.csv").count() == 1
