"""The desk's application, which waits a second for the body of a request instead of half a minute."""

from bpo import bodies
from bpo.asgi import application as application

bodies.SECONDS = 1
