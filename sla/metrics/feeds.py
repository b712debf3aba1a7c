"""The kinds of facts that vendors report, and the words that those facts use."""

from enum import StrEnum


class FeedKind(StrEnum):
    """What one row of a feed is."""

    COUNTS = "counts"
    CONTACTS = "contacts"
    CASES = "cases"
    OBSERVATIONS = "observations"
    DOWNTIME = "downtime"


class ContactOutcome(StrEnum):
    """What became of one contact."""

    ANSWERED = "answered"
    ABANDONED = "abandoned"
    ABANDONED_BEFORE = "abandoned_before"
    BLOCKED = "blocked"
    FLOWED_OUT = "flowed_out"
    IGNORED = "ignored"


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
