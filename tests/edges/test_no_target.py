"""A level that is only reported: nothing is promised, so it is neither met nor missed."""

import pytest

TERMS = """
feeds: [{code: QA, name: Evaluations, kind: counts, schedule: monthly}]
service_levels:
  - code: ACCURACY
    name: Evaluations without error
    feed: QA
    terms:
      metric: X-ACC
      measure: {aggregation: ratio, of: numerator}
      type: reported_only
      direction: higher
"""


def month(label: str, good: int) -> dict[str, object]:
    return {"feed": "QA", "period": label, "numerator": good, "denominator": 100}


def load_two_months(desk):
    desk.load(TERMS)
    desk.at("2025-03-02")
    desk.send(month("2025-01", 12), month("2025-02", 34))
    desk.night("2025-03-10")


def test_a_value_without_a_target_is_reported_and_closes(desk):
    load_two_months(desk)

    verdict = desk.verdict("ACCURACY", "2025-01")
    assert (verdict["status"], verdict["value"], verdict["is_final"]) == ("no_target", "12", True)
    assert (verdict["expected"], verdict["minimum"]) == (None, None)


def test_no_breach_is_opened_without_a_target(desk):
    load_two_months(desk)

    assert desk.get("breaches")["results"] == []


def test_the_pages_say_no_target_and_draw_the_trend(desk):
    load_two_months(desk)
    path = f"/service-levels/{desk.level('ACCURACY')}"

    page = desk.page(path, raw=True)
    assert 'class="chart' in page
    assert "no target" in page
    assert "None" not in desk.page(path)
    assert "no target" in desk.page(f"{path}/2025-02")
    assert "no target" in desk.page("/service-levels")


def test_the_working_says_that_the_value_is_only_reported(desk):
    load_two_months(desk)

    lines = desk.get(f"verdicts/{desk.level('ACCURACY')}/2025-02")["working"]["lines"]
    texts = {line["key"]: line["text"] for line in lines}
    assert texts["compared"].endswith(": no target, only reported")
    assert texts["follows"].startswith("neither met nor missed")


def test_a_missing_report_is_owed_without_a_target_too(desk):
    desk.load(TERMS)

    desk.night("2025-02-10")

    assert desk.verdict("ACCURACY", "2025-01")["status"] == "not_reported"


def test_every_page_and_mail_of_the_desk_still_opens(desk):
    load_two_months(desk)

    for path in ("/", "/service-levels", "/data", "/contracts", "/breaches"):
        assert "None" not in desk.page(path)
    assert "expected" not in desk.page("/enter", side="vendor").lower()


def test_a_target_may_follow_by_amendment(desk):
    load_two_months(desk)
    promised = TERMS.replace("type: reported_only", "expected: 40")
    desk.load(promised, effective_on="2025-03-01")
    desk.at("2025-04-02")
    desk.send(month("2025-03", 39))

    desk.night("2025-04-10")

    found = {label: verdict["status"] for label, verdict in desk.verdicts("ACCURACY").items()}
    assert found == {"2025-01": "no_target", "2025-02": "no_target", "2025-03": "breach"}


@pytest.mark.parametrize(
    ("more", "sentence"),
    [
        ("type: credit_bearing", "write “type: reported_only”"),
        ("type: reported_only\n      minimum: 10", "has no minimum and no bands"),
        ("type: reported_only\n      rules: {missing: deemed}", "neither met nor missed"),
        ("type: reported_only\n      rules: {repeats: [{rule: running, count: 2}]}", "it has no “repeats”"),
    ],
)
def test_what_needs_a_target_is_refused_without_one(desk, more, sentence):
    with pytest.raises(AssertionError, match=sentence):
        desk.load(TERMS.replace("type: reported_only", more))
