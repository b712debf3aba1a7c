"""Clauses with `for_each` that cannot be repeated: each fault names its place and how to put it right."""

import pytest

from contracts.terms_file.loading import read_terms
from contracts.terms_file.reading import Document, TermsFileRefused
from contracts.terms_file.repeating import rows_of

HEAD = """format: 1
client: {name: Nordhavn}
vendor: {name: Kestrel}
contract: {reference: N-1}
service_levels:
  - {code: PLAIN, name: Plain, feed: DESK, terms: {metric: X-A, measure: {aggregation: count}, direction: lower}}
"""
ITEM = """  - for_each: {p: {A: {e: 1}, B: {e: 2}}}
    code: L-<p>
    name: Incidents of <p>
    feed: DESK
    terms: {metric: X-B, measure: {aggregation: count}, direction: lower, expected: <e>}
"""
CLAUSE = "{p: {A: {e: 1}, B: {e: 2}}}"
VALUES, ROW = "for_each gives each name its values", "A row of for_each has names with values"


def faults(item):
    with pytest.raises(TermsFileRefused) as refused:
        read_terms(HEAD + item)
    return [str(problem) for problem in refused.value.problems]


@pytest.mark.parametrize(
    ("clause", "fault"),
    [
        ("", f"7:14: {VALUES}, such as"),
        ("abc", f"7:15: {VALUES}, such as"),
        ("{}", f"7:15: {VALUES}, such as"),
        ("[]", f"7:15: {VALUES}, such as"),
        ("{p: A}", f"7:19: {VALUES}: “p” needs a list such as [A, B]"),
        ("{p: {}}", f"7:19: {VALUES}: “p” needs a list such as [A, B]"),
        ("{p: {A: {e: 1}, B: 2}}", "7:34: What for_each says of “B” needs names, such as {B: {hours: 4}}."),
        ("{p: {A: {e: [1]}}}", "7:27: for_each needs one value for “e” in each row: a text or a number."),
        ("{p: {A: {e: 1, p: B}}}", "7:33: for_each gives “p” twice: give it another name at one place."),
        ("{p: {A: {e: 1}}, e: [1]}", "7:15: for_each gives “e” twice: give it another name at one place."),
        ("{p: [A, A], e: [1]}", "7:19: for_each has the value “A” of “p” twice."),
        ("[{p: A, e: 1}, B]", f"7:30: {ROW}, such as {{province: AB, share: 95}}."),
        ("[{p: A, e: 1}, {}]", f"7:30: {ROW}, such as {{province: AB, share: 95}}."),
        ("[{p: A, e: }]", "7:25: for_each needs one value for “e” in each row: a text or a number."),
        ("[{p: A, e: 1}, {p: B}]", "11:85: for_each has no “e” for every row; this one has p (p B)."),
        ("{p-1: [A]}", "7:22: “p-1” is no name for for_each: these have letters, digits and “_”."),
        (
            "{p: [é, e], e: [1]}",
            "8:11: The code “L-E” stands here twice: for the row p é, e 1, and for the row p e, e 1",
        ),
    ],
)
def test_a_malformed_clause_names_what_is_wrong_where_it_stands(clause, fault):
    found = faults(ITEM.replace(CLAUSE, clause))

    assert len(found) == 1
    assert found[0].startswith(fault)


def test_a_clause_of_too_many_rows_is_refused():
    names = f"{{p: {list(range(101))}, e: {list(range(50))}}}"

    assert faults(ITEM.replace(CLAUSE, names)) == ["7:15: for_each makes 5050 rows; 5000 at most: write several items."]


def test_a_fault_of_all_rows_stands_once_with_the_number_that_the_item_has_in_the_file():
    assert faults(ITEM + "    colour: red\n") == ["12:5: There is no “colour” here in service_levels, number 2."]


def test_a_value_that_does_not_fit_names_its_row():
    found = faults(ITEM.replace("e: 2", "e: many"))

    assert found[0].startswith("11:85: “many” is not right")
    assert found[0].endswith("This is in the row p B, e many.")


def test_faults_of_all_items_are_named_at_once():
    found = faults(ITEM.replace(CLAUSE, "{}") + ITEM.replace("L-", "M-").replace("<e>", "<f>") + "    colour: red\n")

    assert [fault.split(" ", 1)[0] for fault in found] == ["7:15:", "16:85:"]


def test_only_feeds_and_service_levels_are_repeated():
    found = faults(ITEM + "fees:\n  - {for_each: {p: [A]}, code: F, name: Fee, kind: flat}\n")

    assert found == ["13:16: for_each is for items of feeds and service_levels."]


def test_names_that_become_the_same_are_refused():
    found = faults(ITEM.replace("expected", "rules: {<p>: 1, A: 2}, expected"))

    assert found[0].endswith("Two names are the same in the row p A, e 1 of for_each.")


def test_a_number_of_rows_without_end_is_refused_as_well():
    names = {f"p{number}": [1, 2] for number in range(20_000)}

    with pytest.raises(TermsFileRefused, match="5000 at most"):
        rows_of(names, ("service_levels", 0, "for_each"), Document(""))


@pytest.mark.parametrize(
    "item",
    [
        ITEM.replace(CLAUSE, f"{{p: {list(range(5_000))}, e: [1]}}").replace("of <p>", "of <p>" * 100),
        ITEM.replace(CLAUSE, f"{{p: [{'A' * 50_000}], e: [1]}}").replace("of <p>", "<p>" * 100),
        ITEM.replace(CLAUSE, f"{{p: {list(range(5_000))}, {', '.join(f'q{each}: [1]' for each in range(50))}}}"),
        ITEM.replace(CLAUSE, f"{{p: {list(range(5_000))}, e: [1]}}") * 5,
    ],
    ids=[
        "a long text in many rows",
        "a long value at many places",
        "many names in many rows",
        "many items of many rows",
    ],
)
def test_clauses_that_would_make_too_much_are_refused(item):
    (fault,) = faults(item)

    assert "Written out, for_each makes the file too long" in fault


def test_what_a_clause_repeats_for_is_written_out_in_none_of_its_copies():
    document = read_terms(HEAD + ITEM)

    assert [path for path in document.marks if "for_each" in path] == []
