"""What loading a terms file does: makes, amends, or changes nothing, and refuses with line and column."""

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from bpo.models import AuditEntry
from contracts.models.agreements import Amendment, Contract
from contracts.models.service_levels import ServiceLevelTerms
from contracts.terms_file.loading import load_terms
from contracts.terms_file.reading import TermsFileRefused

pytestmark = [pytest.mark.django_db, pytest.mark.any_database]
FULL = (Path(__file__).parent / "full_terms.yaml").read_text(encoding="utf-8")
JULY = date(2025, 7, 1)


def load(text: str = FULL, **more):
    return load_terms(text=text, actor=None, **more)


def later(text: str = FULL, *changes: tuple[str, str]) -> str:
    """The same file, effective in July, with replacements that are each found once."""
    for old, new in (("effective_on: 2025-01-01", "effective_on: 2025-07-01"), ("  number: 0\n", ""), *changes):
        assert text.count(old) == 1, old
        text = text.replace(old, new)
    return text


def refused(text: str) -> list[str]:
    with pytest.raises(TermsFileRefused) as caught:
        load(text)
    return [str(problem) for problem in caught.value.problems]


def place(text: str, words: str) -> str:
    """Line and column of words that stand once in a text."""
    before, _, _ = text.partition(words)
    return f"{before.count(chr(10)) + 1}:{len(before) - before.rfind(chr(10))}"


def test_a_file_makes_everything_that_a_contract_holds():
    contract = load().contract

    assert contract.status == Contract.Status.ACTIVE
    assert contract.vendor.delivery_centres.count() == 2
    assert contract.vendor.certificates.get().delivery_centres.count() == 1
    assert contract.calendar.exceptions.count() == 1
    assert contract.security_duties.count() == 1
    assert contract.scope_items.count() == 2
    assert contract.fees.count() == 4
    assert contract.feeds.count() == 3
    assert ServiceLevelTerms.objects.filter(service_level__contract=contract).count() == 5


def statements(levels: int) -> int:
    """How many statements a new contract with so many feeds and levels takes."""
    head = FULL.partition("feeds:")[0].replace("reference: ", f"reference: {levels}-")
    feeds = "".join(f"  - {{code: F{place}, name: Checks, kind: counts, schedule: daily}}\n" for place in range(levels))
    terms = "{metric: X-Q, measure: {aggregation: ratio}, direction: higher, expected: 95}"
    rows = "".join(f"  - {{code: L{place}, name: Checks, feed: F{place}, terms: {terms}}}\n" for place in range(levels))
    with CaptureQueriesContext(connection) as captured:
        load(f"{head}feeds:\n{feeds}service_levels:\n{rows}")
    return len(captured)


def test_a_feed_with_its_level_takes_few_statements():
    statements(1)

    assert (statements(12) - statements(2)) / 10 <= 26


def test_the_file_is_kept_with_the_terms_that_it_brought():
    amendment = load().contract.amendments.get()

    assert (amendment.number, amendment.effective_on, amendment.terms_file) == (0, date(2025, 1, 1), FULL)
    assert len(amendment.terms_sha256) == 64


def test_every_row_that_a_file_makes_is_in_the_audit_trail():
    load()

    assert AuditEntry.objects.filter(channel="file", action="set_terms").count() == 5
    assert not AuditEntry.objects.exclude(channel="file").exists()


def test_decimals_arrive_exactly():
    load()

    assert ServiceLevelTerms.objects.get(service_level__code="ACCURACY").expected == Decimal("99.951")


def test_the_same_file_again_changes_nothing_and_says_so():
    load()
    entries = AuditEntry.objects.count()

    report = load()

    assert not report.lines
    assert AuditEntry.objects.count() == entries


def test_a_later_file_amends_what_differs_and_nothing_else():
    contract = load().contract

    report = load(later(FULL, ("expected: 80\n", "expected: 82.5\n")))

    assert list(report.lines) == [
        "Amendment 1, effective on 2025-07-01",
        "service level IN_TIME from 2025-07-01 on: expected 80 → 82.5",
    ]
    assert [str(terms.service_level.code) for terms in contract.amendments.get(number=1).terms.all()] == ["IN_TIME"]


def test_old_terms_keep_judging_their_own_time():
    load()
    load(later(FULL, ("expected: 80\n", "expected: 82.5\n")))

    terms = ServiceLevelTerms.objects.filter(service_level__code="IN_TIME")
    assert terms.in_force(date(2025, 6, 30)).get().expected == 80
    assert terms.in_force(JULY).get().expected == Decimal("82.5")


def test_a_later_file_that_says_the_same_makes_no_amendment():
    load()

    assert not load(later()).lines
    assert Amendment.objects.count() == 1


def test_an_amendment_is_loaded_twice_without_harm():
    load()
    changed = later(FULL, ("expected: 80\n", "expected: 82.5\n"))
    load(changed)

    assert not load(changed).lines


def test_a_changed_price_is_a_new_row():
    contract = load().contract

    load(later(FULL, ("amount: 1500.25", "amount: 1600")))

    prices = contract.fees.filter(code="SEAT").order_by("starts_on").values_list("amount", "starts_on", "ends_on")
    assert list(prices) == [(Decimal("1500.25"), date(2025, 1, 1), JULY), (Decimal(1600), JULY, None)]


def test_a_price_ends_where_the_file_says_so():
    contract = load().contract

    report = load(later(FULL, ("amount: 1500.25", "amount: 1500.25\n    ends_on: 2025-07-01")))

    assert report.lines[-1] == "fee SEAT ends on 2025-07-01"
    assert [fee.ends_on for fee in contract.fees.filter(code="SEAT")] == [JULY]


def test_what_a_later_file_does_not_name_stays_and_is_listed():
    contract = load().contract
    head, _, _ = later().partition("security_duties:")

    report = load(head)

    assert not report.lines
    assert "service level IN_TIME" in report.unnamed
    assert "fee SEAT" in report.unnamed
    assert contract.fees.in_force(JULY).count() == 3


def test_another_statement_for_the_same_day_is_refused_at_its_place():
    load()
    text = FULL.replace("expected: 80\n", "expected: 82.5\n")

    (problem,) = refused(text)

    assert problem.startswith(place(text, "metric: CC-SL-NOSA"))
    assert "service level IN_TIME differs from what has held since 2025-01-01 (Original contract)" in problem
    assert ServiceLevelTerms.objects.get(service_level__code="IN_TIME").expected == 80


def test_a_file_from_before_the_newest_amendment_is_refused():
    load()
    load(later(FULL, ("expected: 80\n", "expected: 82.5\n")))

    (problem,) = refused(FULL)

    assert problem.startswith("2:15: The file takes effect on 2025-01-01, but Amendment 1 already did on 2025-07-01")


def test_an_amendment_before_the_contracts_start_is_refused():
    text = FULL.replace("effective_on: 2025-01-01", "effective_on: 2024-12-01")

    assert "before the contract's start, 2025-01-01" in refused(text)[0]


def test_a_head_changes_by_an_amendment():
    contract = load().contract

    report = load(later(FULL, ("ends_on: 2028-01-01", "ends_on: 2029-01-01")))

    assert report.lines[-1] == "contract: ends_on 2028-01-01 → 2029-01-01"
    contract.refresh_from_db()
    assert contract.ends_on == date(2029, 1, 1)


def test_feeds_and_duties_change_by_an_amendment():
    contract = load().contract

    load(later(FULL, ("grace_days: 2", "grace_days: 4"), ("next_due_on: 2025-03-31", "next_due_on: 2025-09-30")))

    assert contract.feeds.get(code="VOICE").grace_days == 4
    assert contract.security_duties.get().next_due_on == date(2025, 9, 30)


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        ("country: DE\n  zone", "country: AT\n  zone", "“Acme” is known otherwise (country DE → AT)"),
        ("city: Manila", "city: Cebu", "(city Manila → Cebu)"),
        ("risk_tier: high", "risk_tier: low", "(risk_tier high → low)"),
        ("office: front", "office: back", "(office front → back)"),
    ],
)  # fmt: skip
def test_what_serves_other_contracts_too_is_not_rewritten(old, new, sentence):
    load()

    assert sentence in refused(later(FULL, (old, new)))[0]


def test_new_certificates_and_exceptions_need_no_amendment():
    contract = load().contract
    certificate = (
        "    - {standard: soc_2, issuer: A body, scope: All, valid_from: 2025-01-01, expires_on: 2025-12-31}\n"
    )
    text = FULL.replace("  certificates:\n", "  certificates:\n" + certificate)

    report = load(text)

    assert list(report.lines) == ["certificate soc_2 is new"]
    assert contract.vendor.certificates.count() == 2


@pytest.mark.parametrize("table", ["contracts_feed", "contracts_process"])
def test_no_list_of_the_contract_is_read_again_for_each_service_level(table, django_assert_max_num_queries):
    """Otherwise a contract of thousands of levels costs their square."""
    seen = []
    for number in (2, 8):
        load(many_levels(number))
        with django_assert_max_num_queries(1_000) as queries:
            load(many_levels(number))
        lists = [sql for sql in (query["sql"] for query in queries) if f'FROM "{table}"' in sql]
        seen.append(sum("LIMIT" not in sql and '"id" =' not in sql for sql in lists))

    assert seen[0] == seen[1] > 0


def many_levels(number: int) -> str:
    """A contract of its own with that many feeds and service levels."""
    feeds = "".join(f"  - {{code: F{at}, name: Feed, kind: counts, process: Care}}\n" for at in range(number))
    terms = "{metric: X-1, measure: {aggregation: ratio}, direction: higher, expected: 95, unit: percent}"
    levels = "".join(
        f"  - {{code: L{at}, name: Level, feed: F{at}, process: Care, terms: {terms}}}\n" for at in range(number)
    )
    head = "format: 1\nclient: {name: Nordhavn, country: DE, zone: Europe/Berlin, currency: EUR}\n"
    head += "vendor: {name: Kestrel, country: PT}\nprocesses: [{name: Care, operation: hr, office: back}]\n"
    head += f"contract: {{reference: N-{number}, title: Care, starts_on: 2025-01-01}}\n"
    return f"{head}feeds:\n{feeds}service_levels:\n{levels}"
