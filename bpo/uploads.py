"""Uploaded files of forms: small ones in memory, larger ones in a file without a name until the request ends."""

from collections.abc import Callable
from tempfile import SpooledTemporaryFile
from typing import Any, TypeVar

from django.core.files.uploadedfile import UploadedFile
from django.core.files.uploadhandler import FileUploadHandler
from django.http.response import HttpResponseBase

from bpo.size_limits import FILE_BYTES

IN_MEMORY = 1024 * 1024


View = TypeVar("View", bound=Callable[..., HttpResponseBase])


def takes_files(view: View) -> View:
    """Have larger bodies read for a view than others may have."""
    vars(view)["takes_files"] = True
    return view


class BoundedUploadHandler(FileUploadHandler):
    """Holds a file of at most 100 MB; of a larger one only the length, for the form's error."""

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        super().new_file(*args, **kwargs)
        self.held = SpooledTemporaryFile(IN_MEMORY)  # noqa: SIM115 - Django closes it with the request

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        if start + len(raw_data) > FILE_BYTES:
            self.held.truncate(0)
        else:
            self.held.write(raw_data)

    def file_complete(self, file_size: int) -> UploadedFile:
        self.held.seek(0)
        return UploadedFile(
            self.held, self.file_name, self.content_type, file_size, self.charset, self.content_type_extra
        )
