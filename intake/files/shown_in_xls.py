"""How an old workbook (.xls) shows its cells: the records of its stream that say formats and errors."""

import struct
from collections.abc import Iterator
from itertools import pairwise

from intake.files.shown_cells import OWN_FORMATS, Shown, kind_of_format

FREE = 0xFFFFFFFA
SHEET, FORMAT, STYLE, END = 0x85, 0x41E, 0xE0, 0x0A
NUMBER, SHORT_NUMBER, SHORT_NUMBERS, FORMULA, ERROR = 0x203, 0x27E, 0xBD, 0x06, 0x205
ERRORS = {0: "#NULL!", 7: "#DIV/0!", 15: "#VALUE!", 23: "#REF!", 29: "#NAME?", 36: "#NUM!", 42: "#N/A"}
Record = tuple[int, bytes]


def shown_in_xls(content: bytes, sheet: str) -> Iterator[Shown]:
    """Give what the cells of a sheet show, row by row."""
    stream = _stream(content)
    codes, styles, offset = dict(OWN_FORMATS), [], None
    for kind, data in _records(stream, 0):
        if kind == FORMAT:
            codes[struct.unpack_from("<H", data)[0]] = _text(data[2:], wide=2)
        elif kind == STYLE:
            styles.append(struct.unpack_from("<H", data, 2)[0])
        elif kind == SHEET and _text(data[6:], wide=1) == sheet:
            offset = struct.unpack_from("<L", data)[0]
    kinds = [kind_of_format(codes.get(style, "")) for style in styles]
    rows: dict[int, dict[int, tuple[str, str]]] = {}
    for kind, data in _records(stream, offset) if offset is not None else ():
        for row, column, style, value in _cells(kind, data):
            if isinstance(value, str):
                rows.setdefault(row, {})[column] = "e", value
            elif shown := kinds[style]:
                rows.setdefault(row, {})[column] = shown, repr(value)
    yield from sorted(rows.items())


def _cells(kind: int, data: bytes) -> Iterator[tuple[int, int, int, float | str]]:
    """The cells in a record that hold a number or an error: row, column, style and value."""
    if kind not in (NUMBER, SHORT_NUMBER, SHORT_NUMBERS, FORMULA, ERROR):
        return
    row, column, style = struct.unpack_from("<HHH", data)
    if kind == NUMBER:
        yield row, column, style, struct.unpack_from("<d", data, 6)[0]
    elif kind == SHORT_NUMBER:
        yield row, column, style, _short(struct.unpack_from("<L", data, 6)[0])
    elif kind == SHORT_NUMBERS:
        for place in range((len(data) - 6) // 6):
            style, value = struct.unpack_from("<HL", data, 4 + 6 * place)
            yield row, column + place, style, _short(value)
    elif kind == ERROR:
        if data[7]:
            yield row, column, style, ERRORS.get(data[6], "#N/A")
    elif data[12:14] != b"\xff\xff":
        yield row, column, style, struct.unpack_from("<d", data, 6)[0]
    elif data[6] == 2:
        yield row, column, style, ERRORS.get(data[8], "#N/A")


def _short(number: int) -> float:
    """A number in 30 bits: whole or the front of a double, and perhaps a hundred times as large."""
    if number & 2:
        value = float(struct.unpack("<l", struct.pack("<L", number))[0] >> 2)
    else:
        value = struct.unpack("<d", struct.pack("<Q", (number & 0xFFFFFFFC) << 32))[0]
    return value / 100 if number & 1 else value


def _text(data: bytes, wide: int) -> str:
    """A text with its length before it."""
    length = int.from_bytes(data[:wide], "little")
    if data[wide] & 1:
        return data[wide + 1 : wide + 1 + 2 * length].decode("utf-16-le")
    return data[wide + 1 : wide + 1 + length].decode("latin-1")


def _records(stream: bytes, at: int) -> Iterator[Record]:
    while at + 4 <= len(stream):
        kind, length = struct.unpack_from("<HH", stream, at)
        if kind == END:
            return
        yield kind, stream[at + 4 : at + 4 + length]
        at += 4 + length


def _stream(content: bytes) -> bytes:
    """The stream of records in the file of streams that an .xls is."""
    size, small_size = (1 << shift for shift in struct.unpack_from("<HH", content, 30))
    first, cutoff, small_first, _count, more_first = struct.unpack_from("<L4xLLLL", content, 48)
    heads = list(struct.unpack_from("<109L", content, 76))
    while more_first < FREE:
        *more, more_first = struct.unpack_from(f"<{size // 4}L", content, size * (more_first + 1))
        heads += more
        if len(heads) * size > len(content):
            raise ValueError("a list of sectors without end")
    table = [
        number
        for head in heads
        if head < FREE
        for number in struct.unpack_from(f"<{size // 4}L", content, size * (head + 1))
    ]
    entries = _chain(content, table, first, size, size)
    small, found = b"", None
    for start, end in pairwise(range(0, len(entries) + 1, 128)):
        entry = entries[start:end]
        name = entry[: max(0, int.from_bytes(entry[64:66], "little") - 2)].decode("utf-16-le")
        sector, length = struct.unpack_from("<LL", entry, 116)
        if entry[66] == 5:
            small = _chain(content, table, sector, size, size)
        elif name in ("Workbook", "Book"):
            found = sector, length
    if found is None:
        raise ValueError("no workbook")
    sector, length = found
    if length >= cutoff:
        return _chain(content, table, sector, size, size)[:length]
    small_table = memoryview(_chain(content, table, small_first, size, size)).cast("I").tolist()
    return _chain(small, small_table, sector, small_size, 0)[:length]


def _chain(content: bytes, table: list[int], sector: int, size: int, offset: int) -> bytes:
    """The sectors that follow each other in the table, joined."""
    pieces: list[bytes] = []
    while sector < FREE:
        at = offset + sector * size
        pieces.append(content[at : at + size])
        if len(pieces) > len(table):
            raise ValueError("a chain of sectors without end")
        sector = table[sector]
    return b"".join(pieces)
