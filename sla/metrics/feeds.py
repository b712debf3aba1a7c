"""The kinds of facts that vendors report, and the words that those facts use."""

from enum import StrEnum

from sla.labels import Labelled
from sla.labels import gettext_noop as _


class FeedKind(Labelled):
    """What one row of a feed is."""

    COUNTS = "counts", _("counts")
    CONTACTS = "contacts", _("contacts")
    CASES = "cases", _("cases")
    OBSERVATIONS = "observations", _("observations")
    DOWNTIME = "downtime", _("downtime")


class ContactOutcome(Labelled):
    """What became of one contact."""

    ANSWERED = "answered", _("answered")
    ABANDONED = "abandoned", _("abandoned in the queue")
    ABANDONED_BEFORE = "abandoned_before", _("abandoned before the queue")
    BLOCKED = "blocked", _("blocked")
    FLOWED_OUT = "flowed_out", _("flowed out")
    IGNORED = "ignored", _("ignored")


class Aggregation(StrEnum):
    """How facts become one number."""

    RATIO = "ratio"
    SHARE_WITHIN = "share_within"
    MEAN = "mean"
    PERCENTILE = "percentile"
    SUM = "sum"
    COUNT = "count"
    AVAILABILITY = "availability"
    INDEX = "index"
