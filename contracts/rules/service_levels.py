"""What must hold for feeds, service levels and their terms; called by the models' `clean`."""

from operator import attrgetter
from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

from contracts import catalogue
from contracts.denominators import measure_per, terms_per
from contracts.rules.at_hand import terms_of
from contracts.rules.roll_ups import refuse_mixed_roll_up
from contracts.rules.spans import has, refuse, refuse_changes, refuse_outside_contract, refuse_overlap
from contracts.terms import (
    NARROWING,
    changes_of,
    history_rule_of,
    limits_of,
    measure_of,
    own_measure,
    part_periods_of,
    period_rule_of,
    ramp_up_of,
    repeats_of,
    straddling_of,
)
from sla.metrics.feeds import FeedKind
from sla.obligations import Straddling
from sla.part_periods import Changes
from sla.periods import FISCAL_PATTERNS

if TYPE_CHECKING:  # the models call these rules
    from contracts.models.service_levels import Feed, ServiceLevel, ServiceLevelTerms

# Days in the shortest period of each kind, and days that one row of a feed of counts covers.
PERIOD_DAYS = {
    "day": 1, "week": 7, "week_sunday": 7, "p445": 28, "p454": 28, "p544": 28, "month": 30, "quarter": 90,
    "contract_year": 365,
}  # fmt: skip
SCHEDULE_DAYS = {"event": 1, "daily": 1, "weekly": 7, "monthly": 30, "quarterly": 90, "yearly": 365}


def check_feed(feed: "Feed") -> None:
    """Settings that fit the kind of the feed, and a kind that stays."""
    if feed.kind != "observations" and (feed.lowest is not None or feed.highest is not None):
        refuse("lowest" if feed.lowest is not None else "highest", _("Only observations have bounds."))
    if feed.anchor and feed.schedule != "yearly":
        refuse("anchor", _("Only a yearly feed has an anchor, the first day of its years."))
    if feed.kind != "counts" and feed.allows_excess:
        refuse("allows_excess", _("Only counts have a numerator that could exceed a denominator."))
    if not has(feed, "contract", "starts_on"):
        return
    refuse_outside_contract(feed)
    refuse_changes(feed, ("contract", "kind"), _("A feed keeps its contract and its kind: results of that kind came."))
    if feed.contract.status != "draft":
        refuse_changes(
            feed,
            ("code", "schedule", "anchor"),
            _("A feed of a running contract keeps its code and its schedule, by which its results are known: end it."),
        )
    if feed.kind == "counts" and feed.pk:
        for level in feed.service_levels.all():
            for terms in level.terms.filter(ends_on__isnull=True):
                refuse_finer_period(terms.period, feed, "schedule")


def refuse_finer_period(period: str, feed: "Feed", field: str) -> None:
    """A row of counts cannot be cut into shorter periods than it covers."""
    if feed.kind == "counts" and PERIOD_DAYS.get(period, 0) < SCHEDULE_DAYS.get(feed.schedule, 0):
        sentence = _("The feed %(code)s reports %(schedule)s, so it cannot be judged by periods of kind “%(period)s”.")
        refuse(field, sentence, code=feed.code, schedule=feed.get_schedule_display(), period=period)


def refuse_crossing_weeks(terms: "ServiceLevelTerms", feed: "Feed") -> None:
    """Weeks from Monday fit no periods that always begin on another day: each would lie in two of them."""
    begins = terms.period_anchor.weekday() if terms.period in FISCAL_PATTERNS and terms.period_anchor else 0
    if feed.kind == "counts" and feed.schedule == "weekly" and (begins or terms.period == "week_sunday"):
        refuse(
            "period_anchor" if begins else "period",
            _("The feed %(code)s reports weeks from Monday, and each of these periods begins inside of such a week."),
            code=feed.code,
        )


def refuse_crossing_years(terms: "ServiceLevelTerms", feed: "Feed") -> None:
    """A feed's yearly totals fit only years that begin on the same day."""
    if feed.kind == "counts" and feed.schedule == "yearly" and terms.period_anchor:
        years, day = feed.reports, terms.period_anchor
        if years.containing(day).start != day:
            sentence = _("The feed %(code)s reports years from %(first)s, so “anchor” has to be such a day.")
            refuse("period_anchor", sentence, code=feed.code, first=years.containing(day).start)


def check_service_level(level: "ServiceLevel") -> None:
    """A feed of the same contract, which stays once terms were agreed."""
    if not has(level, "contract"):
        return
    refuse_outside_contract(level)
    for name in ("feed", "per_feed"):
        feed = getattr(level, name) if has(level, name) else None
        if feed and feed.contract_id != level.contract_id:
            refuse(name, _("The feed %(feed)s belongs to another contract."), feed=feed.code)
    if level.pk and terms_of(level):
        refuse_changes(
            level,
            ("contract", "feed", "per_feed"),
            _("A service level with terms keeps its contract and its feeds: make a new one."),
        )
        for terms in terms_of(level) if level.roll_up else ():
            if terms.ends_on is None:
                terms.service_level = level
                refuse_mixed_roll_up(terms)


def check_terms(terms: "ServiceLevelTerms") -> None:
    """Terms that the engine understands, in force inside their contract and one at a time."""
    if not has(terms, "service_level"):
        return
    check_meaning(terms)
    if terms.weight is not None and terms.weight > 100:
        refuse("weight", _("A weight is a share of the pool, 100 percent at most."))
    if terms.expected is None and terms.level_type != "reported_only":
        sentence = _("A level without a target is only reported: write “type: reported_only”, or what is expected.")
        refuse("expected", sentence)
    if terms.expected is None and terms.rules.get("repeats"):
        refuse("rules", _("A level without a target is never missed, so it has no “repeats”."))
    if terms.weight and terms.level_type == "reported_only":
        refuse("weight", _("A level that is only reported carries no weight."))
    if not terms.pk or terms.service_level.contract.status == "draft":
        check_fiscal_year(terms)
    else:
        fixed = [field.name for field in terms._meta.concrete_fields if field.name not in ("id", "ends_on")]
        refuse_changes(terms, fixed, _("Terms of a running contract stay as agreed: amend them from a date on."))
    if not has(terms, "amendment", "effective_on"):
        return
    level, amendment = terms.service_level, terms.amendment
    if amendment.contract_id != level.contract_id:
        refuse("amendment", _("The amendment belongs to another contract."))
    others = [other for other in terms_of(level) if other != terms]
    is_early = terms.effective_on < amendment.effective_on
    # A level that the amendment adds may begin with the contract.
    if is_early and all(other.amendment_id == amendment.pk for other in others):
        is_early = terms.effective_on < level.contract.starts_on
    if is_early:
        sentence = _("%(amendment)s takes effect on %(day)s; the terms it brings cannot do so earlier.")
        refuse("effective_on", sentence, amendment=amendment, day=amendment.effective_on)
    refuse_overlap(terms, others, start="effective_on")
    refuse_split_reports(terms)


def refuse_split_reports(terms: "ServiceLevelTerms") -> None:
    """Terms that split a period take effect where a report of the feed begins, or share its reports by day.

    Levels of a roll-up have the same periods, so they are not split.
    """
    if changes_of(terms) is not Changes.SPLIT:
        return
    day, level = terms.effective_on, terms.service_level
    earlier = [other for other in terms_of(level) if other.effective_on < day]
    if not earlier:
        return
    before = max(earlier, key=attrgetter("effective_on"))
    if level.roll_up:
        refuse("rules", _("A level of a roll-up keeps the periods of the others: write “at_start” or “at_end”."))
    if all(straddling_of(each) is Straddling.BY_DAY for each in (before, terms)):
        return
    for feed in filter(None, (level.feed, level.per_feed)):
        if feed.reports and (report := feed.reports.containing(day)).start != day:
            sentence = _(
                "“changes: split” from %(day)s splits the report %(report)s of the feed %(code)s: begin with a report, "
                "write “straddling: by_day” in the terms before and after, or “changes: at_start” or “at_end”."
            )
            refuse("rules", sentence, day=day, report=report.label, code=feed.code)


def check_meaning(terms: "ServiceLevelTerms") -> None:
    """Check that the engine can measure and judge by these terms; its error becomes the field's error."""
    check_reading(terms)
    refuse_mixed_roll_up(terms)
    if terms.per and terms.service_level.per_feed_id is None:
        refuse("per", _("“per” of terms needs the “per” of their service level, which names the other feed."))
    if other := terms_per(terms):
        check_reading(other)
    questions = (
        ("params", own_measure),
        ("per", measure_of),
        ("per", measure_per),
        ("expected", limits_of),
        ("rules", repeats_of),
        ("rules", straddling_of),
        ("rules", history_rule_of),
        ("rules", part_periods_of),
        ("rules", changes_of),
        ("period_anchor", period_rule_of),
    )
    for field, ask in questions:
        if field == "expected" and not has(terms, "direction"):
            continue
        if field == "period_anchor" and terms.period not in PERIOD_DAYS:
            continue
        try:
            ask(terms)
        except (ValueError, TypeError, AttributeError) as error:
            refuse(field, str(error))
    try:
        ramp_up_of(terms)
    except (ValueError, TypeError):
        refuse("rules", _("“ramp_up_until” must be a date such as 2025-03-01."))
    sentence = catalogue.contradiction(terms.metric, measure_of(terms))
    if sentence:
        refuse("metric", sentence)


def check_reading(terms: "ServiceLevelTerms") -> None:
    """Check that the rows of the feed that terms read fit their narrowing and their periods."""
    feed = terms.service_level.feed
    check_narrowing(terms.narrowing, feed)
    refuse_finer_period(terms.period, feed, "period")
    refuse_crossing_weeks(terms, feed)
    refuse_crossing_years(terms, feed)


def check_fiscal_year(terms: "ServiceLevelTerms") -> None:
    """Refuse an anchor on which no fiscal year starts, and a rule on the year's end where there is no such year."""
    if terms.period in FISCAL_PATTERNS:
        try:
            period_rule_of(terms).check_anchor()
        except (ValueError, ArithmeticError) as error:
            refuse("period_anchor", str(error))
    elif "year_end" in terms.rules:
        refuse("rules", _("“year_end” is only for periods of kind %(kinds)s."), kinds=", ".join(FISCAL_PATTERNS))


def check_narrowing(narrowing: object, feed: "Feed") -> None:
    """Refuse columns that the feed's rows do not have."""
    columns = NARROWING[FeedKind(feed.kind)]
    if not isinstance(narrowing, dict):
        refuse("narrowing", _("Narrowing maps columns to lists of values."))
    for column, values in narrowing.items():
        if column not in columns:
            sentence = _("Rows of the feed %(feed)s cannot be narrowed by “%(column)s”; %(columns)s.")
            names = {"names": ", ".join(columns)}
            allowed = _("only by %(names)s") % names if columns else _("they have no such column")
            refuse("narrowing", sentence, feed=feed.code, column=column, columns=allowed)
        if not isinstance(values, list) or not values or not all(isinstance(value, str) for value in values):
            refuse("narrowing", _("“%(column)s” needs a list of texts."), column=column)
