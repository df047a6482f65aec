"""Texts: names, titles, terminal escapes, hidden characters, htmx, links, style, look-alikes."""

from tests.security.corpus import ELSEWHERE, ONERROR, SCRIPT, SING, Item, Sign, Way

RLO, LRI, PDI, ZWSP, ESC = "\u202e", "\u2066", "\u2069", "\u200b", "\x1b"


def _texts(family: str, naive: Way, given: dict[str, tuple[str, Sign]]) -> list[Item]:
    return [Item(family, name, text, fires, naive) for name, (text, fires) in given.items()]


def _named(name: str, path: str, fires: Sign = "sang", naive: Way = "text") -> Item:
    return Item("names", name, path, fires, naive, path, b"harmless\n")


NAMES = [
    _named("markup", f"src/<img src=x onerror={SING}>.py"),
    _named("quotes", f"a\"'><img src=x onerror={SING}>.md"),
    _named("attribute", 'x" hx-get="/canary" hx-trigger="load" id="main.txt', "live", "attribute"),
    _named("reversed", f"invoice{RLO}fdp.exe", "hidden"),
    _named("folder", f"<svg onload={SING}>/index.html"),
    _named("blank", f"a{ZWSP}/b\u00a0c\u3164.txt", "hidden"),
]  # fmt: skip

TITLES = _texts(
    "titles", "text",
    {
        "script": (f"Deploy {SCRIPT}", "sang"),
        "closes-title": (f"</title><script>{SING}</script>", "sang"),
        "closes-textarea": (f"</textarea><img src=x onerror={SING}>", "sang"),
        "attribute": (f"\"><img src=x onerror={SING}><a title=\"", "sang"),
        "comment": (f"<!-- --><svg onload={SING}>", "sang"),
        "template": ("{{ request.user }}{% debug %}<b id=main hx-get=/canary>", "live"),
    },
)  # fmt: skip

ANSI = _texts(
    "ansi", "ansi",
    {
        "colour": (f"{ESC}[31m{ONERROR}{ESC}[0m", "sang"),
        "link": (f"{ESC}]8;;javascript:void({SING}){ESC}\\click{ESC}]8;;{ESC}\\", "sang"),
        "conceal": (f"{ESC}[8mcanary{ESC}[0m rm -rf", "hidden"),
        "cursor": (f"all good{ESC}[2K{ESC}[1Grm -rf /canary", "hidden"),
        "title": (f"{ESC}]0;canary{SCRIPT}\x07done", "sang"),
        "torn": (f"{ESC}[38;2;1{ONERROR}", "sang"),
        "return": ("rm -rf /canary\rall good\b\b\b", "hidden"),
    },
)  # fmt: skip

BIDI = _texts(
    "hidden", "text",
    {
        "override": (f"Pay {RLO}001{PDI} EUR", "hidden"),
        "trojan": (f"if admin: {LRI}# {PDI}{LRI}return{PDI}", "hidden"),
        "zero-width": (f"ad{ZWSP}min\u200d\u2060\ufeff", "hidden"),
        "tags": ("hello" + "".join(chr(0xE0000 + ord(c)) for c in "approve"), "hidden"),
        "selectors": ("ok\ufe01\ufe02\U000e0101\U000e0102", "hidden"),
        "filler": ("admin\u3164\u115f\u00ad", "hidden"),
        "separators": ("one\u2028two\u2029three\u0085four", "hidden"),
    },
)  # fmt: skip

HTMX = _texts(
    "htmx", "text",
    {
        "get": ('<div hx-get="/canary" hx-trigger="load">x</div>', "live"),
        "out-of-band": ('<div id="main" hx-swap-oob="true">swapped</div>', "twice"),
        "partial": ('<hx-partial hx-target="#main" hx-get="/canary">p</hx-partial>', "live"),
        "form": ('<form id="decide" hx-post="/canary" hx-trigger="load"></form>', "live"),
        "button": ('<button form="decide" formaction="/canary">OK</button>', "control"),
        "data-prefix": ('<p data-hx-get="/canary" data-hx-trigger="load">x</p>', "live"),
        "on": (f'<p hx-on:load="{SING}" data-key="a">x</p>', "live"),
        "behaviour": ('<a href="/canary" data-key="a" data-confirm="x">x</a>', "live"),
    },
)  # fmt: skip

LINKS = _texts(
    "links", "link",
    {
        "script": (f"javascript:void({SING})", "sang"),
        "mixed-case": (f"jAvAsCrIpT:void({SING})", "sang"),
        "newline": (f"java\nscript:void({SING})", "sang"),
        "blank-before": (f"\x01 javascript:void({SING})", "sang"),
        "data": (f"data:text/html,{SCRIPT}", "live"),
        "no-scheme": ("//canary.invalid/x", "poses"),
        "user": ("https://bank.example@canary.invalid/", "poses"),
        "backslash": ("https:\\\\canary.invalid\\x", "poses"),
        "view-source": ("view-source:http://127.0.0.1/canary", "live"),
    },
)  # fmt: skip

STYLE = _texts(
    "style", "text",
    {
        "sheet": (f"<style>@import url({ELSEWHERE}/s.css);</style>", "asked"),
        "link": (f"<link rel=stylesheet href={ELSEWHERE}/l.css>", "asked"),
        "background": (f'<p style="background:url({ELSEWHERE}/b.png)">x</p>', "asked"),
        "overlay": (
            '<div style="position:fixed;inset:0;z-index:9999;background:#fff">canary</div>',
            "escape",
        ),
        "button": ('<button type="submit" class="btn approve">Approve</button>', "control"),
        "input": ('<label>Password <input type="password" name="canary"></label>', "control"),
        "dialog": ('<dialog open class="dialog"><form method="post"></form></dialog>', "control"),
        "pull-up": ('<p style="margin-top:-900px;font-size:90px">Approved</p>', "escape"),
    },
)  # fmt: skip

LOOK_ALIKES = [
    *_texts(
        "look-alikes", "link",
        {
            "cyrillic": ("https://\u0440aypal.example/", "poses"),
            "full-width": ("https://ｇｉｔｈｕｂ.example/", "poses"),
            "mixed": ("https://g\u043e\u043egle.example/", "poses"),
            "dots": ("https://bank\u3002example/", "poses"),
        },
    ),
    *_texts(
        "look-alikes", "text",
        {
            "accents": ("Z" + "\u0335\u0321\u031b\u0322\u0327\u0328" * 20 + "algo", "hidden"),
            "braille-blank": ("approve\u2800\u2800\u2800all", "hidden"),
            "no-break": ("rm\u00a0-rf\u202f/", "hidden"),
        },
    ),
]  # fmt: skip

ITEMS = [*NAMES, *TITLES, *ANSI, *BIDI, *HTMX, *LINKS, *STYLE, *LOOK_ALIKES]
