"""Reading a filter: ``is:open trigger:error,question -agent:"night shift" confidence:<0.6 prices``.

Pure, and never raises: a term that makes no sense keeps its ``fault``, a sentence with the way
out, and takes no part in the filter. Within the limits ``parse(str(parse(text))) == parse(text)``.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from django.utils.translation import gettext as _

from reviews.filtering import keys
from reviews.searching import tokens

LONGEST, MOST_TERMS = 500, 30
_KEY = re.compile(r"([A-Za-z][A-Za-z_]*):")
_OPERATOR = re.compile(r"<=|>=|<|>|=")
_NUMBER = re.compile(r"ho-\d{1,18}", re.IGNORECASE)
_BARE = re.compile(r"[^\s,]*")
_WORD = re.compile(r"\S+")


@dataclass(frozen=True)
class Value:
    """One of a term's values: ``operator`` is one of "", "<", "<=", ">", ">="."""

    text: str
    operator: str = ""

    def __str__(self) -> str:
        is_plain = self.text and not re.search(r'[\s,"\\]', self.text)
        if is_plain and not _OPERATOR.match(self.text):
            return self.operator + self.text
        return self.operator + quoted(self.text)


@dataclass(frozen=True)
class Term:
    """``key`` is "" for plain words; ``start`` and ``end`` are places in the text."""

    key: str
    values: tuple[Value, ...]
    is_negated: bool = False
    is_exact: bool = False  # plain words in quotation marks: whole words, not beginnings
    fault: str = field(default="", compare=False)
    raw: str = ""  # of a faulty term, which is kept as it was written
    start: int = field(default=0, compare=False)
    end: int = field(default=0, compare=False)

    def __str__(self) -> str:
        if self.fault:
            return self.raw
        sign = "-" if self.is_negated else ""
        if self.key:
            return f"{sign}{self.key}:{','.join(map(str, self.values))}"
        return sign + (quoted(self.values[0].text) if self.is_exact else self.values[0].text)


@dataclass(frozen=True)
class Query:
    terms: tuple[Term, ...] = ()

    def __str__(self) -> str:
        return " ".join(map(str, self.terms))

    @property
    def good(self) -> tuple[Term, ...]:
        """The terms that count."""
        return tuple(term for term in self.terms if not term.fault)

    @property
    def faults(self) -> list[Term]:
        return [term for term in self.terms if term.fault]

    def narrowing(self) -> tuple[Term, ...]:
        """The terms that choose rows: without order and grouping."""
        return tuple(term for term in self.good if term.key not in keys.SHOWING)

    def value(self, key: str) -> str:
        """The value of a term that stands once at most, as ``sort``; "" where it is not there."""
        return next((term.values[0].text for term in self.good if term.key == key), "")

    def without(self, *left_out: Term) -> "Query":
        """Leaves out exactly these, by identity: the same term may stand twice."""
        return Query(tuple(t for t in self.terms if not any(t is each for each in left_out)))

    def with_value(self, key: str, text: str) -> "Query":
        """With this one term of ``key`` (none for ""), where the old one stood."""
        rest = tuple(term for term in self.terms if term.key != key)
        return Query((*rest, Term(key, (Value(text),))) if text else rest)


def quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def parse(text: str) -> Query:
    """The filter that ``text`` says. Beyond 500 characters or 30 terms the rest is a fault."""
    kept, rest = text[:LONGEST], text[LONGEST:].strip()
    terms = list(_marked_twice(_terms(kept)))
    if len(terms) > MOST_TERMS or rest:
        sentence = _("A filter has at most %(terms)d terms and %(length)d characters.")
        fault = sentence % {"terms": MOST_TERMS, "length": LONGEST}
        first = terms[MOST_TERMS].start if len(terms) > MOST_TERMS else len(kept)
        raw = text[first:].strip()
        terms[MOST_TERMS:] = [Term("", (), fault=fault, raw=raw, start=first, end=len(text))]
    return Query(tuple(terms))


def _terms(text: str) -> Iterator[Term]:
    place = 0
    while place < len(text):
        if text[place].isspace():
            place += 1
            continue
        term = _term(text, place)
        yield term
        place = term.end


def _term(text: str, start: int) -> Term:
    is_negated = text[start] == "-" and start + 1 < len(text) and not text[start + 1].isspace()
    place = start + is_negated
    found = _KEY.match(text, place)
    if found is None:
        return _plain(text, start, is_negated=is_negated)
    key, end = found[1].lower(), found.end()
    values, end, fault = _values(text, end)
    term = Term(key, values, is_negated, start=start, end=end)
    fault = fault or keys.fault_of(key, values, is_negated=is_negated, rest=text[place:end])
    if fault:
        return replace(term, fault=fault, raw=text[start:end])
    return replace(term, values=keys.normal(key, values))


def _values(text: str, place: int) -> tuple[tuple[Value, ...], int, str]:
    """The values after "key:", where they end, and what is wrong with their writing."""
    values: list[Value] = []
    while True:
        operator = ""
        if found := _OPERATOR.match(text, place):
            operator, place = (
                found[0].replace("=", "") if found[0] == "=" else found[0],
                found.end(),
            )
        if text[place : place + 1] == '"':
            word, place, is_closed = _in_quotes(text, place)
            if not is_closed:
                return (), place, _unclosed()
        else:
            bare = _BARE.match(text, place)
            word, place = (bare[0], bare.end()) if bare else ("", place)
        values.append(Value(word, operator))
        if text[place : place + 1] != ",":
            break
        place += 1
    if place < len(text) and not text[place].isspace():  # something behind a quotation mark
        rest = _WORD.match(text, place)
        place = rest.end() if rest else len(text)
        return tuple(values), place, _("After a closing quotation mark comes a space or a comma.")
    return tuple(values), place, ""


def _in_quotes(text: str, place: int) -> tuple[str, int, bool]:
    word: list[str] = []
    place += 1
    while place < len(text):
        if text[place] == '"':
            return "".join(word), place + 1, True
        if text[place] == "\\" and text[place + 1 : place + 2] in ('"', "\\"):
            place += 1
        word.append(text[place])
        place += 1
    return "".join(word), place, False


def _unclosed() -> str:
    return _("A quotation mark is not closed: put one behind the words that belong together.")


def _plain(text: str, start: int, *, is_negated: bool) -> Term:
    place = start + is_negated
    if text[place] == '"':
        word, end, is_closed = _in_quotes(text, place)
        term = Term("", (Value(word),), is_negated, is_exact=True, start=start, end=end)
        if not is_closed:
            return replace(term, fault=_unclosed(), raw=text[start:end])
    else:
        found = _WORD.match(text, place)
        assert found is not None  # there is something that is no space
        word, end = found[0], found.end()
        if _NUMBER.fullmatch(word):
            value = Value(word.upper())
            return Term("number", keys.normal("number", (value,)), is_negated, start=start, end=end)
        term = Term("", (Value(word),), is_negated, start=start, end=end)
    if not tokens.words(word):
        sentence = _("There is no letter or figure in it to search for.")
        return replace(term, fault=sentence, raw=text[start:end])
    return term


def _marked_twice(terms: Iterator[Term]) -> Iterator[Term]:
    """Order and grouping stand once; the first counts."""
    seen: set[str] = set()
    for term in terms:
        if term.key in keys.SHOWING and not term.fault:
            if term.key in seen:
                sentence = _("%(key)s: stands twice; the first counts.") % {"key": term.key}
                term = replace(term, fault=sentence, raw=str(term))
            seen.add(term.key)
        yield term
