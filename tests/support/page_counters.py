"""The counters of a page: what is marked `data-counter`, and numbers that look like counters and are not marked."""

import re
from dataclasses import dataclass, field
from html.parser import HTMLParser

VOID = {"area", "br", "col", "hr", "img", "input", "link", "meta", "source", "wbr"}
# Texts that are no page's own numbers: code, choices, drawings, moments, what was recorded, and what people wrote.
LEFT_OUT = {"script", "style", "svg", "option", "time", "code", "pre", "textarea"}
RECORDED = {"working", "timeline"}
ROWS = (
    "answers?", "batches", "breach(?:es)?", "causes?", "clients?", "contracts?", "dates?", "excuses?", "failures?",
    "files?", "keys?", "mails?", "periods?", "reports?", "results?", "rows?", "runs?", "service levels?", "vendors?",
    "verdicts?",
)  # fmt: skip
STATES = ("more", "new", "others?", "overdue", "waiting", "shown", "missing", "recovered", "at risk", "with")
LOOKS_COUNTED = re.compile(
    rf"(?<![\w.,:/+-])[1-9][\d,]*(?: [a-z]+)?? (?:{'|'.join((*ROWS, *STATES))})\b|\b(?:All|of) [1-9][\d,]*\b(?! ?%)"
)
NUMBER = re.compile(r"[\d,]*\d")


@dataclass
class Counter:
    """One counter: its words, its link or none, and the section or details in which it stands."""

    url: str | None
    section: str
    words: str = ""

    @property
    def number(self) -> int:
        found = NUMBER.search(self.words)
        assert found, f"a counter without a number: {self.words!r}"
        return int(found[0].replace(",", ""))


@dataclass
class Column:
    """A cell of a table that holds nothing but a whole number without a link, under its heading."""

    heading: str
    text: str


@dataclass
class PageReader(HTMLParser):
    """Reads counters, the text around them, and bare numbers of tables."""

    counters: list[Counter] = field(default_factory=list)
    text: str = ""
    title: str = ""
    headings: list[str] = field(default_factory=list)
    bare: list[Column] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__()
        self.open: list[tuple[str, str]] = []  # each open element with what it means: "", "counter", "out", a section
        self.cell, self.place = "", 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in VOID:
            return
        given = dict(attrs)
        meaning = f"#{given['id']}" if tag == "section" and given.get("id") else ""
        if "data-counter" in given:
            section = next((kind[1:] for _tag, kind in reversed(self.open) if kind.startswith("#")), "")
            self.counters.append(Counter(given.get("href"), section))
            meaning = "counter"
        elif tag in LEFT_OUT or RECORDED.intersection((given.get("class") or "").split()):
            meaning = "out"
        self.open.append((tag, meaning))
        if tag == "thead":
            self.headings = []
        if tag == "tr":
            self.place = 0
        if tag in ("td", "th"):
            self.cell = ""
            self.text += " | "

    def handle_endtag(self, tag: str) -> None:
        if tag in VOID or not self.open:
            return
        if tag in ("td", "th"):
            self.end_cell()
        if tag in ("p", "li", "dd", "dt", "h1", "h2", "span", "summary"):
            self.text += " "
        while self.open and self.open.pop()[0] != tag:
            pass

    def end_cell(self) -> None:
        text = " ".join(self.cell.split())
        if ("thead", "") in self.open:
            self.headings.append(text)
        elif self.headings:
            heading = self.headings[self.place] if self.place < len(self.headings) else ""
            if re.fullmatch(r"[\d,]+", text):
                self.bare.append(Column(heading, text))
        self.place += 1

    def handle_data(self, data: str) -> None:
        meanings = {kind for _tag, kind in self.open}
        if "counter" in meanings:
            self.counters[-1].words += data
            return
        if "out" in meanings:
            return
        if any(tag == "title" for tag, _kind in self.open):
            self.title += data
            return
        self.cell += data
        self.text += data

    @property
    def unmarked(self) -> list[str]:
        """What looks like a counter and is not marked as one."""
        return [found[0] for found in LOOKS_COUNTED.finditer(" ".join(self.text.split()))]


def read_page(html: str) -> PageReader:
    reader = PageReader()
    reader.feed(html)
    return reader
