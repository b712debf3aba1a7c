"""Forgetting a customer: their pseudonym is replaced wherever the desk keeps it, and every number stays as it is."""

import json
import re
import secrets
import zipfile
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from io import BytesIO
from typing import IO, cast
from xml.sax.saxutils import escape

from django.db import transaction
from django.db.models import QuerySet

from bpo.opened_record import opened_record
from bpo.row_errors import UnreadableError
from bpo.sandbox import in_sandbox
from contracts.models.agreements import Contract
from intake.files.sources import open_source
from intake.files.texts import EIGHT_BIT, OpenFile
from intake.models.imports import Import
from intake.retention import KEPT, empty_files
from metrics.models.results import ContactResult, SupersededResult
from vendors.models import IdempotentReply, KeyRequest

ENCODINGS = ("utf-8", "utf-16-le", "utf-16-be")
PIECE = 1 << 20
# A shorter beginning of a name tells nothing.
SHORTEST = 3


class UnknownCustomerError(Exception):
    """No contact of the contract has the pseudonym."""


@dataclass(frozen=True, slots=True)
class Erased:
    """Where a pseudonym stood, and what stands there now."""

    replacement: str
    contacts: int
    superseded: int
    requests: int
    replies: int
    files: int
    in_sandbox: int


def erase_customer(*, contract: Contract, customer: str, reason: str) -> Erased:
    """Replace a customer's pseudonym in the results of a contract, by one that is as good for counting repeats.

    Excerpts of the vendor's requests and uploaded files that name the customer are emptied, kept answers name the
    replacement, and so do the rows of its test keys. Raises UnknownCustomerError, and RecordClosedError outside of a
    command.
    """
    contacts, superseded = _naming(contract, customer)
    with in_sandbox():
        is_tried = any(rows.exists() for rows in _naming(contract, customer))
    if not is_tried and not contacts.exists() and not superseded.exists():
        raise UnknownCustomerError(f"No contact of {contract.public_id} has this customer. Nothing was changed.")
    replacement = f"erased-{secrets.token_hex(8)}"
    # Of the pseudonym itself the entry says nothing.
    changes = {"customer": (None, replacement), "reason": (None, reason)}
    with opened_record(actor=None, action="erase_customer", thing=contract, changes=changes):
        return Erased(
            replacement,
            contacts=contacts.update(customer=replacement),
            superseded=_erase_superseded(superseded, replacement),
            requests=_empty_requests(contract, customer),
            replies=_erase_replies(contract, customer, replacement),
            files=_empty_files(contract, customer),
            in_sandbox=_erase_in_sandbox(contract, customer, replacement),
        )


def _naming(contract: Contract, customer: str) -> tuple[QuerySet[ContactResult], QuerySet[SupersededResult]]:
    """The contacts of a contract that name the customer, and the superseded ones, in the database at hand."""
    of_contract = {"feed__contract__public_id": contract.public_id}
    return (
        ContactResult._base_manager.filter(**of_contract, customer=customer),
        SupersededResult._base_manager.filter(**of_contract, content__customer=customer),
    )


def _erase_in_sandbox(contract: Contract, customer: str, replacement: str) -> int:
    with in_sandbox(), transaction.atomic():
        contacts, superseded = _naming(contract, customer)
        replies = _erase_replies(contract, customer, replacement)
        return contacts.update(customer=replacement) + _erase_superseded(superseded, replacement) + replies


def _erase_superseded(rows: QuerySet[SupersededResult], replacement: str) -> int:
    found = list(rows)
    for row in found:
        row.content = row.content | {"customer": replacement}
    SupersededResult._base_manager.bulk_update(found, ["content"], batch_size=500)
    return len(found)


def _empty_requests(contract: Contract, customer: str) -> int:
    """Empty the excerpts of the vendor's requests that name the customer, or end within their name."""
    rows = KeyRequest.objects.filter(api_key__vendor=contract.vendor_id).exclude(body="", answer="")
    named = [
        row.pk
        for row in rows.iterator()
        if any(
            names(BytesIO(text.encode()), customer) or _is_cut(text, size, customer)
            for text, size in ((row.body, row.body_bytes), (row.answer, row.answer_bytes))
        )
    ]
    return rows.filter(pk__in=named).update(body="", answer="")


def _is_cut(excerpt: str, size: int, customer: str) -> bool:
    """Whether a text of that many bytes was cut off where it began to name the customer."""
    if len(excerpt.encode()) >= size:
        return False
    return any(excerpt.endswith(customer[:length]) for length in range(SHORTEST, len(customer)))


def _erase_replies(contract: Contract, customer: str, replacement: str) -> int:
    """Replace the customer in the answers that a repeated request of the vendor would get again."""
    rows = IdempotentReply.objects.filter(vendor=contract.vendor_id)
    count = 0
    for row in rows.iterator(chunk_size=100):
        body = zlib.decompress(bytes(row.body))
        if names(BytesIO(body), customer):
            for form in written_forms(customer):
                body = body.replace(form.encode(), replacement.encode())
            rows.filter(pk=row.pk).update(body=zlib.compress(body, 1))
            count += 1
    return count


def written_forms(customer: str) -> set[str]:
    """The customer as texts, JSON, CSV and XML write it."""
    in_json = {json.dumps(customer, ensure_ascii=is_ascii)[1:-1] for is_ascii in (True, False)}
    return {customer, *in_json, customer.replace('"', '""'), escape(customer)}


def _empty_files(contract: Contract, customer: str) -> int:
    """Empty uploaded files that name the customer; their receipts stay, and a preview asks for the file again."""
    kept = Import.objects.filter(KEPT, vendor=contract.vendor_id)
    return empty_files(kept.filter(pk__in=[held.pk for held in kept.iterator(chunk_size=50) if _names(held, customer)]))


def _names(held: Import, customer: str) -> bool:
    try:
        source = open_source(cast(OpenFile, held.open_file), kept=held.sheet)
    except UnreadableError:
        source = None
    with held.open_file() as file:
        if names(file, customer):
            return True
    if source is None:
        return False
    if not source.is_workbook:
        # It may have come out of an archive.
        with source.open_file() as file:
            return _have_word(file, customer, ENCODINGS)
    # An old workbook's letters may be of one byte or two.
    cells = (cell for sheet in source.sheets for line in source.lines(sheet) for cell in line.cells)
    return any(_has_word(cell.encode(), customer.encode(), "utf-8", start=0, end=len(cell.encode())) for cell in cells)


def names(file: IO[bytes], customer: str) -> bool:
    """Whether a text or a workbook has the customer as a word of its own."""
    if zipfile.is_zipfile(file):
        with zipfile.ZipFile(file) as packed:
            return any(_have_word(packed.open(name), customer, ENCODINGS[:1]) for name in packed.namelist())
    file.seek(0)
    return _have_word(file, customer, ENCODINGS)


def _have_word(file: IO[bytes], word: str, encodings: Sequence[str]) -> bool:
    """Look for a word in a file piece by piece; of the piece before as much as a word and its neighbours take."""
    words = [
        (encoded, encoding)
        for form in written_forms(word)
        for encoding in (encodings if word.isascii() else (*encodings, *EIGHT_BIT))
        if (encoded := form.encode(encoding, "ignore")).decode(encoding) == form
    ]
    overlap, text, start, is_end = max(len(encoded) for encoded, _encoding in words) + 4, b"", 0, False
    while not is_end:
        piece = file.read(PIECE)
        text, is_end = text[-overlap:] + piece, len(piece) < PIECE
        end = len(text) if is_end else len(text) - 2
        if any(_has_word(text, *each, start=start, end=end) for each in words):
            return True
        start = 2
    return False


def _has_word(text: bytes, word: bytes, encoding: str, *, start: int, end: int) -> bool:
    """Whether the word is in the text, from start to end, with no letter or digit beside it."""
    for found in re.compile(re.escape(word)).finditer(text, start, end):
        around = text[max(found.start() - 2, 0) : found.start()], text[found.end() : found.end() + 2]
        before, after = (neighbour.decode(encoding, "ignore") for neighbour in around)
        if not before[-1:].isalnum() and not after[:1].isalnum():
            return True
    return False
