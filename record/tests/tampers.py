"""Random changes of what the chains cover, as SQL: what somebody with a database shell could do."""

import random
from collections.abc import Iterator
from dataclasses import dataclass, field

from django.db import connection
from django.db.models import Field, Model

from bpo.kept_tables import BY_KIND
from intake.kinds import CONTENT
from metrics.models.results import RESULT_TABLES
from record.contents import PSEUDONYM
from record.models import Chain, Link


@dataclass(frozen=True, slots=True)
class Tamper:
    """A statement, whether the desk's own role is refused it, and how the place is named where it has to be found.

    One of the names; a row may be missed in two places, of which the first one is named.
    """

    statement: str
    values: list[object] = field(default_factory=list)
    is_refused: bool = True
    found: tuple[str, ...] = ("",)

    def run(self) -> int:
        with connection.cursor() as cursor:
            cursor.execute(self.statement, self.values)
            return cursor.rowcount


def other_value(column: Field, value: object, dice: random.Random) -> object:
    """Another value of a column, as the database takes it."""
    kind = column.get_internal_type()
    if kind == "BooleanField":
        return not value
    if kind == "JSONField":
        return column.get_db_prep_save({"forged": dice.random()}, connection)
    if kind in {"CharField", "TextField"}:
        text = str(value or "")
        return f"{text[:-1]}{dice.choice('~^§')}"
    if kind == "DateTimeField":
        return connection.ops.adapt_datetimefield_value(column.to_python(f"2024-01-{dice.randint(1, 28):02} 00:00Z"))
    if kind == "DateField":
        return f"2024-01-{dice.randint(1, 28):02}"
    return int(connection.ops.adapt_integerfield_value(stored(column, value) or 0, kind)) + dice.randint(1, 9)


def stored(column: Field, value: object) -> object:
    return column.get_db_prep_save(value, connection)


def change(row: Model, columns: list[Field], dice: random.Random, **more: object) -> Tamper:
    """Another value in one of the columns of a row."""
    column = dice.choice(columns)
    table = row._meta.db_table
    value = other_value(column, column.value_from_object(row), dice)
    return Tamper(f'UPDATE {table} SET "{column.column}" = %s WHERE id = %s', [value, row.pk], **more)


def deletion(row: Model, **more: object) -> Tamper:
    return Tamper(f"DELETE FROM {row._meta.db_table} WHERE id = %s", [row.pk], **more)


def any_row(model: type[Model], dice: random.Random) -> Model:
    return model._base_manager.get(
        pk=dice.choice(list(model._base_manager.order_by("pk").values_list("pk", flat=True)))
    )


def of_row(dice: random.Random) -> Tamper:
    """A linked row is changed or deleted."""
    kind = dice.choice(sorted(BY_KIND))
    kept = BY_KIND[kind]
    linked = Link.objects.filter(kind=kind).order_by("pk").values_list("row_id", flat=True)
    row = kept.model._base_manager.get(pk=dice.choice(list(linked)))
    found = (
        f"{kind} {row.pk}: ",
        f"batch {getattr(row, 'batch_id', 0)}: ",
        f"verdict {getattr(row, 'verdict_id', 0)}: ",
    )
    if dice.random() < 0.3:
        return deletion(row, found=found)
    # What changes once, the desk itself changes.
    names = set(kept.covered) - kept.may_change.keys()
    return change(row, [each for each in row._meta.concrete_fields if each.attname in names], dice, found=found)


def of_result(dice: random.Random) -> Tamper:
    """A result is changed, deleted, moved to another batch, or added to one."""
    kind = dice.choice(sorted(RESULT_TABLES))
    row = any_row(RESULT_TABLES[kind], dice)
    found, what = (f"batch {row.batch_id}: ",), dice.random()
    if what < 0.2:
        return deletion(row, found=found)
    if what < 0.3:
        return inserted(row, dice)
    names = {*CONTENT[kind], "feed", "key", "revision", "batch"} - {PSEUDONYM}
    columns = [each for each in row._meta.concrete_fields if each.name in names]
    return change(row, columns, dice, found=("Chain ",))


def inserted(row: Model, dice: random.Random) -> Tamper:
    """A result that nobody sent, in a batch that is linked: the desk writes results, so it is found and not refused."""
    columns = [each.column for each in row._meta.concrete_fields if not each.primary_key]
    names = ", ".join(f'"{each}"' for each in columns)
    chosen = ", ".join("%s" if each == "key" else f'"{each}"' for each in columns)
    table = row._meta.db_table
    return Tamper(
        f"INSERT INTO {table} ({names}) SELECT {chosen} FROM {table} WHERE id = %s",
        [f"forged {dice.random()}", row.pk],
        is_refused=False,
        found=(f"batch {row.batch_id}: ",),
    )


def of_link(dice: random.Random) -> Tamper:
    """A link is changed or deleted, or two change places."""
    link = any_row(Link, dice)
    if dice.random() < 0.3:
        return deletion(link, found=(f"Chain {link.chain}, position {link.position}",))
    columns = [each for each in link._meta.concrete_fields if not each.primary_key and each.name != "chain"]
    return change(link, columns, dice)


def of_end(dice: random.Random) -> Tamper:
    """The last links of a chain are cut off."""
    chain = dice.choice(list(Chain.objects.filter(length__gt=1).order_by("pk")))
    left = dice.randint(1, chain.length - 1)
    statement = "DELETE FROM record_link WHERE chain_id = %s AND position > %s"
    return Tamper(statement, [chain.pk, left], found=(f"Chain {chain}, position {left + 1}: ",))


def of_head(dice: random.Random) -> Tamper:
    """A chain is made to end elsewhere, or otherwise."""
    chain = dice.choice(list(Chain.objects.filter(length__gt=1).order_by("pk")))
    column, value = dice.choice([("head", "0" * 64), ("length", chain.length - 1)])
    statement = f"UPDATE record_chain SET {column} = %s WHERE id = %s"
    return Tamper(statement, [value, chain.pk], found=(f"Chain {chain}",))


def of_mark(dice: random.Random) -> Tamper:
    """A final verdict is made current, or not, otherwise than its revisions say."""
    linked = Link.objects.filter(kind="verdict").order_by("pk").values_list("row_id", flat=True)
    row = BY_KIND["verdict"].model._base_manager.get(pk=dice.choice(list(linked)))
    statement = "UPDATE metrics_verdict SET is_current = NOT is_current WHERE id = %s"
    # From current to not is what the desk does itself, with every revision.
    return Tamper(statement, [row.pk], is_refused=not row.is_current, found=(f"verdict {row.pk}: ",))


KINDS = (of_row, of_row, of_row, of_result, of_result, of_link, of_end, of_head, of_mark)


def tampers(number: int, seed: int) -> Iterator[Tamper]:
    """So many random tampers, the same for the same seed; each is made of the record as it then is."""
    dice = random.Random(seed)
    for _number in range(number):
        yield dice.choice(KINDS)(dice)
