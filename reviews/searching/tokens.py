"""Words as they are searched: the same in Python, SQLite and PostgreSQL, which only compare them.

Capitals and diacritics do not count ("Über" is "uber"); a hyphen, dot or underscore parts words;
characters of scripts without spaces are a word each.
"""

import re
import unicodedata

LONGEST = 40  # characters of a word that count
_UNSPACED = "\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
_WORD = re.compile(rf"[{_UNSPACED}]|[^\W_{_UNSPACED}]+")
_TAG = "§"  # no letter, so that no word of a text begins with it


def fold(text: str) -> str:
    if text.isascii():
        return text.lower()
    parted = unicodedata.normalize("NFKD", text.casefold())
    bare = "".join(sign for sign in parted if unicodedata.category(sign) != "Mn")
    return unicodedata.normalize("NFC", bare.casefold())


def words(text: str) -> list[str]:
    """The words of a text in its order, repeated as they are there."""
    return [word[:LONGEST] for word in _WORD.findall(fold(text))]


def tag(text: str) -> str:
    """A tag as one word, found only whole; its signs move to where no tokeniser parts them."""
    return (
        _TAG
        + "".join(
            sign if sign.isalnum() or ord(sign) > 127 else chr(0xE000 + ord(sign))
            for sign in fold(text)
        )[:128]
    )
