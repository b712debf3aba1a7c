"""Many changes checked without a transaction, and stored together in a short one."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from django.db import models

from bpo.changes import Changes, change_entry, check_row, column_value, column_values, differences, usual_action
from bpo.fields import PublicIdField
from bpo.models import AuditEntry

ROWS_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class CheckedChange:
    """A row that was checked, with what is to be recorded of it."""

    row: models.Model
    changes: Changes
    action: str
    is_new: bool


class Batch:
    """Rows that are checked one by one, in the order in which they would be saved, and stored together.

    Until then a new row has a negative primary key of its own, so that other new rows may refer to it.
    """

    def __init__(self) -> None:
        self.changes: list[CheckedChange] = []
        self._values: dict[int, Mapping[str, object]] = {}

    def add(self, row: models.Model, *, action: str = "") -> Changes:
        """Validate a row as `save_recorded` does, and keep it; an unchanged row is not kept."""
        is_new = row._state.adding and id(row) not in self._values
        before = {} if is_new else self._values.get(id(row)) or stored_values(row)
        check_row(row)
        after = column_values(row)
        changes = differences(before, after)
        if not is_new and not changes:
            return {}
        self._values[id(row)] = after
        self.changes.append(CheckedChange(row, changes, action or usual_action(row, adding=is_new), is_new))
        if is_new:
            row.pk = -len(self.changes)
        return changes

    def lock(self) -> None:
        """Keep others from changing the rows that are changed, until the end of the transaction."""
        for model, rows in by_model(change.row for change in self.changes if not change.row._state.adding).items():
            locked = model._base_manager.select_for_update().filter(pk__in={row.pk for row in rows})
            list(locked.order_by("pk").values_list("pk"))

    def store(self, *, actor: object, instead: Mapping[int, models.Model]) -> None:
        """Store and record everything, with a few statements for each kind of row.

        `instead` has, by its `id()`, the row that takes the place of one that the rows refer to.
        """
        self._update(instead, self._create(instead))
        entries = [
            change_entry(change.row, actor=actor, changes=stored_changes(change), action=change.action)
            for change in self.changes
        ]
        AuditEntry.objects.bulk_create(entries, batch_size=ROWS_AT_ONCE)

    def _create(self, instead: Mapping[int, models.Model]) -> set[int]:
        """Store the new rows, kind by kind; return their `id()`s."""
        new = [change.row for change in self.changes if change.is_new]
        kinds = by_model(new)
        for model in referred_first(kinds):
            rows = kinds[model]
            for row in rows:
                row.pk = None
                refer_to_stored(row, instead)
            for field in model._meta.concrete_fields:
                if isinstance(field, PublicIdField):
                    for row, name in zip(rows, field.new_ids(model, len(rows)), strict=True):
                        setattr(row, field.attname, name)
            model._base_manager.bulk_create(rows, batch_size=ROWS_AT_ONCE)
        return {id(row) for row in new}

    def _update(self, instead: Mapping[int, models.Model], created: set[int]) -> None:
        """Store the changed columns of rows that were there before."""
        names: dict[int, set[str]] = defaultdict(set)
        for change in self.changes:
            names[id(change.row)] |= change.changes.keys()
        changed = {id(change.row): change.row for change in self.changes if id(change.row) not in created}
        alike: dict[tuple[str, ...], list[models.Model]] = defaultdict(list)
        for key, row in changed.items():
            refer_to_stored(row, instead)
            alike[tuple(sorted(names[key]))].append(row)
        for columns, similar in alike.items():
            for model, rows in by_model(similar).items():
                model._base_manager.bulk_update(rows, columns, batch_size=ROWS_AT_ONCE)


def stored_values(row: models.Model) -> dict[str, object]:
    """The row's columns as the table has them; a related row that stays as it is at hand, perhaps with another name."""
    stored = type(row)._base_manager.get(pk=row.pk)
    for field in row._meta.concrete_fields:
        if field.is_relation and field.value_from_object(stored) == field.value_from_object(row):
            setattr(stored, field.name, getattr(row, field.name))
    return column_values(stored)


def by_model(rows: Iterable[models.Model]) -> dict[type[models.Model], list[models.Model]]:
    """The rows of each model, in the order in which the models first appear."""
    found: dict[type[models.Model], list[models.Model]] = defaultdict(list)
    for row in rows:
        found[type(row)].append(row)
    return found


def referred_first(kinds: Iterable[type[models.Model]]) -> list[type[models.Model]]:
    """The models, each after those that its rows refer to."""
    left, ordered = list(kinds), []
    while left:
        others = {model: {field.related_model for field in model._meta.concrete_fields} - {model} for model in left}
        ready = [model for model in left if others[model].isdisjoint(left)]
        ordered += ready
        left = [model for model in left if model not in ready]
    return ordered


def refer_to_stored(row: models.Model, instead: Mapping[int, models.Model]) -> None:
    """Let the row's columns name the rows at hand by the keys under which these are stored."""
    for name, other in list(row._state.fields_cache.items()):
        if other is not None:
            setattr(row, name, instead.get(id(other), other))


def stored_changes(change: CheckedChange) -> Changes:
    """The changes to be recorded; related rows by the keys under which they are stored."""
    fields = {field.name: field for field in change.row._meta.concrete_fields if field.is_relation}
    return {
        name: (before, column_value(change.row, fields[name]) if name in fields else after)
        for name, (before, after) in change.changes.items()
    }
