"""A secret key for a desk on one machine, made once and kept beside its data."""

import os
import secrets
import tempfile
from pathlib import Path


def local_secret_key(folder: Path) -> str:
    """The key in `folder`, made on first use; readable by its owner alone."""
    path = folder / "secret_key"
    if not path.exists():
        with tempfile.NamedTemporaryFile("w", dir=folder, delete=False, encoding="ascii") as file:
            file.write(secrets.token_urlsafe(64))
        try:
            # A link, not a rename: of two processes that start at once, one makes the key and both read it.
            os.link(file.name, path)
        except FileExistsError:
            pass
        finally:
            os.unlink(file.name)
    return path.read_text(encoding="ascii").strip()
