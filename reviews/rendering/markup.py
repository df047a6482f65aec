"""What HTML or SVG says when it is drawn, without drawing it."""

import html
import re

from reviews import secrets

_TAG = re.compile(r"<[^<>]*>")


def words(markup: str) -> str:
    """The markup without its tags, its references (``&#103;``) as the characters they stand for."""
    return html.unescape(_TAG.sub("", markup))


def parts_a_secret(markup: str) -> bool:
    """Would it show, drawn, a secret that tags or references hide in its source?

    One that the source shows is masked there; such a one cannot be.
    """
    return bool(secrets.find(words(secrets.masked(markup))))
