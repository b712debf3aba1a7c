"""The record is added to: its tables refuse to delete and to change rows, whoever asks and in whatever way."""

from copy import deepcopy
from datetime import timedelta

import pytest
from django.core.management import call_command
from django.db import IntegrityError, connection, connections, models, transaction

from bpo import append_only
from bpo.kept_tables import KEPT_TABLES
from bpo.models import AccessGrant, AuditEntry, User
from bpo.opened_record import RecordClosedError, opened_record
from bpo.sandbox import SANDBOX
from metrics.models.results import CountResult
from metrics.models.runs import Run
from metrics.models.verdicts import Verdict
from metrics.tests.closed import LATER, MARCH, NOW, correct, current
from metrics.tests.kept import JUNE, build_record
from record.tests.worlds import link_all
from tests.support.cast import FAR_AHEAD, build_cast
from tests.support.tampering import as_owner

KEPT = {kept.label: kept for kept in KEPT_TABLES}
OTHER_VALUES = {
    models.BooleanField: lambda value: not value,
    models.JSONField: lambda value: {"forged": value},
    models.DateTimeField: lambda value: (value or NOW) + timedelta(seconds=1),
    models.DateField: lambda value: (value or MARCH) + timedelta(days=1),
    models.CharField: lambda value: value[:-1] + "~" if value else "~",
    models.TextField: lambda value: value + "~",
    models.IntegerField: lambda value: (value or 0) + 1,
    models.ForeignKey: lambda value: (value or 0) + 1,
}


@pytest.fixture(scope="module")
def built(module_database):
    """A service level whose months are closed, and rows of each kept table."""
    level = build_record(build_cast())
    with opened_record(actor=None, action="look", thing=level, changes={}):
        pass
    link_all()
    return level


@pytest.fixture
def db(put_back):
    """The database of this module; each test's own changes are undone."""


@pytest.fixture
def level(db, built):
    return deepcopy(built)


def another_value(field, value):
    return next(make(value) for kind, make in OTHER_VALUES.items() if isinstance(field, kind))


def refused(act):
    with transaction.atomic():
        try:
            with transaction.atomic():
                act()
        except IntegrityError as error:
            return append_only.REFUSAL in str(error)
    return False


def fixed_columns(kept):
    fields = [field for field in kept.model._meta.concrete_fields if not field.primary_key]
    return [field for field in fields if field.column not in kept.may_change]


@pytest.mark.parametrize("label", KEPT)
def test_no_row_is_deleted_in_any_way(level, label):
    model = KEPT[label].model
    rows, table = model.objects.all(), model._meta.db_table
    first = rows.order_by("pk").first()

    def by_sql():
        with connection.cursor() as cursor:
            cursor.execute(f"DELETE FROM {table} WHERE id = %s", [first.pk])

    acts = [rows.delete, lambda: rows._raw_delete("default"), first.delete, by_sql]
    # What still refers to a row protects it before a trigger is asked.
    assert [refused(act) for act in acts[1:2] + acts[3:]] == [True, True]
    for act in (acts[0], acts[2]):
        with pytest.raises((IntegrityError, models.ProtectedError)), transaction.atomic():
            act()
    assert model.objects.filter(pk=first.pk).exists()


@pytest.mark.parametrize("label", KEPT)
def test_no_column_is_changed_but_those_that_change_once(level, label):
    kept = KEPT[label]
    row = kept.model.objects.order_by("pk").first()
    changed = []
    for field in fixed_columns(kept):
        value = another_value(field, field.value_from_object(row))
        if not refused(
            lambda name=field.attname, value=value: type(row).objects.filter(pk=row.pk).update(**{name: value})
        ):
            changed.append(field.name)

    assert changed == []


@pytest.mark.parametrize("label", KEPT)
def test_a_row_is_not_replaced_by_another_one(level, label):
    """SQLite's INSERT OR REPLACE deletes the row that is in the way; PostgreSQL's ON CONFLICT updates it."""
    kept = KEPT[label]
    row, field = kept.model.objects.order_by("pk").first(), fixed_columns(kept)[0]
    columns = [each.column for each in kept.model._meta.concrete_fields]
    values = ", ".join(f'"{each}"' for each in columns)
    start = f"INSERT {'OR REPLACE ' if connection.vendor == 'sqlite' else ''}INTO {kept.table} ({values})"
    value = another_value(field, field.value_from_object(row))
    value = field.get_db_prep_save(value, connection)

    def replace():
        end = (
            ""
            if connection.vendor == "sqlite"
            else f'ON CONFLICT (id) DO UPDATE SET "{field.column}" = EXCLUDED."{field.column}"'
        )
        chosen = values.replace(f'"{field.column}"', "%s")
        with connection.cursor() as cursor:
            cursor.execute(f"{start} SELECT {chosen} FROM {kept.table} WHERE id = {row.pk} {end}", [value])

    assert refused(replace)


def test_a_result_goes_once_it_stands_among_the_superseded_ones(level):
    row = CountResult.objects.get(starts_on=JUNE)
    go = CountResult.objects.filter(pk=row.pk).delete
    assert refused(go)
    correct(level, JUNE, 8)

    assert not CountResult.objects.filter(pk=row.pk).exists()


def test_what_changes_once_does_not_change_back(level):
    verdict = current(level, "2025-01")
    provisional = Verdict.objects.get(service_level=level, period_label="2025-06")
    Verdict.objects.filter(pk=provisional.pk).update(is_current=False)
    run = Run.objects.create(zone="UTC", local_date=MARCH, started_at=NOW)

    acts = [
        lambda: Verdict.objects.filter(pk=verdict.pk).update(is_final=False),
        lambda: Verdict.objects.filter(pk=verdict.pk).update(closed_at=LATER),
        lambda: Verdict.objects.filter(pk=verdict.pk).update(run=run),
        lambda: Verdict.objects.filter(pk=provisional.pk).update(is_current=True),
        lambda: Verdict.objects.filter(pk=provisional.pk).update(closed_at=LATER),
    ]
    assert [refused(act) for act in acts] == [True] * len(acts)


@pytest.fixture
def grants(level):
    """One grant of each state that the service levels' client gave, and the change of a column of one of them."""
    given = AccessGrant.objects.filter(state="granted").order_by("pk").first()
    columns = {field.attname: getattr(given, field.attname) for field in AccessGrant._meta.concrete_fields}
    operator = User.objects.create(email="third@example.com", name="Third", is_operator_admin=True)
    waiting = dict.fromkeys(("answered_by_id", "answered_at", "ends_at"))
    for state, more in {"asked": waiting, "granted": {}, "refused": {"ends_at": None}, "withdrawn": {}}.items():
        kept = {**columns, **more, "id": None, "public_id": f"AG-{state}", "state": state, "operator_id": operator.pk}
        AccessGrant.objects.create(**kept)

    def changed(from_state, /, **columns):
        return lambda: AccessGrant.objects.filter(public_id=f"AG-{from_state}").update(**columns)

    return changed


def test_a_grant_is_not_given_longer_or_again_past_its_answer(grants):
    later = FAR_AHEAD + timedelta(days=1)
    acts = [
        grants("refused", state="granted", ends_at=later),
        grants("withdrawn", state="granted"),
        grants("granted", ends_at=later),
        grants("granted", days=31),
        grants("granted", state="asked"),
        grants("granted", reason="Another."),
        grants("granted", answered_by_id=None),
        grants("asked", ends_at=later),
        grants("asked", state="granted", days=31, ends_at=later),
        grants("asked", state="ended"),
    ]
    assert [refused(act) for act in acts] == [True] * len(acts)


def test_a_question_is_answered_and_a_grant_ends(grants):
    by = AccessGrant.objects.filter(state="granted").first().answered_by_id
    acts = [
        grants("granted", state="ended", ends_at=NOW),
        grants("asked", state="granted", days=3, answered_by_id=by, answered_at=NOW, ends_at=FAR_AHEAD),
    ]
    assert [refused(act) for act in acts] == [False, False]


def test_the_owner_changes_a_row_with_an_entry_in_the_audit_trail(level):
    verdict = current(level, "2025-01")
    with opened_record(actor=None, action="rewrite", thing=level, changes={"display": ("96", "97")}):
        Verdict.objects.filter(pk=verdict.pk).update(display="97")

    assert AuditEntry.objects.get(action="rewrite").changes == {"display": ["96", "97"]}
    assert refused(lambda: Verdict.objects.filter(pk=verdict.pk).update(display="98"))


@pytest.mark.parametrize("process", ["web", "worker"])
def test_no_process_but_a_command_opens_the_record(level, settings, process):
    settings.DESK_PROCESS = process
    with pytest.raises(RecordClosedError), opened_record(actor=None, action="rewrite", thing=level, changes={}):
        pass

    assert not AuditEntry.objects.filter(action="rewrite").exists()


@pytest.mark.postgresql
def test_the_desks_own_role_cannot_open_the_record(level):
    with connection.cursor() as cursor:
        cursor.execute(
            "CREATE ROLE kept_app; GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO kept_app"
        )
        cursor.execute("SET ROLE kept_app")

    def as_if_owner():
        with as_owner():
            Verdict.objects.update(display="97")

    def truncate():
        with connection.cursor() as cursor:
            cursor.execute("TRUNCATE metrics_verdict CASCADE")

    assert refused(as_if_owner)
    with pytest.raises(Exception, match="permission denied"), transaction.atomic():
        truncate()
    with connection.cursor() as cursor:
        cursor.execute("RESET ROLE")


def test_a_missing_trigger_is_named_and_made_anew(level):
    name = "kept_metrics_verdict_delete"
    with connection.cursor() as cursor:
        cursor.execute(f"DROP TRIGGER {name}" + (" ON metrics_verdict" if connection.vendor == "postgresql" else ""))

    assert append_only.find_missing(connection) == [name]
    call_command("migrate", database="default", verbosity=0)
    assert append_only.find_missing(connection) == []


def test_the_sandbox_has_no_triggers(level):
    assert append_only.installed(connections[SANDBOX]) == {}
