"""The agent's own words on the page, drawn at once, so that their secrets are revealed at once."""

from dataclasses import dataclass
from urllib.parse import urlsplit

from django.utils.safestring import SafeString

from reviews import veils
from reviews.rendering import markdown
from reviews.rendering.text import plain, visible
from reviews.schema import HandoffDocument


@dataclass(frozen=True)
class Link:
    """``url`` is "" where the address holds a masked secret: its words are shown instead."""

    url: str
    title: str
    host: str


@dataclass(frozen=True)
class AgentWords:
    title: SafeString
    summary: SafeString | str
    confidence_reason: SafeString | str
    error_message: SafeString | str
    traceback: SafeString | str
    links: list[Link]


def of(document: HandoffDocument) -> AgentWords:
    confidence, error = document.confidence, document.error
    return AgentWords(
        title=visible(document.title),
        summary=markdown.render(document.summary) if document.summary else "",
        confidence_reason=visible(confidence.reason, multiline=True) if confidence else "",
        error_message=visible(error.message, multiline=True) if error else "",
        traceback=visible(error.traceback, multiline=True) if error and error.traceback else "",
        links=[_link(each.url, each.title) for each in document.links],
    )


def _link(url: str, title: str | None) -> Link:
    is_masked = veils.veil(url) != url
    return Link(
        url="" if is_masked else url,
        title=plain(title or url),
        host=plain(urlsplit(url).hostname or ""),
    )
