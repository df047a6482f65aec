"""Names for the headings of an agents' document, so that its own ``#section`` links find them.

Every name begins with ``PREFIX``, which no part of the desk's pages has: a heading "decide" or
"main" cannot stand in for a form, a label's field or whatever a script looks up.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from urllib.parse import unquote

from markdown_it.token import Token

PREFIX = "md-"
LONGEST = 80
_LEFT_OUT = re.compile(r"[^\w\s-]")  # hidden characters and what masks a secret among them


@dataclass
class Anchors:
    """``names``: what may stand behind "#" in the document → the heading's id on the page."""

    names: dict[str, str] = field(default_factory=dict)

    def of(self, words: str) -> str:
        """The id of the next heading, "" when nothing of its words can make one.

        As code hosts do: lower case, spaces to hyphens, a number behind one that was there before.
        """
        bare = "-".join(_LEFT_OUT.sub("", words.lower()).split())[:LONGEST]
        if not bare.strip("-_"):
            return ""
        name, count = bare, 0
        while name in self.names:
            count += 1
            name = f"{bare}-{count}"
        self.names[name] = PREFIX + name
        return self.names[name]

    def target(self, href: str) -> str:
        """The address of a link within the document; "" if it is none or leads nowhere."""
        found = self.names.get(unquote(href[1:]).lower()) if href[:1] == "#" else None
        return f"#{found}" if found else ""


def named(tokens: Sequence[Token]) -> Anchors:
    """Gives the headings their ids; call it before their words are changed for the page."""
    anchors = Anchors()
    for opened, inside in pairwise(tokens):
        if opened.type == "heading_open" and (name := anchors.of(_words(inside))):
            opened.attrSet("id", name)
    return anchors


def _words(inline: Token) -> str:
    return "".join(each.content for each in inline.children or () if each.type != "image")
