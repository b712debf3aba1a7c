"""The tables that are added to and not changed: what of each may change once, and what the hash chains link of it.

One declaration for each table. `bpo.append_only` makes triggers of them, `record` links and verifies their rows.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from django.apps import apps
from django.db import models


@dataclass(frozen=True, slots=True)
class KeptTable:
    """A table whose rows stay as they were written.

    `may_change` has for each column that changes the condition, in SQL over OLD and NEW, under which it does; `may_go`
    is the condition under which a row is deleted. Rows are linked as a `kind` into the chain of the contract at the
    end of the path `contract`, or of the installation; only once the column `linked_once` is true, if there is one. A
    hash covers every column but those of `not_covered`. A column that a later version adds stands in `added` with the
    value that earlier rows have: such a value is left out.
    """

    label: str
    may_change: Mapping[str, str] = field(default_factory=dict)
    may_go: str = ""
    kind: str = ""
    contract: str = ""
    linked_once: str = ""
    not_covered: tuple[str, ...] = ()
    added: Mapping[str, object] = field(default_factory=dict)

    @property
    def model(self) -> type[models.Model]:
        return apps.get_model(self.label)

    @property
    def table(self) -> str:
        return self.model._meta.db_table

    @property
    def covered(self) -> list[str]:
        """The columns that the hash of a row covers, as attributes of its model."""
        names = [each.attname for each in self.model._meta.concrete_fields if not each.primary_key]
        return [name for name in names if name not in self.not_covered]


# A result goes once it stands among the superseded ones.
IS_SUPERSEDED = (
    "EXISTS (SELECT 1 FROM metrics_supersededresult past WHERE past.feed_id = OLD.feed_id AND past.key = OLD.key"
    " AND past.revision = OLD.revision)"
)
RESULTS = ("Count", "Contact", "Case", "Observation", "Downtime", "Nil")
BECOMES_FINAL = "NOT OLD.is_final AND NEW.is_final"
# A question is answered, taken back or lapses; a grant is withdrawn or ends, never later than it said.
IS_ANSWERED = "OLD.state = 'asked' AND NEW.state IN ('granted', 'refused')"
IS_WITHDRAWN = "OLD.state IN ('asked', 'granted') AND NEW.state = 'withdrawn'"
ENDS = "OLD.state = 'granted' AND NEW.state = 'ended'"
KEPT_TABLES = (
    # Names of people are no part of what is hashed, so that an erasure can replace them.
    KeptTable("bpo.AuditEntry", kind="audit entry", not_covered=("actor_label", "thing_label")),
    KeptTable(
        "metrics.Verdict",
        may_change={
            "is_current": "OLD.is_current AND NOT NEW.is_current",
            "is_final": BECOMES_FINAL,
            "closed_at": BECOMES_FINAL,
            "run_id": BECOMES_FINAL,
        },
        kind="verdict",
        contract="service_level__contract",
        linked_once="is_final",
        # It changes after the verdict was linked; whether it is right follows from later revisions and withdrawals.
        not_covered=("is_current",),
    ),
    KeptTable("metrics.Withdrawal", kind="withdrawal", contract="verdict__service_level__contract"),
    KeptTable("metrics.BreachEvent", kind="breach event", contract="breach__service_level__contract"),
    KeptTable("metrics.SupersededResult", kind="supersession", contract="feed__contract"),
    KeptTable(
        "bpo.AccessGrant",
        may_change={
            "state": f"{IS_ANSWERED} OR {IS_WITHDRAWN} OR {ENDS} OR OLD.state = 'asked' AND NEW.state = 'lapsed'",
            "days": f"{IS_ANSWERED} AND NEW.days <= OLD.days",
            **dict.fromkeys(("answered_by_id", "answered_at"), IS_ANSWERED),
            "ends_at": f"{IS_ANSWERED} OR {ENDS} AND NEW.ends_at <= OLD.ends_at",
            **dict.fromkeys(("withdrawn_by_id", "withdrawn_at"), IS_WITHDRAWN),
        },
    ),
    *(KeptTable(f"contracts.{name}") for name in ("CalendarException", "ContractCalendar", "HolidayYear")),
    KeptTable("record.Link"),
    KeptTable(
        "record.Chain",
        may_change={
            **dict.fromkeys(("length", "head", "linked_at"), "NEW.length > OLD.length"),
            **dict.fromkeys(("checked_to", "checking_since", "checked_at", "checked_length", "finding"), "true"),
        },
    ),
    # The chain of a batch is that of the contracts of its rows, whose digest is linked with it.
    KeptTable("metrics.Batch", may_change={"rows_late": "OLD.rows_late = 0"}, kind="batch"),
    *(KeptTable(f"metrics.{kind}Result", may_go=IS_SUPERSEDED) for kind in RESULTS),
)
BY_KIND = {kept.kind: kept for kept in KEPT_TABLES if kept.kind}
