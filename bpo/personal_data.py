"""What tells who a customer is: it is refused, and neither answered nor kept in the request log or with a file."""

import csv
import io
import json
import re
from collections.abc import Iterable
from urllib.parse import quote, unquote_plus

from bpo.strict_values import CellError, is_personal, read_pseudonym

# The column that may tell who a customer is, and what stands where a value was: refused itself, so that nobody's row
# is taken in with it.
CUSTOMER = "customer"
REMOVED = "@removed"
PLACES = r"[^\s\"'`,;:<>()\[\]{}=&?|\\/@]"
# From where a word begins and never back: a text of a million letters is looked at once.
ADDRESS = re.compile(rf"(?<!{PLACES}){PLACES}++@{PLACES}+")
# With the sign of another country: a time's offset is shorter, and a plain number has no such sign.
ABROAD = re.compile(r"\+[0-9][0-9 ()/.-]{5,}[0-9]")
# The signs of both as JSON may write them.
ESCAPED = re.compile(r"(?<!\\)\\u(0040|002[bB])")
# A name that may be `customer`, each of its letters escaped at the most: what is longer is not looked at to its end.
NAME = re.compile(r'("(?:[^"\\]|\\.){8,40}")\s*+:\s*+')
IN_QUERY = re.compile(rf"(?<=[?&]{CUSTOMER}=)[^&]*", re.IGNORECASE)
MARK = json.dumps(REMOVED)
DECODER = json.JSONDecoder()


def may_show(name: str, value: object) -> bool:
    """Whether an error may show a cell that was refused."""
    return _is_pseudonym(value) if name == CUSTOMER else not (isinstance(value, str) and reveals(value))


def reveals(text: str) -> bool:
    """Whether an e-mail address or a telephone number of another country stands anywhere in a text."""
    return ADDRESS.search(text) is not None or ABROAD.search(text) is not None


def redact_text(text: str) -> str:
    """Return an excerpt of JSON, NDJSON or CSV without what tells who somebody is, also where it is cut off."""
    plain = ESCAPED.sub(lambda found: chr(int(found[1], 16)), text)
    cleaned = _redact_json(plain) if plain.lstrip()[:1] in ("{", "[", "") else _redact_csv(plain)
    return ABROAD.sub(REMOVED, ADDRESS.sub(REMOVED, cleaned))


def redact_path(path: str) -> str:
    """Return an address with its parameters without what tells who somebody is."""
    cleaned = IN_QUERY.sub(quote(REMOVED), path)
    if "?" not in cleaned:
        return cleaned
    address, _mark, query = cleaned.partition("?")
    parts = [_redact_parameter(part) for part in query.split("&")]
    return f"{address}?{'&'.join(parts)}"


def _redact_parameter(part: str) -> str:
    name, sign, value = part.partition("=")
    return f"{name}{sign}{quote(REMOVED)}" if reveals(unquote_plus(value)) else part


def _is_pseudonym(value: object) -> bool:
    try:
        read_pseudonym(value)
    except CellError:
        return value is None
    return True


def _redact_json(text: str) -> str:
    """Replace each customer that is no pseudonym, whatever its form; after one that is cut off nothing is kept."""
    pieces, start = [], 0
    for found in NAME.finditer(text):
        if found.start() < start or _name(found[1]) != CUSTOMER:
            continue
        pieces.append(text[start : found.end()])
        try:
            value, end = DECODER.raw_decode(text, found.end())
        except (ValueError, RecursionError):
            return "".join([*pieces, MARK])
        pieces.append(text[found.end() : end] if _is_pseudonym(value) else MARK)
        start = end
    return "".join([*pieces, text[start:]])


def _name(text: str) -> str:
    try:
        return str(json.loads(text)).lower()
    except ValueError:
        return ""


def _redact_csv(text: str) -> str:
    """Replace each cell under `customer` that is no pseudonym, and the one where the excerpt is cut off."""
    rows = csv.reader(io.StringIO(text, newline=""))
    header = next(rows, [])
    if CUSTOMER not in header:
        return text
    place, cleaned, is_changed = header.index(CUSTOMER), [header], False
    for cells in rows:
        is_cut = len(cells) <= place + 1 < len(header)
        if len(cells) > place and (is_cut or not _is_pseudonym(cells[place])):
            cells[place], is_changed = REMOVED, True
        cleaned.append(cells)
    if not is_changed:
        return text
    written = io.StringIO()
    csv.writer(written, lineterminator="\n").writerows(cleaned)
    return written.getvalue()


def personal_cells(cells: Iterable[str]) -> set[str]:
    """Return the cells that look like an address or a telephone number, but for what stands where one was."""
    return {cell.strip() for cell in cells if is_personal(cell) and cell != REMOVED}
