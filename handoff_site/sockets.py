"""Websockets: signed-in people only, from pages of this desk only."""

from typing import Any

from channels.auth import AuthMiddlewareStack
from channels.routing import URLRouter
from channels.security.websocket import AllowedHostsOriginValidator
from django.urls import path, re_path

from handoff_site.bridge import Receive, Scope, Send
from reviews.consumers import LiveConsumer


async def refuse(scope: Scope, receive: Receive, send: Send) -> None:
    """An unknown address: 403 to the handshake."""
    await receive()
    await send({"type": "websocket.close"})


_elsewhere: Any = refuse  # to the type checker, a route needs a view
application = AllowedHostsOriginValidator(
    AuthMiddlewareStack(
        URLRouter([path("ws/live/", LiveConsumer.as_asgi()), re_path("", _elsewhere)])
    )
)
