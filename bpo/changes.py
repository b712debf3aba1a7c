"""Changes of a row: checked, saved and recorded in one transaction."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from django.core.exceptions import NON_FIELD_ERRORS, ObjectDoesNotExist, ValidationError
from django.db import IntegrityError, models, transaction

from bpo import audit
from bpo.models import AuditEntry, Organisation

if TYPE_CHECKING:  # a batch checks by these rules
    from bpo.batches import Batch

SECRET = frozenset({"password", "secret_sha256", "encrypted_secret", "last_login"})
Changes = Mapping[str, tuple[object, object]]


def save_recorded(row: models.Model, *, actor: object, action: str = "", batch: "Batch | None" = None) -> Changes:
    """Validate the row, save it, and record who changed what; an unchanged row is not recorded.

    With a batch the row is only validated: the batch stores and records it later, together with others.
    """
    return save_now(row, actor=actor, action=action) if batch is None else batch.add(row, action=action)


@transaction.atomic
def save_now(row: models.Model, *, actor: object, action: str) -> Changes:
    adding = row._state.adding
    before = {} if adding else column_values(type(row)._base_manager.select_for_update().get(pk=row.pk))
    check_row(row)
    changes = differences(before, column_values(row))
    if not adding and not changes:
        return {}
    try:
        with transaction.atomic():
            row.save()
    except IntegrityError:
        row.full_clean()  # names everything that is wrong with the row
        raise
    record_change(row, actor=actor, changes=changes, action=action or usual_action(row, adding=adding))
    return changes


def check_row(row: models.Model) -> None:
    """Validate a row; a ValidationError names everything that is wrong with it.

    The database checks its constraints itself, at a fraction of the cost of a query for each; and that rows exist which
    are at hand.
    """
    known = related_at_hand(row)
    try:
        row.full_clean(exclude=known, validate_constraints=False)
    except ValidationError as error:
        faults = error.update_error_dict({})
        try:
            row.validate_constraints(exclude=set(faults) - {NON_FIELD_ERRORS})
        except ValidationError as more:
            faults = more.update_error_dict(faults)
        raise ValidationError(faults) from None


def differences(before: Mapping[str, object], after: Mapping[str, object]) -> Changes:
    """Column → its value before and after, where these differ."""
    return {name: (before.get(name), value) for name, value in after.items() if before.get(name) != value}


def usual_action(row: models.Model, *, adding: bool) -> str:
    return f"{'add' if adding else 'change'}_{row._meta.model_name}"


def related_at_hand(row: models.Model) -> set[str]:
    """The columns whose related rows have been read or saved by this process."""
    related = ((field.name, row._state.fields_cache.get(field.name)) for field in row._meta.concrete_fields)
    return {name for name, other in related if other is not None and other.pk is not None}


def record_change(row: models.Model, *, actor: object, changes: Changes, action: str) -> None:
    """Write an entry in the audit trail that both sides of the row may read."""
    change_entry(row, actor=actor, changes=changes, action=action).save()


def change_entry(row: models.Model, *, actor: object, changes: Changes, action: str) -> AuditEntry:
    """Return the entry in the audit trail for a change, not yet saved."""
    client, vendor = sides(row)
    return audit.entry(actor=actor, action=action, thing=row, changes=changes, client=client, vendor=vendor)


def column_values(row: models.Model) -> dict[str, object]:
    """Return every column by name, related rows by their ids and names, without secrets."""
    return {
        field.name: column_value(row, field)
        for field in row._meta.concrete_fields
        if not field.primary_key and field.name not in SECRET
    }


def column_value(row: models.Model, field: models.Field) -> object:
    value = field.value_from_object(row)
    if field.is_relation and value is not None:
        related = getattr(row, field.name)
        return f"{getattr(related, 'public_id', '') or related.pk} {related}".strip()[:200]
    return None if value == "" else value


def sides(row: models.Model) -> tuple[Organisation | None, Organisation | None]:
    """Return the client's and the vendor's organisation of a row, where its own columns lead to exactly one.

    Of a draft that only its client sees, and of its rows, the vendor is none.
    """
    rows = getattr(type(row)._default_manager, "_queryset_class", None)
    client, vendor = (_organisation(row, getattr(rows, side, "")) for side in ("client_path", "vendor_path"))
    return client, vendor


def _organisation(row: models.Model, path: str) -> Organisation | None:
    if path == "pk":
        return row if isinstance(row, Organisation) else None
    related: object = row
    for name in path.split("__") if path else ():
        if name == "vendor" and not getattr(related, "is_shown_to_vendor", True):
            return None
        try:
            related = getattr(related, name, None)
        except ObjectDoesNotExist:
            return None
    return related if isinstance(related, Organisation) else None


def change_recorded(
    row: models.Model, *, actor: object, action: str = "", batch: "Batch | None" = None, **values: object
) -> Changes:
    """Set columns of a row, save it, and record what changed."""
    for name, value in values.items():
        setattr(row, name, value)
    return save_recorded(row, actor=actor, action=action, batch=batch)
