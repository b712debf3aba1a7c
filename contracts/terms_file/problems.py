"""What is wrong with a terms file, and where."""

from dataclasses import dataclass

from bpo.errors import Refused


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
        self.problems = sorted(problems)
        super().__init__("\n".join(str(problem) for problem in self.problems))
