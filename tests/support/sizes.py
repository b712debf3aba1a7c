"""`make sizes`: lines of code per package, the lengths of functions, and what is longer than the style guide allows.

A function is counted from its `def` to its last line, without decorators.
"""

import ast
import statistics
import subprocess
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

LONGEST_FUNCTION = 40
LONGEST_FILE = 300
SHORT_FUNCTION = 3
# Data tables may be longer than code; each one is named here with its reason.
DATA_TABLES = {
    "tests/test_access_matrix.py": "one row for each route, role and expected answer",
}
NOT_PRODUCT = ("benchmarks/", "conftest.py", "tests/")
ROW = "{:<14}{:>8}{:>7}{:>11}{:>8}{:>10}{:>10}{:>10}\n"


@dataclass(frozen=True, slots=True)
class Function:
    """A function or method with the place of its `def`."""

    place: str
    name: str
    lines: int

    @property
    def is_too_long(self) -> bool:
        return self.lines > LONGEST_FUNCTION


@dataclass(frozen=True, slots=True)
class SourceFile:
    """A tracked Python file and the functions in it."""

    path: str
    lines: int
    functions: tuple[Function, ...]

    @property
    def is_product(self) -> bool:
        """Whether it counts as product code: neither a test, a benchmark nor a tool of the tests."""
        return not self.path.startswith(NOT_PRODUCT) and "/tests/" not in self.path

    @property
    def package(self) -> str:
        return self.path.split("/")[0] if "/" in self.path else "(top)"

    @property
    def is_too_long(self) -> bool:
        return self.lines > LONGEST_FILE and self.path not in DATA_TABLES


def read_sources(root: Path) -> list[SourceFile]:
    """Return every Python file of the repository except migrations, new ones included."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "*.py"]
    listed = subprocess.run(command, cwd=root, check=True, capture_output=True, text=True).stdout.splitlines()
    names = sorted({name for name in listed if "/migrations/" not in name})
    return [read_source(name, (root / name).read_text(encoding="utf-8")) for name in names if (root / name).exists()]


def read_source(path: str, text: str) -> SourceFile:
    return SourceFile(path, len(text.splitlines()), tuple(find_functions(path, ast.parse(text))))


def find_functions(path: str, tree: ast.AST) -> Iterator[Function]:
    """Yield all functions and methods of a module, nested ones included."""
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield Function(f"{path}:{node.lineno}", node.name, (node.end_lineno or node.lineno) - node.lineno + 1)


def overlong_functions(sources: Iterable[SourceFile]) -> list[str]:
    """Describe the functions that exceed the limit, the longest first."""
    functions = [function for source in sources for function in source.functions if function.is_too_long]
    ordered = sorted(functions, key=lambda function: (-function.lines, function.place))
    return [f"{function.place} {function.name} has {function.lines} lines" for function in ordered]


def overlong_files(sources: Iterable[SourceFile]) -> list[str]:
    """Describe the files that exceed the limit, the longest first."""
    files = sorted((source for source in sources if source.is_too_long), key=lambda source: -source.lines)
    return [f"{source.path} has {source.lines} lines" for source in files]


def table_row(name: str, sources: Iterable[SourceFile], total: int) -> str:
    sources = list(sources)
    lines = sum(source.lines for source in sources)
    lengths = [function.lines for source in sources for function in source.functions]
    short = sum(length <= SHORT_FUNCTION for length in lengths)
    return ROW.format(
        name,
        f"{lines:,}",
        f"{100 * lines / total:.0f} %",
        f"{len(lengths):,}",
        f"{statistics.median(lengths) if lengths else 0:g}",
        f"{100 * short / max(len(lengths), 1):.0f} %",
        sum(length > LONGEST_FUNCTION for length in lengths),
        sum(source.is_too_long for source in sources),
    )


def main() -> None:
    """Print the table and everything that is too long."""
    sources = read_sources(Path.cwd())
    product = [source for source in sources if source.is_product]
    total = sum(source.lines for source in product)
    write = sys.stdout.write
    write(ROW.format("package", "lines", "share", "functions", "median", "<=3 lines", ">40 lines", "files>300"))
    for package in sorted({source.package for source in product}):
        write(table_row(package, (source for source in product if source.package == package), total))
    write(table_row("product", product, total))
    write(table_row("tests, tools", (source for source in sources if not source.is_product), total))
    for description in [*overlong_functions(sources), *overlong_files(sources)]:
        write(f"Too long: {description}\n")


if __name__ == "__main__":
    main()
