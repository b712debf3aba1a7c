"""What a backup says of itself: what it holds, how much of it, and the digests by which damage is found."""

import hashlib
import json
import re
from dataclasses import asdict, dataclass, field
from datetime import datetime
from pathlib import Path

FILE = "manifest.json"
FORMAT = 1
DIGEST = "manifest_sha256"
CHUNK = 1 << 20


class BackupError(Exception):
    """A backup cannot be made or restored; the message says why and what to do."""


@dataclass(frozen=True, slots=True)
class Part:
    """One file of a backup."""

    name: str
    size: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Contents:
    """What a database holds: its applied migrations, as "metrics 0004_name", and the number of rows by table."""

    migrations: list[str]
    rows: dict[str, int]


@dataclass(frozen=True, slots=True)
class Manifest:
    """A whole backup; `database` is its kind, "sqlite" or "postgresql", with the version of the server or library."""

    made_at: datetime
    desk_version: str
    database: str
    database_version: str
    contents: Contents
    parts: list[Part]
    # Files that rows name and the storage lacked.
    files_missing: list[str] = field(default_factory=list)

    def holds(self, name: str) -> bool:
        return any(part.name == name for part in self.parts)


def numbers_of(version: str) -> tuple[int, ...]:
    """Return a version so that versions can be compared: (0, 10, 2) for "0.10.2"."""
    return tuple(int(number) for number in re.findall(r"\d+", version))


def describe_part(path: Path, folder: Path) -> Part:
    """Return the size and digest of a file below the folder of a backup."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(CHUNK):
            digest.update(chunk)
    return Part(path.relative_to(folder).as_posix(), path.stat().st_size, digest.hexdigest())


def write_manifest(folder: Path, manifest: Manifest) -> None:
    body = {"format": FORMAT, **asdict(manifest), "made_at": manifest.made_at.isoformat()}
    body[DIGEST] = _digest_of(body)
    (folder / FILE).write_text(json.dumps(body, indent=2) + "\n", encoding="utf-8")


def read_manifest(folder: Path) -> Manifest:
    """Return the manifest of a backup. Raises BackupError where there is none, or not as it was written."""
    path = folder / FILE
    try:
        body = json.loads(path.read_text(encoding="utf-8"))
        digest = body.pop(DIGEST)
        if digest != _digest_of(body) or body.pop("format") != FORMAT:
            raise ValueError("The digest differs.")
        contents, parts = Contents(**body.pop("contents")), [Part(**part) for part in body.pop("parts")]
        made_at = datetime.fromisoformat(body.pop("made_at"))
        return Manifest(**body, made_at=made_at, contents=contents, parts=parts)
    except OSError as failure:
        raise BackupError(f"{folder} is no backup: {path.name} cannot be read ({failure.strerror}).") from failure
    except (ValueError, KeyError, TypeError, AttributeError) as failure:
        raise BackupError(f"The manifest {path} is damaged or of another format. Take another backup.") from failure


def check_parts(folder: Path, manifest: Manifest) -> None:
    """Raise BackupError where a part is missing or differs from what was written."""
    for part in manifest.parts:
        path = folder / part.name
        if not path.is_file():
            raise BackupError(f"The backup {folder} lacks {part.name}. Take another backup.")
        if describe_part(path, folder) != part:
            raise BackupError(f"{path} is damaged: its size or SHA-256 is not the manifest's. Take another backup.")


def _digest_of(body: dict[str, object]) -> str:
    return hashlib.sha256(json.dumps(body, sort_keys=True).encode()).hexdigest()
