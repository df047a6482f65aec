"""Parts of a page whose secrets are masked until this reader has them revealed."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TypeVar
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from reviews import secrets, veils
from reviews.views.editing import FileField
from reviews.views.place import Place

Drawn = TypeVar("Drawn")


@dataclass(frozen=True)
class Masks:
    """What is masked in one place; nothing where ``count`` is 0."""

    name: str = ""
    count: int = 0
    kinds: tuple[str, ...] = ()
    is_shown: bool = False
    may_reveal: bool = False
    url: str = ""

    @property
    def hides(self) -> bool:
        return bool(self.count) and not self.is_shown

    @property
    def sentence(self) -> str:
        facts = {"n": self.count, "kinds": ", ".join(secrets.label(kind) for kind in self.kinds)}
        if self.is_shown:
            said = ngettext(
                "%(n)d secret is shown to you here: %(kinds)s.",
                "%(n)d secrets are shown to you here: %(kinds)s.",
                self.count,
            )
        else:
            said = ngettext(
                "%(n)d secret is masked here: %(kinds)s.",
                "%(n)d secrets are masked here: %(kinds)s.",
                self.count,
            )
        return said % facts

    @property
    def why_not(self) -> str:
        """For who may not reveal."""
        return "" if self.may_reveal else _("Reviewers can have them revealed.")


def drawn(place: Place, name: str, draw: Callable[[], Drawn]) -> tuple[Drawn, Masks]:
    """What ``draw`` makes of the part ``name`` (of ``reviews.reveals``), and its masks."""
    with veils.reading(is_shown=False) as met:
        made = draw()
    if not met:
        return made, Masks()
    is_shown = name in place.revealed
    if is_shown:
        with veils.reading(is_shown=True):
            made = draw()
    return made, _masks(place, name, met, is_shown)


def of_file_field(place: Place, field: FileField) -> FileField:
    """A text file of the edit form; not editable while it has masked secrets."""
    with veils.reading(is_shown=False) as met:
        veils.veil(field.value)
    if not met:
        return field
    name = f"files:{field.key + 1}"
    masks = _masks(place, name, met, name in place.revealed)
    return replace(field, value="" if masks.hides else field.value, masks=masks)


def _masks(place: Place, name: str, met: veils.Reading, is_shown: bool) -> Masks:
    query = {"place": name, "round": place.revision.number, **place.asked}
    return Masks(
        name=name,
        count=len(met),
        kinds=tuple(met.kinds),
        is_shown=is_shown,
        may_reveal=place.may_reveal,
        url=f"{reverse('reveal', args=[place.handoff.number])}?{urlencode(query)}",
    )
