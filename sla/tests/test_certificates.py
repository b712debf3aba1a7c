"""When papers run out, and until when notice may be given."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sla.certificates import (
    Certificate,
    CertificateState,
    audit_cover,
    first_gap,
    latest_notice_date,
    notice_alerts,
)

ENDS = date(2026, 2, 28)
days = st.dates(date(2000, 1, 1), date(2050, 12, 31))


@pytest.mark.parametrize(
    ("left", "state"),
    [
        (91, CertificateState.OK),
        (90, CertificateState.WARN),
        (31, CertificateState.WARN),
        (30, CertificateState.CRITICAL),
        (0, CertificateState.CRITICAL),
        (-1, CertificateState.EXPIRED),
    ],
)
def test_a_certificate_is_good_on_its_last_day_and_warns_before(left, state):
    certificate = Certificate(ENDS)
    today = ENDS - timedelta(days=left)
    assert (certificate.state(today), certificate.days_left(today)) == (state, left)


@pytest.mark.parametrize(
    ("today", "state"), [(date(2025, 2, 28), CertificateState.NOT_YET), (date(2025, 3, 1), CertificateState.OK)]
)
def test_a_certificate_counts_from_its_first_day(today, state):
    assert Certificate(ENDS, valid_from=date(2025, 3, 1)).state(today) is state


def test_a_certificate_may_hold_for_a_single_day():
    assert Certificate(ENDS, valid_from=ENDS).state(ENDS) is CertificateState.CRITICAL


def test_a_certificate_that_ends_before_it_begins_is_refused():
    with pytest.raises(ValueError, match="must not end before it begins"):
        Certificate(ENDS, valid_from=date(2026, 3, 1))


@pytest.mark.parametrize(("warn", "critical"), [(30, 31), (30, -1)])
def test_warnings_out_of_order_are_refused(warn, critical):
    with pytest.raises(ValueError, match="critical no earlier than it warns"):
        Certificate(ENDS, warn_days=warn, critical_days=critical)


@pytest.mark.parametrize(("warn", "critical"), [(30, 30), (0, 0)])
def test_warnings_may_coincide(warn, critical):
    assert Certificate(ENDS, warn_days=warn, critical_days=critical).state(ENDS) is CertificateState.CRITICAL


@pytest.mark.parametrize(
    ("period_end", "months", "covered_to"),
    [
        (date(2025, 3, 31), 3, date(2025, 6, 30)),
        (date(2025, 3, 31), 0, date(2025, 3, 31)),
        (date(2024, 11, 30), 3, date(2025, 2, 28)),
    ],
)
def test_a_bridge_letter_carries_a_report_some_months_further(period_end, months, covered_to):
    assert audit_cover(period_end, months).covered_to == covered_to


@pytest.mark.parametrize(("on", "gap"), [(date(2025, 6, 30), False), (date(2025, 7, 1), True)])
def test_a_gap_begins_the_day_after_the_cover(on, gap):
    assert (audit_cover(date(2025, 3, 31), 3).covered_to < on) is gap


@pytest.mark.parametrize(("months", "too_long"), [(3, False), (4, True)])
def test_a_bridge_has_a_usual_length(months, too_long):
    assert audit_cover(date(2025, 3, 31), months).bridge_too_long is too_long


def test_a_bridge_does_not_reach_backwards():
    with pytest.raises(ValueError, match="does not reach backwards"):
        audit_cover(date(2025, 3, 31), -1)


@pytest.mark.parametrize(
    ("covers", "gap"),
    [
        ([], date(2025, 1, 1)),
        ([(date(2024, 1, 1), date(2025, 12, 31))], None),
        ([(date(2025, 1, 1), date(2025, 12, 30))], date(2025, 12, 31)),
        ([(date(2025, 7, 1), date(2025, 12, 31)), (date(2024, 7, 1), date(2025, 6, 30))], None),
        ([(date(2025, 7, 2), date(2025, 12, 31)), (date(2024, 7, 1), date(2025, 6, 30))], date(2025, 7, 1)),
        ([(date(2024, 1, 1), date(2026, 6, 30)), (date(2025, 2, 1), date(2025, 3, 1))], None),
    ],
)
def test_the_first_day_without_cover_is_found(covers, gap):
    assert first_gap(covers, date(2025, 1, 1), date(2026, 1, 1)) == gap


@pytest.mark.parametrize(
    ("expiry", "span", "latest"),
    [
        (date(2026, 12, 31), {"days": 60}, date(2026, 11, 1)),
        (date(2026, 12, 31), {"days": 180}, date(2026, 7, 4)),
        (date(2026, 12, 31), {"months": 2}, date(2026, 10, 31)),
        (date(2026, 8, 31), {"months": 6}, date(2026, 2, 28)),
        (date(2026, 12, 31), {"months": 1, "days": 1}, date(2026, 11, 29)),
        (date(2026, 12, 31), {}, date(2026, 12, 31)),
    ],
)
def test_notice_is_counted_back_in_its_own_unit(expiry, span, latest):
    assert latest_notice_date(expiry, **span) == latest


@given(days, st.integers(0, 400), st.integers(0, 24))
def test_a_longer_notice_is_never_due_later(expiry, notice_days, months):
    latest = latest_notice_date(expiry, days=notice_days, months=months)
    assert latest_notice_date(expiry, days=notice_days + 1, months=months) < latest
    assert latest_notice_date(expiry, days=notice_days, months=months + 1) < latest


@pytest.mark.parametrize("span", [{"days": -1}, {"months": -1}])
def test_notice_is_not_given_after_the_expiry(span):
    with pytest.raises(ValueError, match="before the expiry"):
        latest_notice_date(ENDS, **span)


def test_an_owner_is_reminded_earliest_first():
    assert notice_alerts(date(2026, 12, 31), (30, 60)) == (date(2026, 11, 1), date(2026, 12, 1))


def test_an_owner_is_reminded_five_times_in_half_a_year():
    assert len(notice_alerts(date(2026, 12, 31))) == 5
