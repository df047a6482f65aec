"""Agents' Markdown as modest HTML: words and structure, nothing that loads, runs or poses.

markdown-it parses without raw HTML, nh3 then keeps a short list of tags, and links say where
they go, because their text is the agent's claim. Headings become bold lines in the agent's
words, so that these cannot pass for a section of the page; a file's own page keeps them, under
names that only they have.
"""

import html
import re
from collections.abc import Sequence
from typing import Literal
from urllib.parse import unquote, urlsplit

import nh3
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from markdown_it import MarkdownIt
from markdown_it.token import Token

from reviews import veils
from reviews.rendering import anchors
from reviews.rendering.text import encodable, visible

LIMIT_CHARACTERS = 100_000
# More of one of these than that makes inline parsing quadratic; honest prose stays far below.
LIMIT_DELIMITERS = 8_000
LIMIT_LINK = 2_000

_TAGS = {
    "a", "blockquote", "br", "code", "em", "h3", "h4", "h5", "h6", "hr", "li", "ol", "p", "pre",
    "s", "strong", "table", "tbody", "td", "th", "thead", "tr", "ul",
}  # fmt: skip
_HEADINGS = ("h3", "h4", "h5", "h6")
_ATTRIBUTES = {"a": {"href"}, "ol": {"start"}, **{tag: {"id"} for tag in _HEADINGS}}
_SCHEMES = {"http", "https", "mailto"}
# nh3 writes attribute values between double quotes and escapes quotes in them.
_TAG = re.compile(r'(<[^<>"]*(?:"[^"]*"[^<>"]*)*>)')
_DELIMITERS = "[*_~`"


def render(text: str, *, headings: bool = False) -> SafeString:
    """Safe HTML of Markdown `text`; plain preformatted text where it is built to be slow.

    `headings` keeps them as h3 to h6 (a file's own page); otherwise they are bold paragraphs.
    """
    shown = veils.veil_part(encodable(text), 0, LIMIT_CHARACTERS).replace("\r\n", "\n")
    if _is_costly(shown):
        body = f"<pre>{visible(shown, multiline=True)}</pre>"
    else:
        try:
            body = _marked(_cleaned(_parsed(shown, headings)))
        except RecursionError:
            body = f"<pre>{visible(shown, multiline=True)}</pre>"
    if len(text) > LIMIT_CHARACTERS:
        cut = _("… cut here: %(count)d more characters.") % {"count": len(text) - LIMIT_CHARACTERS}
        body += f"<p><em>{html.escape(cut)}</em></p>"
    return mark_safe(body)


def _is_costly(text: str) -> bool:
    return any(text.count(character) > LIMIT_DELIMITERS for character in _DELIMITERS)


def _parser() -> MarkdownIt:
    parser = MarkdownIt(
        "commonmark",
        {"html": False, "linkify": False, "typographer": False, "breaks": True, "maxNesting": 20},
    )
    # Every target is accepted here, because a refused one must be shown, not swallowed.
    parser.validateLink = lambda url: True  # type: ignore[method-assign]
    return parser.enable(["table", "strikethrough"])


def _parsed(text: str, headings: bool) -> str:
    parser = _parser()
    tokens = parser.parse(text)
    names = anchors.named(tokens) if headings else anchors.Anchors()
    for index, token in enumerate(tokens):
        before = tokens[index - 1] if index else None
        if token.children:
            token.children = _inline(token.children, names)
            if index > 1 and tokens[index - 2].type == "list_item_open":
                _tick(token.children[0])
        if before is not None and before.type == "heading_open" and not headings:
            token.children = [_bold(1), *(token.children or ()), _bold(-1)]
    for token in tokens:
        if token.type in {"heading_open", "heading_close"}:
            token.tag = f"h{min(int(token.tag[1:]) + 2, 6)}" if headings else "p"
    return str(parser.renderer.render(tokens, parser.options, {}))


def _tick(first: Token) -> None:
    """The box of a task list, as a character: a control would pose as the page's own."""
    for written, drawn in (("[ ] ", "☐ "), ("[x] ", "☑ "), ("[X] ", "☑ ")):
        if first.type == "text" and first.content.startswith(written):
            first.content = drawn + first.content[len(written) :]
            return


def _bold(nesting: Literal[1, -1]) -> Token:
    return Token("strong_open" if nesting == 1 else "strong_close", "strong", nesting)


def _inline(children: Sequence[Token], names: anchors.Anchors) -> list[Token]:
    """Images as their words, refused links as text, and every link followed by its host, if it
    does not stay in the document."""
    found: list[Token] = []
    opened: list[tuple[str, int]] = []
    for token in children:
        if token.type == "image":
            found.append(_text(f"{token.content} [{_('image not loaded')}]".strip()))
        elif token.type == "link_open":
            opened.append((str(token.attrGet("href") or ""), len(found)))
            found.append(token)
        elif token.type == "link_close" and opened:
            href, start = opened.pop()
            if within := names.target(href):
                found[start].attrSet("href", within)
                found.append(token)
                continue
            words = "".join(part.content for part in found[start + 1 :])
            where = host_of(href)
            if where:
                found.append(token)
            else:
                found[start] = _text("")
            if words != href:
                found.append(_text(f" ({where or _('not a link: %s') % href[:LIMIT_LINK]})"))
        else:
            found.append(token)
    return found


def host_of(href: str) -> str:
    """Where a link leads, in ASCII ("xn--…" stays as it is); "" if it may not be a link at all."""
    if len(href) > LIMIT_LINK or "\\" in href or veils.STAND_INS.search(unquote(href)):
        return ""
    try:
        parts = urlsplit(href)
        if parts.scheme == "mailto":
            return f"mailto: {parts.path}" if parts.path else ""
        if parts.scheme in _SCHEMES and parts.hostname:
            return parts.hostname + (f":{parts.port}" if parts.port else "")
    except ValueError:
        return ""
    return ""


def _text(content: str) -> Token:
    token = Token("text", "", 0)
    token.content = content
    return token


def _cleaned(body: str) -> str:
    return nh3.clean(
        body,
        tags=_TAGS,
        attributes=_ATTRIBUTES,
        url_schemes=_SCHEMES,
        link_rel="noopener noreferrer nofollow",
    )


def _marked(body: str) -> str:
    """Marks invisible characters between the tags; entities are undone first, then made again."""
    pieces = _TAG.split(body)
    for index in range(0, len(pieces), 2):
        pieces[index] = visible(html.unescape(pieces[index]), multiline=True)
    return "".join(pieces)
