"""Files: HTML, SVG, polyglots, Markdown, tables, JSON, what is huge or deep."""

import json
import struct
import zlib

from tests.security.corpus import ELSEWHERE, ONERROR, SCRIPT, SING, Item, Sign, Way


def _files(
    family: str, suffix: str, media_type: str, naive: Way, given: dict[str, tuple[str, Sign]]
) -> list[Item]:
    return [
        Item(family, name, text, fires, naive, f"{name}{suffix}", media_type=media_type)
        for name, (text, fires) in given.items()
    ]


HTML = _files(
    "html", ".html", "text/html", "file",
    {
        "script": (f"<!doctype html><p>hello{SCRIPT}", "sang"),
        "onerror": (f"<!doctype html>{ONERROR}", "sang"),
        "frame": (f'<iframe src="javascript:parent.{SING}"></iframe>', "sang"),
        "toggle": (f'<details ontoggle="{SING}" open><summary>x</summary>y</details>', "sang"),
        "refresh": (f'<meta http-equiv="refresh" content="0;url={ELSEWHERE}/m">', "asked"),
        "base": (f'<base href="{ELSEWHERE}/"><img src="base.png">', "asked"),
        "object": (f'<object data="{ELSEWHERE}/o"></object><embed src="{ELSEWHERE}/e">', "asked"),
        "autofocus": (f'<input autofocus onfocus="{SING}">', "sang"),
    },
)  # fmt: skip

_NS = 'xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink"'
SVG = _files(
    "svg", ".svg", "image/svg+xml", "file",
    {
        "onload": (f'<svg {_NS} onload="{SING}"></svg>', "sang"),
        "svg-script": (f"<svg {_NS}><script>{SING}</script></svg>", "sang"),
        "foreign": (
            f'<svg {_NS}><foreignObject><body xmlns="http://www.w3.org/1999/xhtml">'
            f'<img src="x" onerror="{SING}"/></body></foreignObject></svg>',
            "sang",
        ),
        "external": (f'<svg {_NS}><image href="{ELSEWHERE}/i.png"/></svg>', "asked"),
        "style": (f"<svg {_NS}><style>@import url({ELSEWHERE}/s.css);</style></svg>", "asked"),
        "begin": (
            f'<svg {_NS}><animate attributeName="x" dur="1s" onbegin="{SING}"/></svg>', "sang",
        ),
    },
)  # fmt: skip


def _png(comment: bytes) -> bytes:
    """A picture of one pixel with a text chunk."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return (
            struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        )

    head = struct.pack(">IIBBBBB", 1, 1, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        [
            chunk(b"IHDR", head),
            chunk(b"tEXt", b"Comment\0" + comment),
            chunk(b"IDAT", zlib.compress(b"\0\0")),
            chunk(b"IEND", b""),
        ]
    )


_GIF = (
    b"GIF89a/*\x01\x00\x80\x00\x00\x00\x00\x00\xff\xff\xff!\xf9\x04\x00\x00\x00\x00\x00,"
    b"\x00\x00\x00\x00\x01\x00\x01\x00\x00\x02\x02D\x01\x00;*/=1;" + SING.encode()
)
_HTML = f"<html>{SCRIPT}</html>"


def _polyglot(name: str, path: str, raw: bytes, naive: Way, media_type: str = "") -> Item:
    return Item("polyglot", name, f"{name} {SCRIPT}", "sang", naive, path, raw, media_type)


POLYGLOTS = [
    _polyglot("gif-script", "a.gif", _GIF, "script", "text/javascript"),
    _polyglot("gif-named-js", "b.js", _GIF, "script", "text/javascript"),
    _polyglot("png-html", "c.png", _png(_HTML.encode()), "file", "text/html"),
    _polyglot("pdf-html", "d.pdf", b"%PDF-1.4\n" + _HTML.encode(), "file", "text/html"),
    _polyglot("html-posing-as-text", "e.txt", _HTML.encode(), "file", "text/html"),
    _polyglot(
        "svg-posing-as-png", "f.png",
        f'<svg {_NS} onload="{SING}"/>'.encode(), "file", "image/svg+xml",
    ),
    _polyglot("utf16-html", "g.html", _HTML.encode("utf-16"), "file", "text/html; charset=utf-16"),
    _polyglot("zip-html", "h.zip", b"PK\x03\x04" + _HTML.encode(), "file", "text/html"),
]  # fmt: skip

MARKDOWN = _files(
    "markdown", ".md", "text/markdown", "markdown",
    {
        "raw-html": (f"# Title\n\n{ONERROR} *and*", "sang"),
        "script-link": (f"[click me](javascript:void({SING}))", "sang"),
        "picture": (f"![pixel]({ELSEWHERE}/x.png)", "asked"),
        "reference": (f"[ref]\n\n[ref]: javascript:void({SING})", "sang"),
        "auto-link": (f"<javascript:void({SING})>", "sang"),
        "poses": ("[https://bank.example/login](https://evil.example/canary)", "poses"),
        "form": ('<form action="/canary"><button>Approve</button></form>', "control"),
        # headings whose names are ids of the desk's, or what scripts find by a name
        "clobbers": (
            "# decide\n\n# main\n\n## md-main\n\n## MAIN\n\n# note\n\n# evidence\n\n# claim\n\n"
            "# __proto__\n\n# file-1-L1\n\n# canary\n\n[x](#decide) [y](#canary) [z](#nowhere)",
            "twice",
        ),
    },
)  # fmt: skip

CSV = _files(
    "csv", ".csv", "text/csv", "csv",
    {
        "hyperlink": (f'=HYPERLINK("{ELSEWHERE}/h";"x"){ONERROR},b\n1,2\n', "sang"),
        "plus": (f"+1+1{ONERROR},b\n1,2\n", "sang"),
        "minus": (f"-2+3+cmd|' /C calc'!A0{ONERROR},b\n1,2\n", "sang"),
        "at": (f"@SUM(1){SCRIPT},b\n1,{ONERROR}\n", "sang"),
        "header": (f"{ONERROR.replace(chr(34), chr(39))},b\n1,2\n", "live"),
        "tab": (f'"\t=1+1",{ONERROR}\n1,2\n', "sang"),
    },
)  # fmt: skip

JSON = _files(
    "json", ".json", "application/json", "text",
    {
        "closes-a-script": (json.dumps({"a": "</script>" + SCRIPT}), "sang"),
        "key": (json.dumps({"<img src=x onerror=" + SING + ">": 1}), "sang"),
        "value": (json.dumps([{"b": "<svg onload=" + SING + ">"}]), "sang"),
        "proto": (json.dumps({"__proto__": {"innerHTML": SCRIPT}}), "sang"),
        "messages": (
            json.dumps([{"role": "u<img src=x onerror=" + SING + ">", "content": SCRIPT}]),
            "sang",
        ),
        "notebook": (
            json.dumps({"cells": [{"outputs": [{"data": {"text/html": [SCRIPT]}}]}]}), "sang",
        ),
    },
)  # fmt: skip

_WIDE = '<pre style="width:90000px">'
HUGE = [
    Item("huge", "long-line", f"{_WIDE}{'canary' * 2_000}</pre>", "escape", path="long.txt"),
    Item("huge", "deep-json", _WIDE + "[" * 200 + "1" + "]" * 200, "escape", path="deep.json"),
    Item("huge", "deep-quote", _WIDE + "\n\n" + ">" * 300 + " deep", "escape", path="deep.md"),
    Item("huge", "columns", _WIDE + ",".join("abc" for _ in range(3_000)), "escape", path="a.csv"),
    Item("huge", "lines", _WIDE + "x\n" * 6_000, "escape", path="many.py"),
    Item("huge", "emoji", _WIDE + "👩‍👩‍👧‍👦" * 300, "escape", path="emoji.log"),
]  # fmt: skip

ITEMS = [*HTML, *SVG, *POLYGLOTS, *MARKDOWN, *CSV, *JSON, *HUGE]
