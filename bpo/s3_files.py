"""Files in a bucket of an S3-compatible service; imported only where the settings name one."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

from boto3.exceptions import Boto3Error
from boto3.s3.transfer import TransferConfig
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from django.core.files.base import File
from storages.backends.s3 import S3Storage

IN_MEMORY = 1 << 20


class S3Files(S3Storage):  # type: ignore[misc]
    """A bucket whose failures are OSError, as a folder's are. Of a file that is read the rest lies on the disk."""

    def get_default_settings(self) -> dict[str, object]:
        return {
            **super().get_default_settings(),
            "max_memory_size": IN_MEMORY,
            # Threads would hold ten parts of a file at once.
            "transfer_config": TransferConfig(use_threads=False),
        }

    def __init__(self, **options: object) -> None:
        style = options.pop("addressing_style", "auto")
        # A service that does not answer holds a request for seconds. Not all of them know the newer checksums.
        config = Config(
            connect_timeout=3,
            read_timeout=20,
            retries={"total_max_attempts": 2},
            s3={"addressing_style": style},
            request_checksum_calculation="when_required",
            response_checksum_validation="when_required",
        )
        super().__init__(client_config=config, **options)

    def _open(self, name: str, mode: str = "rb") -> "File[bytes]":
        with _as_os_error():
            file: File[bytes] = super()._open(name, mode)
            return file.open()

    def _save(self, name: str, content: "File[bytes]") -> str:
        with _as_os_error():
            return str(super()._save(name, content))

    def delete(self, name: str) -> None:
        with _as_os_error():
            super().delete(name)

    def exists(self, name: str) -> bool:
        with _as_os_error():
            return bool(super().exists(name))

    def listdir(self, name: str) -> tuple[list[str], list[str]]:
        with _as_os_error():
            folders, files = super().listdir(name)
            return folders, files

    def get_modified_time(self, name: str) -> datetime:
        with _as_os_error():
            at: datetime = super().get_modified_time(name)
            return at


@contextmanager
def _as_os_error() -> Iterator[None]:
    try:
        yield
    except (BotoCoreError, ClientError, Boto3Error) as failure:
        raise OSError(str(failure)) from failure
