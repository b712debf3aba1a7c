"""Limits of terms in print, for every page alike."""

import math
from functools import partial

import yaml
from django.utils.translation import gettext as _

from bpo.formatting import Number, show_limit, show_value
from contracts.models.service_levels import ServiceLevelTerms
from contracts.terms import unit_of
from sla.metrics.targets import Targets


def unit_shown(terms: ServiceLevelTerms) -> str:
    """The unit behind values; terms that cannot be read any more show their numbers bare."""
    try:
        return unit_of(terms)
    except ValueError:
        return terms.unit


def rules_text(terms: ServiceLevelTerms) -> str:
    """The rules as a terms file writes them: "missing: deemed, part_periods: joined"."""
    written: str = yaml.safe_dump(terms.rules, default_flow_style=True, allow_unicode=True, width=math.inf)
    return written.strip()[1:-1]


def measure_text(terms: ServiceLevelTerms) -> str:
    """What is measured of which rows: "share_within, of resolved_within, targets by priority: P1 4 hours, only …"."""
    texts = [terms.aggregation]
    for name, value in sorted(terms.params.items()):
        try:
            table = Targets.parse(value) if name == "targets" else None
        except ValueError:
            table = None
        texts.append(f"{name} by {table.column}: {table}" if table else f"{name} {value}")
    if terms.service_level.per_feed:
        words = {"scale": terms.per.get("scale", 100), "feed": terms.service_level.per_feed.code}
        texts.append(_("per %(scale)s of %(feed)s") % words)
    for column, values in sorted(terms.narrowing.items()):
        names = [value or _("none") for value in sorted(values, key=lambda value: (not value, value))]
        words = {"column": column, "names": _(" or ").join(names)}
        texts.append(_("only %(column)s %(names)s") % words)
    return ", ".join(texts)


def limit_text(name: str, terms: ServiceLevelTerms) -> str:
    """The limit of that name: "≥ 95.0 %", or a range; "–" where the terms have none."""
    low, high = getattr(terms, name), getattr(terms, f"{name}_high")
    return show_limit(low, direction=terms.direction, unit=unit_shown(terms), decimals=terms.decimals_shown, high=high)


def expected_text(terms: ServiceLevelTerms) -> str:
    """What is expected, or that the level has no target."""
    return _("no target") if terms.expected is None else limit_text("expected", terms)


minimum_text = partial(limit_text, "minimum")


def value_text(terms: ServiceLevelTerms, value: Number | None) -> str:
    """A value that is no verdict's own, such as a day's; verdicts bring theirs."""
    limits = (terms.expected, terms.expected_high, terms.minimum, terms.minimum_high)
    return show_value(value, unit=unit_shown(terms), decimals=terms.decimals_shown, limits=limits)
