"""Whatever an agent writes: no viewer raises, and none emits markup that it did not make."""

import re
from collections.abc import Iterable

from hypothesis import given, settings
from hypothesis import strategies as st

from reviews.rendering import code, diff, json_view, kinds, log, markdown, patches, table, text

PIECES = st.sampled_from([
    "<script>", "</script>", "<img src=x onerror=alert(1)>", "<div hx-get=/x id=a>",
    "hx-post='/x'", "</span>", "<span class=\"inv\">", "</mark>", "&lt;", "&#x3c;script&#62;",
    "&amp;lt;", "\"", "'", "javascript:alert(1)", "](", "[", "![", "](data:text/html,<script>)",
    "`", "```\n", "**", "_", "<https://x.example/\"onclick=>", "https://", "|", "|-|\n", "> ",
    "- ", "# ", "\n", "\r", "\r\n", "\t", " ", "\0", "\x1b[31m", "\x1b[", "\x1b]8;;", "\x07",
    "\u202e", "\u200b", "\ufeff", "\ue00d", "\ud800", "\udcff", "é", "日本", "😀", "\U000e0041",
    "=1+1", ",", ";", "diff --git a/x b/x\n", "--- a/x\n", "+++ b/../x\n", "@@ -1,2 +1 @@\n", "+",
    "-", "\\ No newline\n", "def f():", "'''", "/*", "<?php", "{{", "{%", "<!--", "-->", "]]>",
])  # fmt: skip
HOSTILE = st.lists(PIECES | st.text(max_size=3), max_size=30).map("".join)
NAMES = st.sampled_from(
    ["a.py", "a.html", "a.js", "a.md", "a.diff", "a.csv", "a.tsv", "x", "a.php"]
)

# Everything the viewers may emit besides escaped text.
_OWN = re.compile(
    r'</?(?:p|pre|code|em|strong|s|ul|ol|li|blockquote|table|thead|tbody|tr|th|td|mark|span|details|summary|small)>'
    r'|<(?:br|hr)>|<span class="(?:sy|an|js)-[\w -]+">|<span class="inv" title="[^"<>]*">'
    r'|<ol start="\d+">|</a>'
    r'|<a href="(?:https?://|mailto:)[^"<>]*" rel="noopener noreferrer nofollow">'
)  # fmt: skip


def has_only_own_markup(html: str) -> bool:
    rest = _OWN.sub("", html)
    return "<" not in rest and ">" not in rest and '"' not in rest


def is_balanced(html: str) -> bool:
    open_tags: list[str] = []
    for slash, name in re.findall(r"<(/?)([a-z]+)", html):
        if name in {"br", "hr"}:
            continue
        if not slash:
            open_tags.append(name)
        elif not open_tags or open_tags.pop() != name:
            return False
    return not open_tags


def check(pieces: Iterable[str]) -> None:
    for html in pieces:
        assert has_only_own_markup(html), html
        assert is_balanced(html), html
        html.encode()


def encoded(words: str) -> bytes:
    return words.encode("utf-8", "surrogatepass")


@given(HOSTILE)
def test_text_and_json_emit_only_their_own_markup(words: str) -> None:
    check([text.visible(words), text.visible(words, multiline=True)])
    check([json_view.pretty({words: [words, {"k": words}]})])


@settings(deadline=2_000)
@given(HOSTILE, st.booleans())
def test_markdown_emits_only_its_own_markup(words: str, headings: bool) -> None:
    html = markdown.render(words, headings=headings)
    check([re.sub(r"</?h[3-6]>", "", html) if headings else html])


@settings(deadline=2_000)
@given(HOSTILE, NAMES)
def test_code_logs_and_tables_emit_only_their_own_markup(words: str, name: str) -> None:
    data = encoded(words)
    check(code.highlight(data, name).lines)
    check(line.html for line in log.render(data).lines)
    view = table.read(data, path=name)
    check(cell for row in [view.header, *view.rows] for cell in row)


@settings(deadline=2_000)
@given(HOSTILE, HOSTILE, NAMES)
def test_diffs_and_patches_emit_only_their_own_markup(old: str, new: str, name: str) -> None:
    views = [diff.unified(encoded(old), encoded(new), path=name).hunks]
    views += [found.hunks for found in patches.parse_patch(new + old)]
    for hunks in views:
        for hunk in hunks:
            check([hunk.header, *(row.html for row in hunk.rows)])
            diff.pairs(hunk)


@given(st.binary(max_size=200), NAMES)
def test_no_bytes_raise(data: bytes, name: str) -> None:
    code.highlight(data, name, limit_bytes=50, limit_lines=3)
    log.render(data, tail_bytes=50, tail_lines=3)
    table.read(data, path=name, rows=2)
    diff.unified(data, data[::-1], path=name)
    diff.unified(data[:100], data, context=0)
    kinds.choose(name, data[:9].decode("latin-1"), data, len(data))
