"""``application``: sockets to channels, waiting requests to ASGI views, all else to the bridge.

Agents' API and people's pages have a pool each, so that ten thousand handoffs at once do not keep
a reviewer's page waiting.
"""

import os
from collections.abc import Callable, Sequence

from django.conf import settings
from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "handoff_site.settings")
_wsgi = get_wsgi_application()

from handoff_site import sockets  # noqa: E402  (needs Django to be set up)
from handoff_site.bridge import Receive, Scope, Send, WsgiBridge  # noqa: E402
from handoff_site.longpoll import LongPollHandler, is_long_poll  # noqa: E402
from handoff_site.server import Server  # noqa: E402

THREADS = 4
# The largest thing a client may send at once; the JSON API and the forms have limits of their own.
REQUEST_BYTES: int = getattr(settings, "HANDOFF_REQUEST_BYTES", 9 * 1024 * 1024)

_agents = WsgiBridge(_wsgi, name="api", threads=THREADS, body_limit=REQUEST_BYTES)
_people = WsgiBridge(_wsgi, name="page", threads=THREADS, body_limit=REQUEST_BYTES)
_waiting = LongPollHandler()


async def application(scope: Scope, receive: Receive, send: Send) -> None:
    if scope["type"] == "websocket":
        await sockets.application(scope, receive, send)
    elif is_long_poll(scope):
        await _waiting(scope, receive, send)
    elif scope["path"].startswith("/api/"):
        await _agents(scope, receive, send)
    else:
        await _people(scope, receive, send)


def serve(
    *,
    host: str,
    port: int,
    on_listening: Callable[[], object],
    on_stop: Sequence[Callable[[], object]] = (),
) -> None:
    """Serve `application` until SIGTERM or SIGINT. Raises `server.PortTaken`."""
    Server(
        application,
        host=host,
        port=port,
        body_limit=REQUEST_BYTES,
        on_listening=on_listening,
        on_stop=on_stop,
    ).run()
    _agents.close()
    _people.close()
