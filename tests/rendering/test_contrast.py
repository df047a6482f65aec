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


ON_PAPER = ("canvas", "surface", "sunken", "accent-soft")
INKS = {
    **dict.fromkeys(("text", "muted"), ON_PAPER),
    "faint": ("canvas", "surface"),
    "accent": ("canvas", "surface", "accent-soft"),
    **{ink: ("canvas", "surface", f"{ink}-soft") for ink in ("approve", "reject", "warn", "info")},
}


def together() -> set[Pair]:
    """(ink, ground) of every rule of a sheet that sets both, on top of those that inherit."""
    found = {(ink, ground) for ink, grounds in INKS.items() for ground in grounds}
    for sheet in CSS.glob("*.css"):
        for rule in re.findall(r"{([^{}]*)}", sheet.read_text()):
            ink = re.search(r"(?<![-\w])color: var\(--([\w-]+)\)", rule)
            ground = re.search(r"background(?:-color)?: var\(--([\w-]+)\)", rule)
            if ink and ground:
                found.add((ink[1], ground[1]))
    return found


@pytest.mark.parametrize("theme", [0, 1], ids=["light", "dark"])
def test_every_pair_of_tokens_in_use_is_readable(theme: int) -> None:
    colours = tokens("tokens.css")
    pairs = {pair for pair in together() if set(pair) <= colours.keys()}
    assert {("on-accent", "accent"), ("on-solid", "approve"), ("surface", "text")} <= pairs
    disabled = {("faint", "sunken")}  # of what cannot be pressed, WCAG excepts it
    weak = {
        pair: round(contrast(colours[pair[0]][theme], colours[pair[1]][theme]), 2)
        for pair in pairs - disabled
        if contrast(colours[pair[0]][theme], colours[pair[1]][theme]) < 4.5
    }
    assert weak == {}


@pytest.mark.parametrize("theme", [0, 1], ids=["light", "dark"])
@pytest.mark.parametrize("ground", ["canvas", "surface", "sunken"])
@pytest.mark.parametrize("edge", ["line-strong", "accent", "approve", "reject"])
def test_the_edges_of_controls_and_the_ring_are_seen(theme: int, edge: str, ground: str) -> None:
    colours = tokens("tokens.css")
    assert contrast(colours[edge][theme], colours[ground][theme]) >= 3


def test_the_sheet_colours_every_class_that_is_drawn() -> None:
    from_python = (CSS.parents[1] / "reviews" / "rendering").glob("*.py")
    drawn = set(re.findall(r'"((?:sy|js|an)-\w+)"', "".join(p.read_text() for p in from_python)))
    styled = set(re.findall(r"\.((?:sy|js|an)-\w+)", (CSS / "code.css").read_text()))
    assert drawn and drawn <= styled
    assert {f"an-{colour}" for colour in range(16)} <= styled
