"""Warnings of the desk about a document that is taken all the same: what it will not do with it."""

from reviews.notify.addresses import is_host_allowed
from reviews.schema import HandoffDocument
from workspaces.errors import Problem
from workspaces.models import Agent


def warnings(document: HandoffDocument, submitter: Agent) -> list[Problem]:
    """Sentences with pointers; nothing here is a reason to refuse."""
    found = []
    if document.target.kind == "agent":
        found.append(
            Problem(
                "/target",
                "This desk has no agent inboxes, so the handoff was put before people.",
            )
        )
    callback = document.callback
    if callback is not None and not is_host_allowed(callback.url, submitter.callback_hosts):
        found.append(
            Problem(
                "/callback/url",
                "The agent's list of callback hosts does not have this host, so nothing is sent "
                "there; an admin can add it.",
            )
        )
    if document.on_expiry == "approve":
        found.append(
            Problem(
                "/on_expiry",
                "No rule allows approving by time, so it expires without an answer instead.",
            )
        )
    return found
