"""Every line of a credit says what it is, in the currency's own decimals; every refusal is a whole sentence."""

from datetime import date
from decimal import Decimal
from functools import partial

import pytest

from sla.certificates import Certificate, audit_cover, latest_notice_date
from sla.credits.at_risk import margin_consumed, rolling_cap
from sla.credits.credit import LineKind, single
from sla.credits.events import (
    affected_credit,
    late_credit,
    part_month_credit,
    per_event_credit,
    persistent_credit,
    product_credit,
)
from sla.credits.points import Band, SeverityTable, StepTable, points_credit
from sla.credits.repeats import Multiplier, StandingDiscount
from sla.credits.scorecards import Entry, ScoreBand, Scorecard
from sla.credits.statement import Claim, statement
from sla.credits.steps import LinearCredit, StepCredit, TierCredit
from sla.credits.terms import CreditTerms
from sla.credits.weights import Weight, weighted_credit
from sla.fees.adjustments import Indexation
from sla.fees.invoices import undisputed
from sla.fees.resources import ArcBand, BandedArc
from sla.fees.usage import VolumeTiers
from sla.money import mean

YEN = {"places": 0}
CREDIT, CAP = LineKind.CREDIT, LineKind.CAP
TWICE = CreditTerms(10, multiplier=Multiplier((1, 2)), places=0)
DAY = date(2025, 10, 31)
LINES = [
    (lambda: single("tat", 9, "9", cap=4, **YEN), [(CREDIT, "tat", 9, "9"), (CAP, "", -5, "not above 4")]),
    (lambda: per_event_credit(2, fixed=3, **YEN), [(CREDIT, "", 6, "2 events × 3")]),
    (lambda: late_credit(2, 3, **YEN), [(CREDIT, "", 6, "2 days × 3")]),
    (lambda: persistent_credit(3, per=2, percent=5, annual_charges=100, **YEN), [(CREDIT, "", 5, "1 × 5 % × 100")]),
    (lambda: affected_credit(6, 1, 2, **YEN), [(CREDIT, "", 3, "6 × 1 ÷ 2")]),
    (lambda: part_month_credit(10, 60, 15, 30, **YEN), [(CREDIT, "", 3, "10 % × 60 × 15 ÷ 30")]),
    (lambda: product_credit([2, 3], **YEN), [(CREDIT, "", 6, "2 × 3")]),
    (
        lambda: points_credit(2, 1, 300, cap=rolling_cap(100, 5, 1), **YEN),
        [
            (CREDIT, "", 6, "2 points × 1 % × 300"),
            (LineKind.ROLLING_CAP, "", -2, "5 % × 100.00 = 5.00, less 1.00 given before"),
        ],
    ),
    (lambda: StepTable(((1, 2),)).credit(1, 300, **YEN), [(CREDIT, "", 6, "1 points: 2 % × 300")]),
    (
        lambda: StandingDiscount(1, 2).credit([False, False, True], 300, **YEN),
        [(CREDIT, "", 6, "2 % × 300 until a period is met")],
    ),
    (
        lambda: Scorecard((ScoreBand(None, -2),)).credit([Entry("tat", 1, 9, 10)], 300, **YEN),
        [(CREDIT, "", 6, "score 90 %: -2 % × 300")],
    ),
    (
        lambda: Scorecard((ScoreBand(None, Decimal("0.5")),)).credit([Entry("tat", 1, 9, 10)], 400, **YEN),
        [(LineKind.PREMIUM, "", -2, "score 90 %: 0.5 % × 400")],
    ),
    (
        lambda: LinearCredit(98, 2, cap_percent=1).credit(97, 300, **YEN),
        [(CREDIT, "", 6, "1 points × 2 % = 2 % × 300"), (CAP, "", -3, "not above 1 % of the charges")],
    ),
    (
        lambda: StepCredit(98, 98, 2, cap_percent=1).credit(97, 300, **YEN),
        [(CREDIT, "", 6, "1 full steps × 2 % = 2 % × 300"), (CAP, "", -3, "not above 1 % of the charges")],
    ),
    (
        lambda: TierCredit(((98, 2),), issued_above=6).credit(97, 300, **YEN),
        [(CREDIT, "", 6, "uptime 97 % = 2 % × 300"), (LineKind.MINIMUM, "", -6, "issued only above 6")],
    ),
    (
        lambda: weighted_credit([Weight("tat", 60), Weight("aht", 50)], 10, **YEN),
        [(CREDIT, "tat", 6, "60 % × 10"), (CREDIT, "aht", 5, "50 % × 10"), (CAP, "", -1, "not above the 10 at risk")],
    ),
    (
        lambda: statement([Claim("tat", 9, "9", run=2)], TWICE, at_risk=12, rolling=rolling_cap(100, 5, 1)),
        [
            (CREDIT, "tat", 9, "9"),
            (LineKind.MULTIPLIER, "tat", 9, "× 2, failure 2 in a row"),
            (CAP, "", -6, "not above the 12 at risk"),
            (LineKind.ROLLING_CAP, "", -8, "5 % × 100.00 = 5.00, less 1.00 given before"),
        ],
    ),
]
BANDS_FALL = "the floors of severity bands must be given and fall from band to band"
POINTS_RISE = "points start at zero for the target and never fall from band to band"
SCORES_FALL = "the floors of a scorecard's bands must be given and fall from band to band"
ARC_BANDS = "bands start at 100 % or above, and each begins where the one before it ends"
SENTENCES = [
    (partial(mean, []), "the mean of no numbers does not exist"),
    (partial(Certificate, DAY, date(2026, 1, 1)), "a certificate must not end before it begins"),
    (
        partial(Certificate, DAY, None, 1, 2),
        "a certificate becomes critical no earlier than it warns, and both before it ends",
    ),
    (partial(audit_cover, DAY, -1), "a bridge letter does not reach backwards"),
    (partial(latest_notice_date, DAY, days=-1), "notice is given before the expiry, not after it"),
    (partial(BandedArc, 1, 1, (ArcBand(90, 110, 1),)), ARC_BANDS),
    (partial(VolumeTiers, ()), "the last tier of a price must be open"),
    (partial(VolumeTiers, ((0, 1), (None, 1))), "the limits of tiers must be given, lie above zero, and rise"),
    (partial(Indexation, 100, 1, 2), "the floor of an indexation must not lie above its cap"),
    (partial(undisputed, 1, 2), "more is disputed than was billed"),
    (
        Entry("errors", 1, 0, 5, higher_is_better=False).attainment,
        "a value of zero has no attainment unless attainment has an upper limit",
    ),
    (partial(Scorecard, ()), "the last band of a scorecard has no floor"),
    (partial(Scorecard, (ScoreBand(None, 1), ScoreBand(None, 1))), SCORES_FALL),
    (partial(Scorecard, (ScoreBand(1, 0), ScoreBand(None, 1))), "a lower score must not bring a better percentage"),
    (partial(Claim, "tat", 1, run=0), "a failure is at least the first in a row"),
    (partial(margin_consumed, 1, 1, 0), "without a margin there is no share of it to state"),
    (partial(CreditTerms, 10, rolling_periods=0), "a rolling cap looks at one period at least"),
    (partial(StepCredit, 99, 98, 1), "steps are counted from the threshold or from above it"),
    (
        partial(TierCredit, ((99, 2), (98, 1))),
        "the edges of tiers must fall from tier to tier, and their credits must not",
    ),
    (partial(Multiplier, ()), "a ladder of multipliers starts at 1 or more and never falls"),
    (partial(Multiplier, (1,), compounding=True), "a compounding ladder needs two factors to show its step"),
    (partial(product_credit, []), "a product needs a factor"),
    (partial(SeverityTable, ()), "severity bands are at least two, and the last has no floor"),
    (partial(SeverityTable, (Band(None, 0, "a"), Band(None, 1, "b"))), BANDS_FALL),
    (partial(SeverityTable, (Band(99, 1, "a"), Band(None, 1, "b"))), POINTS_RISE),
    (partial(StepTable, ((2, 1), (1, 1))), "the steps of a points table must rise in points and never fall in percent"),
]


@pytest.mark.parametrize(("credit", "lines"), LINES)
def test_each_line_says_what_it_is(credit, lines):
    assert [(line.kind, line.subject, line.amount, line.working) for line in credit().lines] == lines


@pytest.mark.parametrize(("attempt", "sentence"), SENTENCES)
def test_a_refusal_is_a_whole_sentence(attempt, sentence):
    with pytest.raises(ValueError) as refused:  # noqa: PT011 - the sentence itself is compared
        attempt()
    assert str(refused.value) == sentence
