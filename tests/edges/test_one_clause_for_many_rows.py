"""One clause of a terms file for many rows, such as province × priority."""

import pytest

TERMS = """
feeds: [{code: DESK, name: Incidents, kind: cases}]
service_levels:
  - for_each:
      province: [Alberta, Québec]
      priority: {1 - Critical: {seconds: 14400, share: 95}, 2 - High: {seconds: 28800, share: 82.5}}
    code: SOLVED-<province>-<priority>
    name: <priority> incidents of <province> resolved in time
    feed: DESK
    terms:
      metric: X-SOLVED
      measure: {aggregation: share_within, of: resolved_within, threshold_seconds: <seconds>}
      only: {group: [<province>], priority: [<priority>]}
      direction: higher
      expected: <share>
"""
CODES = [f"SOLVED-{province}-{priority}" for province in ("ALBERTA", "QUEBEC") for priority in ("1-CRITICAL", "2-HIGH")]


def levels(desk):
    return {level["code"]: level for level in desk.get("service-levels", limit=100)["results"]}


def case(name: str, province: str, priority: str, hours: int) -> dict[str, object]:
    return {
        "feed": "DESK",
        "external_id": name,
        "group": province,
        "priority": priority,
        "opened_at": "2025-06-10T08:00:00+02:00",
        "resolved_at": f"2025-06-10T{8 + hours:02}:00:00+02:00",
    }


def test_each_combination_is_a_level_with_a_code_of_its_own(desk):
    desk.load(TERMS)

    found = levels(desk)

    assert sorted(found) == CODES
    assert found[CODES[3]]["name"] == "2 - High incidents of Québec resolved in time"


def test_each_level_reads_its_rows_by_its_own_target(desk):
    desk.load(TERMS)
    desk.at("2025-06-20")
    desk.send(
        case("a", "Alberta", "1 - Critical", 5),
        case("b", "Alberta", "2 - High", 5),
        case("c", "Québec", "2 - High", 8),
        case("d", "Québec", "2 - High", 9),
    )

    desk.night("2025-07-08")

    found = {code: desk.verdict(code, "2025-06") for code in (CODES[0], CODES[1], CODES[3])}
    assert [(v["numerator"], v["denominator"], v["status"]) for v in found.values()] == [
        ("0", "1", "breach"),
        ("1", "1", "met"),
        ("1", "2", "breach"),
    ]


def test_the_same_clause_again_changes_nothing(desk):
    desk.load(TERMS)

    assert "nothing" in desk.load(TERMS).lower()


def test_an_amendment_by_the_clause_keeps_the_levels(desk):
    desk.load(TERMS)

    shown = desk.load(TERMS.replace("share: 82.5", "share: 85"), effective_on="2025-07-01")

    assert shown.count("expected 82.5 → 85") == 2
    assert sorted(levels(desk)) == CODES


def test_rows_may_be_listed_one_by_one(desk):
    row = "{{province: {}, priority: {}, seconds: 60, share: 90}}"
    rows = f"[{row.format('Alberta', 'P1')}, {row.format('Québec', 'P2')}]"
    head, rest = TERMS.split("    code: SOLVED", 1)
    desk.load(f"{head.split('      province')[0].rstrip()} {rows}\n    code: SOLVED{rest}")

    assert sorted(levels(desk)) == ["SOLVED-ALBERTA-P1", "SOLVED-QUEBEC-P2"]


def test_feeds_repeat_too(desk):
    desk.load(
        """
feeds: [{for_each: {site: [Porto, Manila]}, code: QA_<site>, name: Checks of <site>, kind: counts, schedule: monthly}]
service_levels:
  - for_each: {site: [Porto, Manila]}
    code: QUALITY_<site>
    name: Quality of <site>
    feed: QA_<site>
    terms: {metric: X-QA, measure: {aggregation: ratio}, direction: higher, expected: 90}
"""
    )

    assert sorted(levels(desk)) == ["QUALITY_MANILA", "QUALITY_PORTO"]


@pytest.mark.parametrize(
    ("before", "after", "sentence"),
    [
        ("<share>", "<target>", "for_each has no “target” for every row; this one has province, priority"),
        ("[Alberta, Québec]", "[]", "for_each gives each name its values"),
        ("[Alberta, Québec]", "Alberta", "for_each gives each name its values"),
        (
            "-<priority>\n",
            "\n",
            "14:11: The code “SOLVED-ALBERTA” stands here twice: for the row province Alberta, prio",
        ),
        ("[Alberta, Québec]", "[Alberta, Alberta]", "12:17: for_each has the value “Alberta” of “province” twice"),
        ("[Alberta, Québec]", "[[Alberta]]", "12:18: for_each needs one value for “province” in each row"),
        ("2 - High: {", "2 - High: 5, 3: {", "What for_each says of “2 - High” needs names"),
        ("seconds: 28800,", "seconds: 28800, province: Yukon,", "for_each gives “province” twice"),
        ("share: 82.5", "share: high", "“high” is not right.*This is in the row province Alberta, priority 2 - High"),
        ("share: 82.5}", "part: 82.5}", "no “share” for every row; .*priority 2 - High, seconds 28800, part 82.5"),
    ],
)
def test_a_clause_that_cannot_be_repeated_is_refused(desk, before, after, sentence):
    with pytest.raises(AssertionError, match=sentence):
        desk.load(TERMS.replace(before, after))


def test_an_error_names_the_line_of_the_clause_once(desk):
    with pytest.raises(AssertionError, match=r"terms\.yaml:21:") as refusal:
        desk.load(TERMS.replace("direction: higher", "direction: up"))

    assert str(refusal.value).count("is not one of higher") == 1
    assert "for_each" not in str(refusal.value)
