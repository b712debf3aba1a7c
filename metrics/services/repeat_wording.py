"""How far a period brings clauses on failing again, as text for a working's last line."""

from fractions import Fraction

from django.utils.translation import gettext_noop

from bpo.formatting import show_value
from bpo.translations import desk_day
from bpo.translations import desk_gettext as _
from metrics.services.findings import Finding, RepeatProgress
from sla.credits.repeat_rules import RepeatKind
from sla.money import exact, plain

PERIOD_WORDS = {
    "day": gettext_noop("days"),
    "week": gettext_noop("weeks"),
    "week_sunday": gettext_noop("weeks"),
    "month": gettext_noop("months"),
    "quarter": gettext_noop("quarters"),
    "contract_year": gettext_noop("contract years"),
}


def repeat_text(finding: Finding, progress: RepeatProgress) -> str:
    """ "2nd breach in 3 months · a 3rd by 31 Jan 2026 → §14.2"; empty for an average within its limit."""
    repeat, rule = progress.repeat, progress.repeat.rule
    period = _(PERIOD_WORDS.get(finding.cell.agreed.terms.period, gettext_noop("periods")))
    words = {
        "nth": ordinal(int(repeat.tally)),
        "miss": _("miss of the expected level or breach") if rule.below_expected else _("breach"),
        "window": f"{rule.window} {period}",
        "points": plain(repeat.tally),
        "threshold": plain(rule.threshold),
        "value": value_text(finding, repeat.tally, exact(rule.limit)),
        "limit": value_text(finding, exact(rule.limit)),
    }
    if rule.kind is RepeatKind.AVERAGE:
        text = _("average of %(window)s %(value)s, worse than %(limit)s") % words if repeat.is_reached else ""
    elif rule.kind is RepeatKind.POINTS:
        text = _("%(points)s points in %(window)s, of %(threshold)s") % words
    elif rule.kind is RepeatKind.RUNNING:
        text = _("%(nth)s %(miss)s running") % words
    else:
        text = _("%(nth)s %(miss)s in %(window)s") % words
    clause = f" → {rule.clause}" if rule.clause else ""
    if repeat.is_reached:
        return text + (clause or " → " + _("the clause on repeated failure"))
    if progress.chance_until is None:
        return text
    further = {"nth": ordinal(rule.count), "day": desk_day(progress.chance_until)}
    return text + " · " + _("a %(nth)s by %(day)s") % further + clause


def ordinal(number: int) -> str:
    """ "2nd"; other languages have their own endings."""
    last = 0 if number % 100 in (11, 12, 13) else number % 10
    ending = {1: gettext_noop("%sst"), 2: gettext_noop("%snd"), 3: gettext_noop("%srd")}.get(last, gettext_noop("%sth"))
    return _(ending) % number


def value_text(finding: Finding, value: Fraction, *limits: Fraction) -> str:
    """A value as the terms print it, on the right side of its limits."""
    agreed = finding.cell.agreed
    return show_value(value, unit=agreed.unit, decimals=agreed.terms.decimals_shown, limits=limits)
