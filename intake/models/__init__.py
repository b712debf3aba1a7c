"""The tables of the way in; import each noun from the module that defines it."""

from intake.models import delays, imports, large_imports, readings, replies, upload_addresses

__all__ = ["delays", "imports", "large_imports", "readings", "replies", "upload_addresses"]
