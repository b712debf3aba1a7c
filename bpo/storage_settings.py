"""Where files that people bring lie: in a folder of this machine."""

from pathlib import Path


def file_storage(var: Path) -> dict[str, object]:
    """Return the storage of files as Django's setting STORAGES has it."""
    options = {"location": var / "files", "file_permissions_mode": 0o600, "directory_permissions_mode": 0o700}
    return {"BACKEND": "bpo.stored_files.LocalFiles", "OPTIONS": options}
