"""Files with results: looked at first, stored on a word, taken back before the night."""

import csv
import io

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from bpo.models import AuditEntry
from contracts.models.service_levels import Feed
from intake.models.imports import Import
from metrics.models.results import Batch, CountResult, SupersededResult
from metrics.models.verdicts import DirtyCell
from tests.builders import NOW, make_night

HEADER = "feed,period,numerator,denominator\n"
NUMBERS = {"column_0": "period", "column_1": "numerator", "column_2": "denominator"}


@pytest.fixture
def vendor(signed_in):
    return signed_in("brightline-reporter")


def upload(client, content: str | bytes, **more: str) -> Import:
    """The file as its page keeps it."""
    body = content.encode() if isinstance(content, str) else content
    answer = client.post("/imports/new", {"file": SimpleUploadedFile("october.csv", body), **more})
    assert answer.status_code == 302, answer.content.decode()
    return Import.objects.get(public_id=answer["Location"].rsplit("/", 1)[1])


def shown(client, imported: Import):
    return client.get(f"/imports/{imported.public_id}").context["shown"]


def decide(client, imported: Import, act: str) -> Import:
    client.post(f"/imports/{imported.public_id}/decide", {"act": act})
    imported.refresh_from_db()
    return imported


def test_a_file_is_only_looked_at_until_it_is_confirmed(vendor, cast):
    imported = upload(vendor, HEADER + "QUALITY,2025-10,95,100\n")

    assert shown(vendor, imported).counts == {"new": 1, "changed": 0, "unchanged": 0, "wrong": 0}
    assert (CountResult.objects.count(), Batch.objects.count(), DirtyCell.objects.count()) == (0, 0, 0)


def test_the_preview_says_which_verdict_the_file_would_make(vendor, cast):
    imported = upload(vendor, HEADER + "QUALITY,2025-10,85,100\n")

    effect = shown(vendor, imported).effects[0]

    assert (effect.period, effect.before, effect.after.word, effect.display) == (
        "2025-10", None, "Breach, provisional", "85.0\u00a0%",
    )  # fmt: skip


def test_confirmed_rows_are_results_with_a_receipt(vendor, cast):
    imported = decide(vendor, upload(vendor, HEADER + "QUALITY,2025-10,95,100\n"), "confirm")

    row = CountResult.objects.get()
    assert (imported.state, row.batch, row.numerator) == (Import.State.IMPORTED, imported.batch, 95)
    assert (imported.batch.channel, imported.batch.sent_by) == (Batch.Channel.FILE, cast.people["brightline-reporter"])
    assert DirtyCell.objects.count() == 1


def test_pressing_twice_imports_once(vendor, cast):
    imported = decide(vendor, upload(vendor, HEADER + "QUALITY,2025-10,95,100\n"), "confirm")

    decide(vendor, imported, "confirm")

    assert Batch.objects.count() == 1


def test_the_good_rows_are_imported_and_the_wrong_ones_come_back_with_what_is_wrong(vendor, cast):
    imported = upload(vendor, HEADER + "QUALITY,2025-10,95,100\nQUALITY,2025-09,101,100\nQUALTY,2025-08,1,2\n")
    page = shown(vendor, imported)
    file = vendor.get(f"/imports/{imported.public_id}/wrong.csv").content.decode("utf-8-sig")
    decide(vendor, imported, "confirm")

    assert [(row.line, row.code) for row in page.wrong] == [(3, "numerator_exceeds_denominator"), (4, "unknown_feed")]
    rows = list(csv.reader(io.StringIO(file)))
    assert rows[0] == ["feed", "period", "numerator", "denominator", "what_is_wrong"]
    assert rows[1][:4] == ["QUALITY", "2025-09", "101", "100"]
    assert "Numerator 101 is larger than denominator 100." in rows[1][4]
    assert "Did you mean QUALITY?" in rows[2][4]
    assert [row.key for row in CountResult.objects.all()] == ["2025-10|"]
    assert Import.objects.get().rows_refused == 2


def test_the_file_of_wrong_rows_may_be_mended_and_brought_again(vendor, cast):
    imported = upload(vendor, HEADER + "QUALITY,2025-09,101,100\n")
    file = vendor.get(f"/imports/{imported.public_id}/wrong.csv").content.decode("utf-8-sig")

    again = upload(vendor, file.replace("101", "99", 1))

    assert shown(vendor, again).counts["new"] == 1
    assert shown(vendor, again).preview.is_ready


def test_another_number_needs_a_reason_and_is_then_shown_as_a_change(vendor, cast):
    decide(vendor, upload(vendor, HEADER + "QUALITY,2025-10,95,100\n"), "confirm")

    without = shown(vendor, upload(vendor, HEADER + "QUALITY,2025-10,94,100\n"))
    imported = upload(vendor, HEADER + "QUALITY,2025-10,94,100\n", reason="recounted")

    assert [row.code for row in without.wrong] == ["external_id_conflict"]
    assert shown(vendor, imported).changed[0].differences == [("numerator", "95", "94")]


def test_an_import_is_undone_until_the_night(vendor, cast):
    decide(vendor, upload(vendor, HEADER + "QUALITY,2025-10,95,100\nQUALITY,2025-09,90,100\n"), "confirm")
    imported = upload(vendor, HEADER + "QUALITY,2025-10,94,100\nQUALITY,2025-08,80,100\n", reason="recounted")
    decide(vendor, imported, "confirm")

    decide(vendor, imported, "undo")

    rows = {row.key: (row.numerator, row.denominator) for row in CountResult.objects.all()}
    assert imported.state == Import.State.UNDONE
    assert rows == {"2025-10|": (95, 100), "2025-09|": (90, 100)}
    assert {past.reason for past in SupersededResult.objects.filter(superseded_by=imported.undo_batch)} == {
        f"Undo of {imported.public_id}"
    }
    assert set(AuditEntry.objects.values_list("action", flat=True)) >= {"import_file", "undo_import"}


def test_after_a_night_nothing_is_undone(vendor, cast):
    imported = decide(vendor, upload(vendor, HEADER + "QUALITY,2025-10,95,100\n"), "confirm")
    make_night(started_at=NOW)

    decide(vendor, imported, "undo")

    assert imported.state == Import.State.IMPORTED
    assert CountResult.objects.count() == 1


def test_what_was_changed_again_since_is_not_undone(vendor, cast):
    imported = decide(vendor, upload(vendor, HEADER + "QUALITY,2025-10,95,100\n"), "confirm")
    decide(vendor, upload(vendor, HEADER + "QUALITY,2025-10,96,100\n", reason="recounted"), "confirm")

    decide(vendor, imported, "undo")

    assert imported.state == Import.State.IMPORTED
    assert CountResult.objects.get().numerator == 96


@pytest.mark.parametrize(
    ("kind", "content"),
    [
        ("observations", "external_id,occurred_at,value,weight,note\nO-1,2025-10-01T10:00:00+02:00,4.5,2,new\n"),
        ("contacts", "external_id,occurred_at,outcome,wait_seconds,resolved,queue\n"
                     "O-1,2025-10-01T10:00:00+02:00,answered,20,true,PS\n"),
        ("cases", "external_id,opened_at,resolved_at,pauses,met,priority\n"
                  "O-1,2025-10-01T10:00:00Z,2025-10-02T10:00:00Z,"
                  '"[[""2025-10-01T11:00:00Z"", ""2025-10-01T12:00:00Z"", ""client""]]",true,P1\n'),
        ("downtime", "external_id,started_at,ended_at,planned\nO-1,2025-10-01T10:00:00Z,2025-10-01T11:00:00Z,true\n"),
    ],
)  # fmt: skip
def test_undoing_a_correction_of_any_kind_brings_back_what_was_there(vendor, cast, kind, content):
    feed = cast.feed(cast.contracts["A-1"], "OTHER", kind)
    address = f"{feed.contract.public_id}.OTHER"
    decide(vendor, upload(vendor, content, feed=address), "confirm")
    table = {"observations": "observationresult", "contacts": "contactresult", "cases": "caseresult"}.get(kind)
    rows = feed._meta.apps.get_model("metrics", table or "downtimeresult").objects
    names = [field.name for field in rows.model._meta.concrete_fields if field.name not in ("id", "batch", "revision")]
    before = rows.values_list(*names).get()
    changed = content.replace("note\n", "note,reason\n").replace("2025-10-01T10:00", "2025-10-01T09:30")
    imported = decide(
        vendor, upload(vendor, changed.replace(",reason", ""), feed=address, reason="recounted"), "confirm"
    )
    assert rows.values_list(*names).get() != before

    decide(vendor, imported, "undo")

    assert imported.state == Import.State.UNDONE
    assert rows.values_list(*names).get() == before


def test_a_dropped_file_brings_nothing(vendor, cast):
    imported = decide(vendor, upload(vendor, HEADER + "QUALITY,2025-10,95,100\n"), "drop")

    decide(vendor, imported, "confirm")

    assert imported.state == Import.State.DROPPED
    assert not CountResult.objects.exists()


def test_columns_with_other_names_are_matched_by_hand_and_remembered(vendor, cast):
    address = f"{cast.contracts['A-1'].public_id}.QUALITY"
    content = "Monat;Gut;Gesamt;Filiale\n2025-10;95;100;Nord\n"
    imported = upload(vendor, content, feed=address)
    before = shown(vendor, imported).preview
    vendor.post(f"/imports/{imported.public_id}/columns", NUMBERS | {"column_3": "-"})

    after = shown(vendor, imported).preview
    decide(vendor, imported, "confirm")
    again = upload(vendor, content.replace("2025-10", "2025-09"), feed=address)

    assert (before.read.reading.undecided, before.is_ready) == (("Monat", "Gut", "Gesamt", "Filiale"), False)
    assert after.is_ready
    assert shown(vendor, again).preview.read.name == "QUALITY"
    assert shown(vendor, again).counts["new"] == 1


def test_rows_are_left_out_by_a_value_that_was_chosen_on_the_page(vendor, cast):
    address = f"{cast.contracts['A-1'].public_id}.QUALITY"
    imported = upload(
        vendor, "period,numerator,denominator,site\n2025-10,95,100,Oslo\n2025-09,9,10,Test\n", feed=address
    )

    chosen = NUMBERS | {"column_3": "-", "leave_out_1": "site", "values_1": "test\nTraining"}
    vendor.post(f"/imports/{imported.public_id}/columns", chosen)

    assert shown(vendor, imported).counts["new"] == 1
    assert shown(vendor, imported).left_out == ["1 line left out, by a condition: line 3"]


def test_a_mean_is_multiplied_by_the_column_that_was_chosen_on_the_page(vendor, cast):
    address = f"{cast.contracts['A-1'].public_id}.QUALITY"
    imported = upload(vendor, "period,share,denominator\n2025-10,0.95,100\n", feed=address)

    vendor.post(f"/imports/{imported.public_id}/columns", NUMBERS | {"unit:share": "plain"})
    vendor.post(f"/imports/{imported.public_id}/columns", {"times": "denominator"})

    assert shown(vendor, imported).preview.sheet.cell(0, "numerator") == "95"


def test_another_vendors_feed_is_no_choice(vendor, cast):
    file = SimpleUploadedFile("a.csv", b"period,numerator,denominator\n2025-10,1,2\n")
    foreign = f"{cast.contracts['A-2'].public_id}.QUALITY"

    assert vendor.post("/imports/new", {"file": file, "feed": foreign}).status_code == 422


def test_a_file_that_cannot_be_read_says_what_was_tried(vendor, cast):
    imported = upload(vendor, b"\x00\x01\x02\x90 no text")

    page = vendor.get(f"/imports/{imported.public_id}").content.decode()

    assert "UTF-8, Windows-1252" in page
    assert "It begins: \\x00\\x01" in page


def test_a_template_holds_the_rows_that_are_owed(vendor, cast):
    address = f"{cast.contracts['A-1'].public_id}.QUALITY"

    rows = list(csv.reader(io.StringIO(vendor.get(f"/imports/template/{address}").content.decode("utf-8-sig"))))

    assert rows[0][:3] == ["contract", "feed", "period"]
    assert [row[2] for row in rows[1:]][-1] == "2025-10"


def test_a_filled_template_is_accepted_as_it_is(vendor, cast):
    address = f"{cast.contracts['A-1'].public_id}.QUALITY"
    rows = list(csv.reader(io.StringIO(vendor.get(f"/imports/template/{address}").content.decode("utf-8-sig"))))
    filled = [rows[0]]
    for row in rows[1:]:
        told = dict(zip(rows[0], row, strict=True)) | {"numerator": "95", "denominator": "100"}
        filled.append([told[name] for name in rows[0]])
    text = "\n".join(",".join(row) for row in filled)

    page = shown(vendor, upload(vendor, text))

    assert page.counts == {"new": len(rows) - 1, "changed": 0, "unchanged": 0, "wrong": 0}


def test_a_client_brings_no_file_and_sees_none(vendor, signed_in, cast):
    imported = upload(vendor, HEADER + "QUALITY,2025-10,95,100\n")
    client = signed_in("acme-manager")

    assert client.get("/imports/new").status_code == 403
    assert client.get(f"/imports/{imported.public_id}").status_code == 404


def test_an_import_says_which_feed_was_left_without_its_row(vendor, cast):
    decide(vendor, upload(vendor, HEADER + "QUALITY,2025-10,95,100\nQUALITY,2025-09,101,100\n"), "confirm")

    refusal = Feed.objects.get(pk=cast.feeds["A-1/QUALITY"].pk).last_refusal

    assert (refusal.rows, refusal.code) == (1, "numerator_exceeds_denominator")


def test_the_id_of_a_file_leads_to_its_page_for_those_who_may_see_it(vendor, signed_in, cast):
    imported = upload(vendor, HEADER + "QUALITY,2025-10,95,100\n")

    assert vendor.get("/search", {"q": imported.public_id})["Location"] == f"/imports/{imported.public_id}"
    assert signed_in("cobalt-manager").get("/search", {"q": imported.public_id}).status_code == 200
