"""What a period brings to clauses on failing again, in the words of a working's last line."""

from fractions import Fraction

from django.utils.translation import gettext_noop

from bpo.formatting import show_value
from bpo.translations import desk_day
from bpo.translations import desk_gettext as _
from metrics.findings import Finding, Repeated
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


def repeat_texts(finding: Finding) -> list[str]:
    """ "2nd breach in 3 months · a 3rd by 31 Jan 2026 → §14.2": what the period brings to clauses on failing again."""
    return [text for repeated in finding.repeats if (text := repeat_text(finding, repeated))]


def repeat_text(finding: Finding, repeated: Repeated) -> str:
    repeat, rule = repeated.repeat, repeated.repeat.rule
    words = {
        "nth": ordinal(int(repeat.tally)),
        "miss": _("miss of the expected level or breach") if rule.below_expected else _("breach"),
        "window": window_text(finding, rule.window),
        "points": plain(repeat.tally),
        "threshold": plain(rule.threshold),
        "value": shown(finding, repeat.tally, exact(rule.limit)),
        "limit": shown(finding, exact(rule.limit)),
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
    if repeated.chance_until is None:
        return text
    further = {"nth": ordinal(rule.count), "day": desk_day(repeated.chance_until)}
    return text + " · " + _("a %(nth)s by %(day)s") % further + clause


def window_text(finding: Finding, periods: int) -> str:
    """ "3 months": a window in the words of the terms' periods."""
    word = PERIOD_WORDS.get(finding.cell.agreed.terms.period, gettext_noop("periods"))
    return f"{periods} {_(word)}"


def ordinal(number: int) -> str:
    """ "2nd"; other languages write the number their way."""
    last = 0 if number % 100 in (11, 12, 13) else number % 10
    ending = {1: gettext_noop("%sst"), 2: gettext_noop("%snd"), 3: gettext_noop("%srd")}.get(last, gettext_noop("%sth"))
    return _(ending) % number


def shown(finding: Finding, value: Fraction, *limits: Fraction) -> str:
    """A value in the words of the terms, on the right side of its limits."""
    agreed = finding.cell.agreed
    return show_value(value, unit=agreed.unit, decimals=agreed.terms.decimals, limits=limits)
