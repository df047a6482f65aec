"""Every colour of code, JSON and logs is readable on every ground that it can stand on."""

import re
from pathlib import Path

import pytest

CSS = Path(__file__).parents[2] / "static" / "css"
GROUNDS = (
    "canvas", "surface", "sunken", "add", "del", "accent-soft", "reject-soft", "warn-soft",
)  # fmt: skip
Pair = tuple[str, str]


def tokens(name: str) -> dict[str, Pair]:
    """{variable: (light, dark)} of a sheet."""
    text = (CSS / name).read_text()
    found = re.findall(r"--([\w-]+):\s*light-dark\((#\w+),\s*(#\w+)\)", text)
    return {variable: (light, dark) for variable, light, dark in found}


def luminance(colour: str) -> float:
    """Relative luminance as WCAG 2.2 defines it."""
    digits = colour.removeprefix("#")
    digits = "".join(digit * 2 for digit in digits) if len(digits) == 3 else digits
    parts = [int(digits[at : at + 2], 16) / 255 for at in (0, 2, 4)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("theme", [0, 1], ids=["light", "dark"])
def test_every_code_colour_is_readable_on_every_ground(theme: int) -> None:
    inks = {**tokens("code.css"), "text": tokens("tokens.css")["text"]}
    grounds = tokens("tokens.css")
    assert len(inks) > 14
    weak = {
        (ink, ground): round(contrast(pair[theme], grounds[ground][theme]), 2)
        for ink, pair in inks.items()
        for ground in GROUNDS
        if contrast(pair[theme], grounds[ground][theme]) < 4.5
    }
    assert weak == {}


@pytest.mark.parametrize("theme", [0, 1], ids=["light", "dark"])
@pytest.mark.parametrize(("ink", "ground"), [
    ("text", "add-word"), ("text", "del-word"), ("warn", "warn-soft"),
])  # fmt: skip
def test_changed_words_and_marks_are_readable(theme: int, ink: str, ground: str) -> None:
    found = tokens("tokens.css")
    assert contrast(found[ink][theme], found[ground][theme]) >= 4.5


def test_the_sheet_colours_every_class_that_is_drawn() -> None:
    from_python = (CSS.parents[1] / "reviews" / "rendering").glob("*.py")
    drawn = set(re.findall(r'"((?:sy|js|an)-\w+)"', "".join(p.read_text() for p in from_python)))
    styled = set(re.findall(r"\.((?:sy|js|an)-\w+)", (CSS / "code.css").read_text()))
    assert drawn and drawn <= styled
    assert {f"an-{colour}" for colour in range(16)} <= styled
