"""Secrets in what agents wrote, found by their looks: pure functions on texts.

What is shown is veiled (`reviews.veils`); what leaves the desk or is kept for lists is `masked`.
"""

import re
from collections.abc import Iterator
from typing import NamedTuple

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from reviews import secret_patterns
from reviews.secret_keys import blocks
from reviews.secret_names import assignments

LABELS = {
    "aws": "AWS key",
    "github": "GitHub token",
    "gitlab": "GitLab token",
    "slack": "Slack token",
    "stripe": "Stripe key",
    "anthropic": "Anthropic key",
    "openai": "OpenAI key",
    "google": "Google key",
    "jwt": "JWT",
    "handoff": gettext_lazy("token of this desk"),
    "webhook": gettext_lazy("webhook secret"),
    "private_key": gettext_lazy("private key"),
    "authorization": gettext_lazy("authorization"),
    "url": gettext_lazy("password in a URL"),
    "card": gettext_lazy("card number"),
    "password": gettext_lazy("password"),
    "token": gettext_lazy("token"),
    "key": gettext_lazy("secret key"),
}
SHORTEST = 8  # characters of a text that can hold one with what announces it


class Span(NamedTuple):
    """Characters `start` to `end` hold a secret. `length` is of the whole one, 0 on the further
    lines of one that has several."""

    start: int
    end: int
    kind: str
    length: int


def label(kind: str) -> str:
    """The kind in words; issuers that have no words here are named as they are."""
    return str(LABELS.get(kind) or f"{kind} {_('token')}")


def find(text: str) -> list[Span]:
    """The secrets in a text, in order, not overlapping; in time linear in its length."""
    if len(text) < SHORTEST or not _MAYBE.search(text):
        return []
    if len(text) < _SHORT and not _ANY.search(text):
        return []
    data = text.encode("utf-8", "surrogatepass")
    found = [Span(*span) for span in blocks(text)]
    found += _known(text, data)
    found += (Span(start, end, kind, end - start) for start, end, kind in assignments(text, data))
    if _CARD_BYTES.search(data):
        found += (
            Span(*match.span(), "card", len(match[0]))
            for match in secret_patterns.CARD.finditer(text)
            if _has_right_checksum(match[0])
        )
    return apart(found)


# Most texts hold none, and bytes are searched fastest: first whether there is anything to match.
_MAYBE = re.compile(r"[A-Za-z0-9_.-]{16}|[:=]|\d{4}[ -]?\d{4}|PRIVATE")
_SHORT = 1_000
_ANY = re.compile(
    "|".join(
        [r"\d{4}[ -]?\d{4}", "PRIVATE KEY"]
        + [re.escape(anchor.decode()) for anchor in secret_patterns.BY_ANCHOR]
        + [
            f"(?i:{stem})"
            for stem in (
                "pass",
                "pwd",
                "secret",
                "token",
                "key",
                "cred",
                "auth",
                "sess",
                "cookie",
                "bear",
            )
        ]
    )
)
_RUNS = re.compile(rb"[A-Za-z0-9_.-]{16,}+")
_CARD_BYTES = re.compile(rb"[2-6]\d{3}[ -]?\d{4}[ -]?\d\d")


def _known(text: str, data: bytes) -> Iterator[Span]:
    """What is secret by how its issuer writes it."""
    runs = b" ".join(_RUNS.findall(data))
    for anchor, patterns in secret_patterns.BY_ANCHOR.items():
        if anchor not in (data if anchor in secret_patterns.NOT_IN_A_RUN else runs):
            continue
        for pattern in patterns:
            at = text.find(pattern.anchor)
            while at >= 0:
                match = pattern.regex.match(text, at)
                if match:
                    name = "value" if pattern.regex.groups else 0
                    start, end = match.span(name)
                    if not secret_patterns.PLACEHOLDER.match(match[name]):
                        yield Span(start, end, pattern.kind, end - start)
                at = text.find(pattern.anchor, match.end() if match else at + 1)


def apart(found: list[Span]) -> list[Span]:
    """Where several say something of the same characters: the first of them, widened."""
    if len(found) < 2:
        return found
    kept: list[Span] = []
    for span in sorted(found, key=lambda each: each.start):
        if kept and span.start < kept[-1].end:
            last = kept[-1]
            end = max(last.end, span.end)
            length = last.length and max(last.length, end - last.start)
            kept[-1] = Span(last.start, end, last.kind, length)
        else:
            kept.append(span)
    return kept


def _has_right_checksum(card: str) -> bool:
    """Luhn's: from the right, every second figure doubled."""
    figures = [int(each) for each in card if each.isdigit()][::-1]
    doubled = (sum(divmod(2 * each, 10)) for each in figures[1::2])
    return len(set(figures)) > 1 and (sum(figures[::2]) + sum(doubled)) % 10 == 0


def words(kind: str, length: int) -> str:
    """ "•••• GitHub token, 40 characters"; only the dots for a further line of the same secret."""
    if not length:
        return "••••"
    return _("•••• %(kind)s, %(n)d characters") % {"kind": label(kind), "n": length}


def masked(text: str) -> str:
    """The text with words in place of each secret: for mails, indexes, exports and logs."""
    parts, at = [], 0
    for span in find(text):
        parts += [text[at : span.start], words(span.kind, span.length)]
        at = span.end
    return "".join([*parts, text[at:]]) if parts else text


def masked_beginning(text: str, most: int) -> str:
    """The same of its first ``most`` characters; a secret that goes on beyond them is one."""
    parts, at = [], 0
    for span in find(text[: most + secret_patterns.LONGEST_KEY]):
        if span.start >= most:
            break
        parts += [text[at : span.start], words(span.kind, span.length)]
        at = span.end
    return "".join([*parts, text[at:most]])


def masked_bytes(data: bytes) -> bytes:
    """The bytes with an asterisk for each byte of a secret; as long as before (for hex views)."""
    text = data.decode("latin-1")
    parts, at = [], 0
    for span in find(text):
        parts += [text[at : span.start], "*" * (span.end - span.start)]
        at = span.end
    return "".join([*parts, text[at:]]).encode("latin-1") if parts else data
