"""A terms file as plain values with their places, and its errors: strict YAML, no number of which becomes a float."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any

import yaml
from django.utils.translation import gettext as _
from yaml.composer import Composer
from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode
from yaml.parser import Parser
from yaml.reader import Reader
from yaml.resolver import BaseResolver
from yaml.scanner import Scanner

from bpo.errors import Refused

Path = tuple[str | int, ...]
Mark = tuple[int, int]
# What a file, or a row as a file writes it, says by name. The schema decides what the values are.
Item = dict[str, Any]
LARGEST = 1_000_000
# Names, values, lists and maps in one file; and how much `for_each` may make of it, see Document.make.
MOST_NODES, MOST_MADE = 200_000, 2_000_000
# What a value costs of it, in characters.
VALUE = 20
TAG = "tag:yaml.org,2002:"
PLAIN_TAGS = frozenset({"map", "seq", "str", "null", "bool", "int", "float", "!"})


class CoreResolver(BaseResolver):
    """YAML 1.2's few plain types: `NO` and `on` are words, 08:30 is no number, and dates stay text."""


for name, form, first in (
    ("null", r"~|null|", ["~", "n", ""]),
    ("bool", r"true|false", list("tf")),
    ("int", r"[-+]?(0|[1-9][0-9]*)", list("-+0123456789")),
    ("float", r"[-+]?(0|[1-9][0-9]*)\.[0-9]+", list("-+0123456789")),
):
    CoreResolver.add_implicit_resolver(TAG + name, re.compile(rf"\A(?:{form})\Z"), first)


class NodeLoader(Reader, Scanner, Parser, Composer, CoreResolver):
    """Reads YAML as far as nodes with their marks."""

    def __init__(self, text: str) -> None:
        Reader.__init__(self, text)
        Scanner.__init__(self)
        Parser.__init__(self)
        Composer.__init__(self)
        CoreResolver.__init__(self)
        self.nodes = 0

    def compose_node(self, parent: Node | None, index: int) -> Node | None:
        """An alias says the same thing at two places, and a few of them can say it a billion times."""
        self.nodes += 1
        if self.nodes > MOST_NODES and self.check_event():
            place = mark_of(self.current_event)
            sentence = _("The file has more than %s names and values: split the contract.") % f"{MOST_NODES:,}"
            raise TermsFileRefused([Problem(*place, sentence)])
        if self.check_event(yaml.AliasEvent):
            place = mark_of(self.current_event)
            raise TermsFileRefused([Problem(*place, _("A terms file has no aliases: write it out."))])
        return super().compose_node(parent, index)


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """One fault, at a line and a column that count from 1."""

    line: int
    column: int
    sentence: str

    def __str__(self) -> str:
        return f"{self.line}:{self.column}: {self.sentence}"


class TermsFileRefused(Refused):
    """A terms file that cannot be loaded; nothing of it was."""

    code = "terms_file_refused"
    status = 422

    def __init__(self, problems: list[Problem]) -> None:
        self.problems = sorted(set(problems))
        super().__init__("\n".join(str(problem) for problem in self.problems))


@dataclass
class Document:
    """What a file says; `marks` and `keys` tell where each value and its name stand.

    Of items that one clause stands for, `origins` has the place of the clause by that of the item, `rows` the values
    that made the item, and `filled` where in it they were put; of a fault of several of them `first` keeps the first.
    """

    text: str
    data: Any = None
    marks: dict[Path, Mark] = field(default_factory=dict)
    keys: dict[Path, Mark] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    origins: dict[Path, Path] = field(default_factory=dict)
    rows: dict[Path, str] = field(default_factory=dict)
    filled: dict[Path, set[Path]] = field(default_factory=dict)
    first: dict[Problem, Problem] = field(default_factory=dict)
    made: int = 0

    def as_written(self, path: Path) -> Path:
        """The path in the file, where an item may be one of many that a clause stands for."""
        return (*self.origins.get(path[:2], path[:2]), *path[2:])

    def make(self, size: int, path: Path) -> None:
        """Count what `for_each` makes, in characters, of which each value costs some. Raises TermsFileRefused."""
        self.made += size
        if self.made > MOST_MADE:
            sentence = _("Written out, for_each makes the file too long: use fewer rows, or shorter items.")
            raise TermsFileRefused([self.problem(path, sentence)])

    def problem(self, path: Path, sentence: str, *, key: bool = False) -> Problem:
        """A problem where a value stands, or its key, or else the nearest value that holds it.

        Where a row of a clause gave the value, it names the row: of several with the same fault the first.
        """
        inner, filled, row = path[2:], self.filled.get(path[:2], ()), self.rows.get(path[:2], "")
        if key and path in self.keys:
            return Problem(*self.keys[path], sentence)
        while path and path not in self.marks:
            path = path[:-1]
        problem = Problem(*self.marks.get(path, (1, 1)), sentence)
        if not inner or inner not in filled:
            return problem
        named = _("%(sentence)s This is in the row %(row)s.") % {"sentence": sentence, "row": row}
        return self.first.setdefault(problem, replace(problem, sentence=named))


def read_document(text: str) -> Document:
    """The file's values with their places; TermsFileRefused where it is not readable."""
    if len(text) > LARGEST:
        raise TermsFileRefused([Problem(1, 1, _("The file has more than a million characters."))])
    document = Document(text)
    try:
        node = yaml.compose(text, Loader=NodeLoader)
        document.data = value_of(node, (), document) if node is not None else None
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line, column = (mark.line + 1, mark.column + 1) if mark else (1, 1)
        raise TermsFileRefused([Problem(line, column, _("This is not YAML: %s.") % (error.problem or ""))]) from error
    except yaml.YAMLError as error:
        raise TermsFileRefused([Problem(1, 1, _("This is not YAML: %s.") % str(error).splitlines()[0])]) from error
    except RecursionError as error:
        raise TermsFileRefused([Problem(1, 1, _("The file is nested too deeply."))]) from error
    if document.problems:
        raise TermsFileRefused(document.problems)
    return document


def value_of(node: Node, path: Path, document: Document) -> object:
    """A node as a plain value; remembers where it stands."""
    document.marks[path] = mark_of(node)
    if node.tag.removeprefix(TAG) not in PLAIN_TAGS:
        document.problems.append(Problem(*mark_of(node), _("A terms file has no tags such as “%s”.") % node.tag))
    if isinstance(node, MappingNode):
        return dict(entries(node, path, document))
    if isinstance(node, SequenceNode):
        return [value_of(item, (*path, place), document) for place, item in enumerate(node.value)]
    return scalar(node)


def entries(node: MappingNode, path: Path, document: Document) -> Iterator[tuple[str, object]]:
    """The pairs of a mapping; a name that stands there twice is a problem."""
    seen: dict[str, Mark] = {}
    for key_node, value_node in node.value:
        mark = mark_of(key_node)
        if not isinstance(key_node, ScalarNode):
            document.problems.append(Problem(*mark, _("A name is plain text.")))
            continue
        name = key_node.value
        if name in seen:
            first = seen[name][0]
            sentence = _("“%(name)s” stands here twice; the first is on line %(line)s.") % {"name": name, "line": first}
            document.problems.append(Problem(*mark, sentence))
            continue
        seen[name] = mark
        document.keys[(*path, name)] = mark
        yield name, value_of(value_node, (*path, name), document)


def scalar(node: Node) -> object:
    kind = node.tag.removeprefix(TAG)
    if kind == "null":
        return None
    if kind == "bool":
        return node.value == "true"
    if kind == "int":
        return int(node.value) if len(node.value) <= 40 else node.value
    if kind == "float":
        return Decimal(node.value)
    return node.value


def mark_of(node: Node | yaml.Event) -> Mark:
    return node.start_mark.line + 1, node.start_mark.column + 1
