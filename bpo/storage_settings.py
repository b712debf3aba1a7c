"""Where files that people bring lie: in a folder, or in a bucket of an S3-compatible service; one URL says which."""

from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured

FORMS = "FILES_URL is file:///folder or s3://bucket/folder?endpoint=https://s3.example.com&region=eu-central-1."
# What an S3 URL may say beside the bucket and a folder in it, and the name that django-storages has for it.
OPTIONS = {"endpoint": "endpoint_url", "region": "region_name", "style": "addressing_style"}


def file_storage(url: str) -> dict[str, object]:
    """Return the storage of files as Django's setting STORAGES has it. Raises ImproperlyConfigured."""
    parts = urlsplit(url)
    folder, given = unquote(parts.path), parse_qs(parts.query)
    if parts.scheme == "file" and not parts.netloc and Path(folder).is_absolute():
        options = {"location": folder, "file_permissions_mode": 0o600, "directory_permissions_mode": 0o700}
        return {"BACKEND": "bpo.stored_files.LocalFiles", "OPTIONS": {**options, "allow_overwrite": True}}
    if parts.scheme == "s3" and parts.netloc and given.keys() <= OPTIONS.keys():
        named = {OPTIONS[name]: values[-1] for name, values in given.items()}
        bucket = {"bucket_name": parts.netloc, "location": folder.strip("/")}
        return {"BACKEND": "bpo.s3_files.S3Files", "OPTIONS": bucket | named}
    raise ImproperlyConfigured(FORMS)
