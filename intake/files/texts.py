"""Text files as lines of cells: their encoding, delimiter and quote sign, found in the file or chosen by a person."""

import codecs
import csv
import io
import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from itertools import islice
from typing import BinaryIO, NamedTuple, TextIO

from django.utils.translation import gettext as _

from bpo.row_errors import UnreadableError
from intake.strict_csv import ONE_CELL

OpenFile = Callable[[], BinaryIO]
DELIMITERS = {",": "comma", ";": "semicolon", "\t": "tab", "|": "bar"}
MARKS = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))
QUOTES = ('"', "'")
WESTERN, CENTRAL, TURKISH, DOS = "cp1252", "cp1250", "cp1254", "cp850"
EIGHT_BIT = {
    WESTERN: "Windows-1252", CENTRAL: "Windows-1250", "cp1251": "Windows-1251", "cp1253": "Windows-1253",
    TURKISH: "Windows-1254", "cp1257": "Windows-1257", DOS: "DOS-850",
}  # fmt: skip
WIDE = {"utf-16": "UTF-16", "utf-16-le": "UTF-16", "utf-16-be": "UTF-16"}
ENCODINGS = {"utf-8": "UTF-8", "utf-8-sig": "UTF-8", **WIDE, **EIGHT_BIT}
# The bytes that are other letters in Central Europe or Turkey than in the West; words of such bytes alone, as of Greek
# and Cyrillic letters; and what stands inside of a word where a program of DOS wrote it.
APART = re.compile(
    b"[%s]|[\x80-\xff]{3}|(?<=[A-Za-z])[\x81-\x89\x90\x93-\x99](?=[a-z])"
    % b"".join(
        re.escape(bytes([byte]))
        for byte in range(128, 256)
        if len({bytes([byte]).decode(encoding, "replace") for encoding in (WESTERN, CENTRAL, TURKISH)}) > 1
    )
)
CHUNK = 256 * 1024
SAMPLE = 64 * 1024
SAMPLE_LINES = 100
SHOWN = 120
# A cell in quotes may hold this many lines; a quote that is never closed would swallow the rest of the file.
LINES_IN_A_CELL = 500
SEPARATOR_LINE = re.compile(r'"?sep=(.)"?[ ;,\t]*', re.IGNORECASE)
DECIMAL_COMMA = re.compile(r"(?<=[0-9]),(?=[0-9])")


class Letters(NamedTuple):
    """How the bytes of a text are read as letters.

    `samples` is how each encoding of one byte a letter reads the first cell that tells them apart, `odd_line` its
    line where nobody has chosen one.
    """

    encoding: str
    samples: Mapping[str, str]
    odd_line: int


class Cut(NamedTuple):
    """One line of a text, and why it could not be cut into cells."""

    number: int
    cells: list[str]
    error: str = ""


class TooLong(str):
    """The beginning of a line that is longer than any honest one."""


class PhysicalLines:
    """The lines of a text for `csv.reader`, which can be given again after one that could not be cut."""

    def __init__(self, text: TextIO) -> None:
        self.text = text
        self.number = 1
        self.given: list[str] = []
        self.waiting: list[str] = []

    def __iter__(self) -> "PhysicalLines":
        return self

    def __next__(self) -> str:
        if len(self.given) >= LINES_IN_A_CELL:
            raise StopIteration
        line = self.waiting.pop() if self.waiting else self._read()
        if not line:
            raise StopIteration
        self.given.append(line)
        if "\x00" in line:
            raise csv.Error(_("the line has an empty byte"))
        if isinstance(line, TooLong):
            raise csv.Error(_("the line has more than %(most)s characters") % {"most": ONE_CELL})
        return line

    def begin(self) -> None:
        """Take what was given as done."""
        self.number += len(self.given)
        self.given = []

    def give_again(self) -> None:
        """Give all lines again but the first, which could not be cut."""
        self.waiting += reversed(self.given[1:])
        del self.given[1:]

    def _read(self) -> str:
        line = self.text.readline(ONE_CELL)
        if len(line) < ONE_CELL or line.endswith(("\r", "\n")):
            return line
        rest = line
        while rest and not rest.endswith(("\r", "\n")):
            rest = self.text.readline(ONE_CELL)
        return TooLong(line)


def cut_lines(text: TextIO, delimiter: str, quote: str) -> Iterator[Cut]:
    """Cut each line into cells; what a stray quote spoils is that line alone."""
    lines = PhysicalLines(text)
    reader = csv.reader(lines, delimiter=delimiter, quotechar=quote, strict=True)
    while True:
        lines.begin()
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            yield Cut(lines.number, [lines.given[0].rstrip("\r\n")], str(error))
            lines.give_again()
        else:
            yield Cut(lines.number, cells)


def open_text(open_file: OpenFile, encoding: str) -> TextIO:
    """The file as text, with its line ends as they are."""
    return io.TextIOWrapper(open_file(), encoding=encoding, newline="")


def find_letters(open_file: OpenFile, chosen: str) -> Letters:
    """Find a text's encoding: by its mark, else UTF-8 where it is that, else as chosen, or as in the West."""
    with open_file() as file:
        start = file.read(CHUNK)
    candidates = [name for mark, name in MARKS if start.startswith(mark)] or _wide_without_mark(start)
    candidates = candidates or ["utf-8", *dict.fromkeys(filter(None, [chosen, WESTERN, CENTRAL, DOS]))]
    encoding = next((name for name in candidates if _can_be_read(open_file, name)), None)
    if encoding is None:
        raise UnreadableError(
            "not_utf8",
            _("The file is no text in %(tried)s. It begins: %(first)s")
            % {"tried": ", ".join(ENCODINGS[name] for name in candidates), "first": ascii(start[:40])[2:-1]},
            hint=_("Save it as “CSV UTF-8” or as .xlsx."),
        )
    samples, line = _samples(open_file) if encoding in EIGHT_BIT else ({}, 0)
    return Letters(encoding, samples, 0 if encoding == chosen else line)


def _wide_without_mark(start: bytes) -> list[str]:
    """UTF-16 whose mark is missing: every second byte of Western text is empty."""
    for encoding, empty in (("utf-16-le", start[1::2]), ("utf-16-be", start[::2])):
        if len(start) >= 4 and empty.count(0) * 2 > len(empty):
            return [encoding]
    return []


def _can_be_read(open_file: OpenFile, encoding: str) -> bool:
    decoder = codecs.getincrementaldecoder(encoding)()
    with open_file() as file:
        try:
            while chunk := file.read(CHUNK):
                # An encoding of one byte a letter reads anything; no text in one has empty bytes.
                if encoding in EIGHT_BIT and b"\x00" in chunk:
                    return False
                decoder.decode(chunk)
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            return False
    return True


def _samples(open_file: OpenFile) -> tuple[dict[str, str], int]:
    """How each encoding reads the first cell that tells them apart, and its line."""
    before, line = b"", 1
    with open_file() as file:
        while chunk := file.read(CHUNK):
            if found := APART.search(chunk):
                piece, at = before + chunk + file.read(SHOWN), len(before) + found.start()
                ends = [b",", b";", b"\t", b"|", b"\n", b"\r", b'"']
                start = 1 + max(piece.rfind(end, 0, at) for end in ends)
                stop = min((place for end in ends if (place := piece.find(end, at)) >= 0), default=len(piece))
                cell = piece[start:stop][:SHOWN]
                line += chunk.count(b"\n", 0, found.start())
                return {encoding: cell.decode(encoding, "replace") for encoding in EIGHT_BIT}, line
            line += chunk.count(b"\n")
            before = chunk[-SHOWN:]
    return {}, 0


def find_marks(open_file: OpenFile, encoding: str) -> tuple[str, str, bool]:
    """Find the delimiter and the quote sign in a text's first lines, and whether its first line only says the first."""
    with open_text(open_file, encoding) as text:
        sample = text.read(SAMPLE)
        if text.read(1):
            # Its last line is cut short.
            sample = sample[: max(sample.rfind("\n"), sample.rfind("\r")) + 1] or sample
    quote = _quote(sample)
    if said := SEPARATOR_LINE.fullmatch(sample.split("\n", 1)[0].strip(" \r")):
        return said[1], quote, True
    return _delimiter(sample, quote), quote, False


def _delimiter(sample: str, quote: str) -> str:
    """The sign that cuts the most lines into equally many cells; of two, the one that is no decimal comma."""

    def fit(sign: str) -> tuple[int, int]:
        widths: Counter[int] = Counter()
        signs = 0
        for line in islice(cut_lines(io.StringIO(sample, newline=""), sign, quote), SAMPLE_LINES):
            if len(line.cells) > 1 and not line.error:
                widths[len(line.cells)] += 1
                signs += len(line.cells) - 1
        return max(widths.values(), default=0), signs - (len(DECIMAL_COMMA.findall(sample)) if sign == "," else 0)

    return max(DELIMITERS, key=fit)


def _quote(sample: str) -> str:
    """The sign that stands around cells: the apostrophe where most lines have it there and no cell has a quote."""
    lines = [line for line in sample.splitlines()[:SAMPLE_LINES] if line.strip()]
    signs = re.escape("".join(DELIMITERS))
    if re.search(rf'(^|[{signs}])"', sample, re.MULTILINE):
        return '"'
    quoted = re.compile(rf"(^|[{signs}])'[^']*'(?=[{signs}]|$)")
    return "'" if lines and sum(bool(quoted.search(line)) for line in lines) * 2 > len(lines) else '"'
