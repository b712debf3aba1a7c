"""The desk with its clock held at the moment that the cases were written for."""

import time_machine

from tests.corpus.moment import NOW

time_machine.travel(NOW, tick=False).start()

from bpo.asgi import application  # noqa: E402

__all__ = ["application"]
