"""Transports by the kind of their channel, imported when first asked for.

To add a transport: one module beside this one, one line here, one ``Channel.Kind``.
"""

from functools import cache
from importlib import import_module

from reviews.notify.base import Transport

TRANSPORTS = {
    "inbox": "reviews.notify.inbox.Inbox",
    "email": "reviews.notify.email.Email",
    "callback": "reviews.notify.callback.Callback",
    "file": "reviews.notify.answer_file.AnswerFile",
    "webhook": "reviews.notify.webhook.SignedWebhook",
    "apprise": "reviews.notify.apprise_services.AppriseService",
    "push": "reviews.notify.push.Push",
}


@cache
def get(kind: str) -> Transport:
    """The transport for channels of ``kind``; KeyError for a kind that nobody registered."""
    module, _, name = TRANSPORTS[kind].rpartition(".")
    transport = getattr(import_module(module), name)()
    assert isinstance(transport, Transport)
    return transport
