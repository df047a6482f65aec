"""Secrets by the name before them: `password = …`, `API_TOKEN=…`, `"client_secret": …`."""

import math
import re
from collections import Counter
from collections.abc import Iterator

from reviews.secret_patterns import (
    ASSIGNMENT,
    BEARER,
    HARMLESS,
    KEY_NAMES,
    PASSWORD_NAMES,
    PLACEHOLDER,
    SCHEMES,
    STEMS,
)

SHORTEST_PASSWORD = 4
SHORTEST_KEY = 12
LEAST_ENTROPY = 3.0  # bits a character: words and paths of code stay below with no figures in them
_LONGEST_NAME = 60
LONGEST_READ_AGAIN = 60  # a long value is not searched for the same word: linear time
_ALL = ("bearer", *STEMS)
_OF_A_NAME = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-")
_CHAIN = re.compile(r"[A-Za-z_$][\w$]*(?:\.[A-Za-z_$][\w$]*)*$")
_SEPARATORS = re.compile(r"[\s_.-]")
_EXACT = {"cvv", "cvc", "cvv2", "cardnumber"}


def assignments(text: str, data: bytes) -> Iterator[tuple[int, int, str]]:
    """(start, end, kind) of the values that follow a telling name; ``data`` is the text's UTF-8."""
    small = data.lower()
    stems = [stem for stem in _ALL if stem.encode() in small]
    if not stems:
        return
    lower = text.lower()
    if len(lower) != len(text):  # letters whose small form is two characters would shift the rest
        lower = re.sub("[A-Z]", lambda found: found[0].lower(), text)
    for stem in stems:
        at = lower.find(stem)
        while at >= 0:
            end = at + len(stem)
            if stem == "bearer":
                match = BEARER.match(text, at)
                if match:
                    yield *match.span("value"), "authorization"
            elif match := ASSIGNMENT.match(text, end):
                found = _judged(text, at, stem, match)
                if found:
                    yield found
            if match and match.end() - end > LONGEST_READ_AGAIN:
                end = match.end()
            at = lower.find(stem, end)


def _judged(text: str, at: int, stem: str, match: re.Match[str]) -> tuple[int, int, str] | None:
    name = _name_before(text, at) + text[at : at + len(stem)] + match["rest"]
    if HARMLESS.search(name):
        return None
    if stem == "authorization":
        scheme = SCHEMES.match(text, match.start("quoted" if match["quote"] else "bare"))
        if scheme:
            return *scheme.span("value"), "authorization"
    if stem == "_key" and not name.replace(".", "").isupper():
        return None
    if match["sign"] == "==" and not match["quote"]:
        return None  # a comparison of two names
    group = "quoted" if match["quote"] else "bare"
    value = match[group]
    if PLACEHOLDER.match(value) or any(character.isspace() for character in value):
        return None
    kind = "password" if stem in PASSWORD_NAMES else "token" if stem == "token" else "key"
    looks = _looks_like_password if kind == "password" else _looks_like_key
    return (*match.span(group), kind) if looks(text, name, match, value) else None


def _name_before(text: str, at: int) -> str:
    start = at
    while start and at - start < _LONGEST_NAME and text[start - 1] in _OF_A_NAME:
        start -= 1
    return text[start:at]


def _looks_like_password(text: str, name: str, match: re.Match[str], value: str) -> bool:
    if len(value) < SHORTEST_PASSWORD or value.lower() in STEMS:
        return False
    if match["quote"]:
        return not _SEPARATORS.sub("", value).lower().endswith(PASSWORD_NAMES)
    if (match["closed"] and match["sign"] == ":") or "(" in value or "[" in value:
        return False  # JSON's numbers and words stay what they are; code is no value
    if match["sign"] == ":" and value.startswith(("/", "./")):
        return False
    if not _CHAIN.match(value) or any(each.isdigit() for each in value.partition(".")[0]):
        return match["sign"] != ":" or len(value) > SHORTEST_PASSWORD
    return name.isupper() or _is_whole_line(text, match)


def _is_whole_line(text: str, match: re.Match[str]) -> bool:
    """As in YAML: `password: swordfish` with nothing else on the line."""
    start = text.rfind("\n", max(0, match.start() - 2 * _LONGEST_NAME), match.start()) + 1
    before = text[start : match.start()].strip()
    end = match.end()
    return (
        match["sign"] == ":"
        and "." not in match["bare"]
        and before.islower()
        and all(each in _OF_A_NAME for each in before)
        and text[end : end + 1] in ("", "\n", "\r")
    )


def _looks_like_key(text: str, name: str, match: re.Match[str], value: str) -> bool:
    if not match["quote"] and match["closed"] and match["sign"] == ":":
        return False
    if len(value) < SHORTEST_KEY or "://" in value or "(" in value or "[" in value:
        return False
    if value.startswith(("/", "./", "../", "~/", "\\")) or value.count("/") > len(value) // 12 + 1:
        return False
    has_figures = any(each.isdigit() for each in value)
    is_mixed = not value.islower() and not value.isupper() and len(value) >= 20
    if not has_figures and (not is_mixed or (_CHAIN.match(value) and len(value) < 32)):
        return False
    if "." in value and _CHAIN.match(value) and not match["quote"]:
        return False
    return entropy(value) >= LEAST_ENTROPY


def entropy(text: str) -> float:
    """Shannon's, in bits a character."""
    counts = Counter(text)
    return -sum(n / len(text) * math.log2(n / len(text)) for n in counts.values())


def names_secret(name: str) -> bool:
    """Does a member of this name hold a secret, whatever its value looks like?"""
    if len(name) > 2 * _LONGEST_NAME or HARMLESS.search(name):
        return False
    bare = _SEPARATORS.sub("", name).lower()
    return bare in _EXACT or any(each in bare for each in (*PASSWORD_NAMES, *KEY_NAMES))


def kind_of_member(name: str, value: object) -> str | None:
    """The kind of secret that a JSON member is by its name; None where it is none."""
    if value is None or isinstance(value, bool) or value in ("", 0) or not names_secret(name):
        return None
    if isinstance(value, (dict, list, tuple)) and not value:
        return None
    if isinstance(value, str) and PLACEHOLDER.match(value):
        return None
    bare = _SEPARATORS.sub("", name).lower()
    if any(each in bare for each in PASSWORD_NAMES):
        return "password"
    return "token" if "token" in bare else "key"
