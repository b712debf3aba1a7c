"""A month's few numbers: the grid of what is owed, checked and stored by the intake's own rules."""

import pytest

from intake.models.delays import FeedRefusal
from metrics.models.results import Batch, CountResult, SupersededResult


@pytest.fixture
def vendor(signed_in):
    return signed_in("brightline-reporter")


def cell(cast, number: str, month: str, split: str = "") -> str:
    return f"{number}:{cast.contracts['A-1'].public_id}.QUALITY.{month}|{split}"


def typed(cast, numerator: str, denominator: str, month: str = "2025-10", **more: str) -> dict[str, str]:
    return {cell(cast, "numerator", month): numerator, cell(cast, "denominator", month): denominator} | more


def line(page, month: str = "2025-10"):
    return next(line for line in page.context["lines"] if line.report.span.label == month)


def test_the_grid_has_a_line_for_each_total_that_is_owed(vendor, cast):
    labels = [line.report.span.label for line in vendor.get("/enter").context["lines"]]

    assert labels == ["2025-06", "2025-07", "2025-08", "2025-09", "2025-10"]


def test_each_line_shows_the_limits_it_is_held_to(vendor, cast):
    page = vendor.get("/enter")

    assert "expected ≥\u00a095.0\u00a0%, minimum ≥\u00a090.0\u00a0%" in page.content.decode().replace("\n", "")


def test_checking_shows_the_value_and_stores_nothing(vendor, cast):
    page = vendor.post("/enter", typed(cast, "85", "100", act="check"))

    value, sign = line(page).outcome
    assert (value, sign.word) == ("85.0\u00a0%", "Breach, provisional")
    assert not CountResult.objects.exists()


def test_saving_stores_the_filled_lines_alone(vendor, cast):
    vendor.post("/enter", typed(cast, "95", "100", act="save"))

    row = CountResult.objects.get()
    assert (row.key, row.numerator, row.denominator, row.batch.channel) == ("2025-10|", 95, 100, Batch.Channel.FORM)
    assert [line.report.span.label for line in vendor.get("/enter").context["lines"]][-1] == "2025-09"


def test_a_wrong_cell_keeps_what_was_typed_and_says_what_is_wrong(vendor, cast):
    page = vendor.post("/enter", typed(cast, "101", "100", act="save"))

    wrong = line(page)
    assert page.status_code == 422
    assert wrong.typed == {"numerator": "101", "denominator": "100"}
    assert wrong.errors["numerator"] == ["Numerator 101 is larger than denominator 100."]
    assert 'aria-invalid="true"' in page.content.decode()
    assert not CountResult.objects.exists()
    assert FeedRefusal.objects.get().code == "numerator_exceeds_denominator"


def test_one_wrong_line_keeps_the_others_from_being_stored(vendor, cast):
    page = vendor.post("/enter", typed(cast, "95", "100", act="save") | typed(cast, "x", "100", "2025-09"))

    assert not line(page).errors
    assert line(page, "2025-09").errors["numerator"]
    assert not CountResult.objects.exists()


def test_a_stored_number_is_corrected_with_a_reason(vendor, cast):
    vendor.post("/enter", typed(cast, "95", "100", act="save"))

    refused = vendor.post("/enter?all=1", typed(cast, "94", "100", act="save"))
    vendor.post("/enter?all=1", typed(cast, "94", "100", act="save", reason="recounted"))

    assert refused.status_code == 422
    assert CountResult.objects.get().numerator == 94
    assert SupersededResult.objects.get().reason == "recounted"


def test_a_correction_that_is_sent_twice_says_that_nothing_differs(vendor, cast):
    vendor.post("/enter", typed(cast, "95", "100", act="save"))
    corrected = typed(cast, "96", "100", act="save", reason="Counted anew")
    vendor.post("/enter?all=1", corrected)

    page = vendor.post("/enter?all=1", corrected)

    assert page.context["refusal"].detail == "No number was entered that differs from what is stored."
    assert SupersededResult.objects.count() == 1


def test_lines_that_stay_as_they_were_are_not_sent(vendor, cast):
    vendor.post("/enter", typed(cast, "95", "100", act="save"))

    page = vendor.post("/enter?all=1", typed(cast, "95", "100", act="save"))

    assert page.context["refusal"].code == "empty_batch"
    assert Batch.objects.count() == 1


def test_a_feed_reported_by_split_has_a_line_for_each(vendor, cast):
    for split in ("North", "South"):
        row = {"feed": "QUALITY", "period": "2025-09", "split": split, "numerator": "9", "denominator": "10"}
        vendor.post("/api/v1/results", row, content_type="application/json")

    lines = [line for line in vendor.get("/enter").context["lines"] if line.report.span.label == "2025-10"]

    assert [line.split for line in lines] == ["North", "South"]


def test_nobody_enters_numbers_for_a_rival(vendor, cast):
    foreign = f"{cast.contracts['A-2'].public_id}.QUALITY.2025-10|"

    page = vendor.post("/enter", {f"numerator:{foreign}": "1", f"denominator:{foreign}": "2", "act": "save"})

    assert page.status_code == 422
    assert not CountResult.objects.exists()


def test_a_client_enters_nothing(signed_in):
    assert signed_in("acme-manager").get("/enter").status_code == 403
