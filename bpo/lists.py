"""Lists: each column is declared once, and the page, the CSV file and the API all take it from there."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import KW_ONLY, dataclass, replace
from functools import cached_property, partial
from typing import Any, Generic, TypeVar

from django.db.models import Choices
from django.utils.functional import Promise
from rest_framework import serializers

from bpo.viewpoint import Viewpoint

# The last columns of every file, whatever stands before them.
LAST_IN_CSV = ("id", "url", "raw_value")
Row = TypeVar("Row")


@dataclass(frozen=True)
class Column(Generic[Row]):
    """One column of a list: its value, and where it is shown.

    `source` is the dotted path of the value from the list's record, and is the name unless given. The page and the
    file show that value, unless `cell` or `csv` is a path from the row or a function of it; a cell's function is also
    given the reader's viewpoint. A name is unique in the file and in the API, but not across them: where a file has a
    contract's reference, the API has its id.
    """

    name: str
    _: KW_ONLY
    source: str = ""
    label: str | Promise = ""  # heading on the page; without one the column is not on the page
    cell: str | Callable[[Row, Viewpoint], object] = ""
    css: str = ""  # classes of the cells: "num" for numbers, "phone-off" where small screens leave the column out
    csv: bool | str | Callable[[Row], object] = False
    is_url: bool = False  # a path of this site, which the file shows as a whole address
    field: Callable[..., serializers.Field] | None = None  # the serializer's field; called with `source`


def value_at(path: str, row: object) -> Any:
    """Return the value at a dotted path, whose methods are called; None where a part of the way is None."""
    for name in path.split("."):
        row = None if row is None else getattr(row, name)
        row = row() if callable(row) else row
    return row


def shown(text: Callable[[Any], object], path: str) -> Callable[[object, Viewpoint], object]:
    """Return the function of a cell that shows the value at a path as text or HTML."""
    return lambda row, viewpoint: text(value_at(path, row))


def nullable(field: Callable[..., serializers.Field], **options: object) -> Callable[..., serializers.Field]:
    return partial(field, allow_null=True, **options)


def choice(choices: type[Choices]) -> Callable[..., serializers.Field]:
    """Return a field with the choices of a model's field."""
    return partial(serializers.ChoiceField, choices=choices.choices)


@dataclass(frozen=True)
class ListDefinition(Generic[Row]):
    """The columns of a list, in their order; `record` is the attribute of a page's row that the API shows."""

    columns: Sequence[Column[Row]]
    record: str = ""

    def __post_init__(self) -> None:
        for channel in ("csv", "field"):
            names = [column.name for column in self.columns if getattr(column, channel)]
            if repeated := {name for name in names if names.count(name) > 1}:
                raise ValueError(f"columns of the same name: {', '.join(sorted(repeated))}")

    def without(self, *names: str) -> "ListDefinition[Row]":
        return replace(self, columns=tuple(column for column in self.columns if column.name not in names))

    @cached_property
    def page_columns(self) -> list[Column[Row]]:
        return [column for column in self.columns if column.label]

    @cached_property
    def csv_columns(self) -> list[Column[Row]]:
        columns = [column for column in self.columns if column.csv]
        return sorted(columns, key=lambda column: LAST_IN_CSV.index(column.name) if column.name in LAST_IN_CSV else -1)

    def cells(self, row: Row, viewpoint: Viewpoint) -> list[tuple[str, object]]:
        """Style class and content of each cell of a row on the page."""
        return [(column.css, self._value(column, column.cell, row, viewpoint)) for column in self.page_columns]

    def csv_cells(self, row: Row) -> list[Any]:
        return [self._value(column, column.csv, row) for column in self.csv_columns]

    def api_fields(self) -> dict[str, serializers.Field]:
        return {
            column.name: column.field(source=column.source) if column.source else column.field()
            for column in self.columns
            if column.field
        }

    def _value(self, column: Column[Row], way: bool | str | Callable[..., object], row: Row, *more: Viewpoint) -> Any:
        if callable(way):
            return way(row, *more)
        if isinstance(way, str) and way:
            return value_at(way, row)
        return value_at(column.source or column.name, getattr(row, self.record) if self.record else row)


class RowSerializer(serializers.Serializer):
    """A row of a list in the API: the columns of `definition` that have a field, then the fields declared here."""

    definition: ListDefinition[Any]

    def get_fields(self) -> dict[str, serializers.Field]:
        return self.definition.api_fields() | super().get_fields()


@dataclass(frozen=True)
class Table(Generic[Row]):
    """Rows of a list as layout/_table.html shows them; `group` gives the heading under which a row stands."""

    definition: ListDefinition[Row]
    rows: Iterable[Row]
    viewpoint: Viewpoint
    group: Callable[[Row], object] | None = None

    def __iter__(self) -> Iterator[tuple[object, list[tuple[str, object]]]]:
        """The heading of the group that begins with a row, if one does, and the row's cells."""
        heading = None
        for row in self.rows:
            before, heading = heading, self.group(row) if self.group else None
            yield heading if heading != before else None, self.definition.cells(row, self.viewpoint)
