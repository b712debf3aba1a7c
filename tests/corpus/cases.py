"""The cases of a file, with their placeholders filled and in the desk's own words."""

import json
import re
from base64 import b64decode
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any

ANYTHING = "any"
TARGETS = {"single": "results?shape=object", "bulk": "results?shape=list"}
NOUNS = {"measurements": "results", "imports": "batches"}
# One map for all cases: what they call invalid, the desk tells apart.
AS_WELL = {400: {422, 411}, 408: {411}}
# Columns that the cases do not know, and that are refused here for their values.
ALSO_CALLED = {"unknown_field": {"unknown_contract", "bad_weight"}}
# What cases presume to have been sent before, where the file does not hold it.
KNOWN_SETUPS: dict[str, dict[str, Any]] = {
    "id-first": {
        "target": "single",
        "body": '{"service_level":"AHT","occurred_at":"2026-06-10T10:00:00Z","external_id":"dup-1","value":10}',
    },
    "ik-first": {
        "target": "bulk",
        "headers": {"Idempotency-Key": "8e03978e-40d5-43e8-bc93-6894a57f9324"},
        "body": '[{"service_level": "AHT", "occurred_at": "2026-06-10T10:00:00Z", "external_id": "c1526", "value": 1},'
        ' {"service_level": "AHT", "occurred_at": "2026-06-10T10:00:00Z", "external_id": "c1527", "value": 1}]',
    },
}
DEFAULTS = {
    "area": "",
    "method": "POST",
    "key": "A",
    "content_type": "application/json",
    "expect_status": "any",
    "expect_rows": None,
    "expect_effect": "",
}
_fresh = count(1)


@dataclass(frozen=True)
class Case:
    """One line of the file."""

    raw: Mapping[str, Any]

    def __getattr__(self, name: str) -> Any:
        return self.raw[name] if name in self.raw else DEFAULTS.get(name)

    @property
    def statuses(self) -> set[int] | None:
        """The statuses that are right, mapped once; None where any is."""
        expected = self.expect_status
        if expected == ANYTHING:
            return None
        wanted = {int(status) for status in (expected if isinstance(expected, list) else [expected])}
        return wanted.union(*(AS_WELL.get(status, set()) for status in wanted))

    @property
    def row_counts(self) -> set[int] | None:
        expected = self.expect_rows
        if expected is None or expected == ANYTHING:
            return None
        return set(expected) if isinstance(expected, list) else {expected}

    @property
    def expected_codes(self) -> set[str]:
        """The codes that the effect names, in its words "code this" or "code this or that"."""
        found = re.search(r"\bcode ([a-z]+(?:_[a-z]+)+)(?: or ([a-z_]+))?", self.expect_effect)
        codes = {code for code in found.groups() if code} if found else set()
        codes = codes.union(*(ALSO_CALLED.get(code, set()) for code in codes))
        return {self.expect_code} if self.expect_code else codes

    def path(self, words: Mapping[str, str]) -> str:
        """Where the request goes, with its query as it stands."""
        target = fill(self.target, words)
        if target in TARGETS:
            path = TARGETS[target]
        else:
            noun, slash, rest = target.partition("/")
            path = NOUNS.get(noun, noun) + slash + rest
            if path == "results":
                path += "?feed=AHT"
        query = fill(self.query or "", words)
        return f"/api/v1/{path}" + (("&" if "?" in path else "?") + query if query else "")

    def header_list(self, words: Mapping[str, str]) -> list[tuple[str, str]]:
        headers = self.headers or {}
        pairs = headers.items() if isinstance(headers, dict) else headers
        return [(name, fill(value, words)) for name, value in pairs]

    def body_bytes(self, words: Mapping[str, str]) -> bytes:
        if self.body_b64 is not None:
            return b64decode(self.body_b64)
        if self.body_parts is not None:
            return b"".join(
                b"".join(fill(text, words).encode() for _ in range(times)) if "@" in text else text.encode() * times
                for text, times in self.body_parts
            )
        return fill(self.body or "", words).encode()


def fill(text: str, words: Mapping[str, str]) -> str:
    """The text with `@NAME@` replaced by what it stands for; an unknown name stays as it is."""
    if "@" not in text:
        return text
    text = re.sub(r"@ROW@", lambda _: fresh_row(), text)
    text = re.sub(r"@CSVROW@", lambda _: fresh_csv_row(), text)
    return re.sub(r"@([A-Z0-9_]+)@", lambda found: words.get(found[1], found[0]), text)


def fresh_row() -> str:
    return json.dumps(
        {
            "service_level": "AHT",
            "occurred_at": "2026-06-10T10:00:00Z",
            "external_id": f"fresh-{next(_fresh)}",
            "value": 1,
        }
    )


def fresh_csv_row() -> str:
    return f"AHT,2026-06-10T10:00:00Z,1,,,fresh-{next(_fresh)},"


def read_cases(file: Path) -> Iterator[Case]:
    with file.open(encoding="utf-8") as lines:
        for line in lines:
            if line.strip():
                yield Case(json.loads(line))
