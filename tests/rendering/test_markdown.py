"""Agents' Markdown: structure stays, everything that loads, runs, hides or poses does not."""

import re
import time

import pytest

from reviews.rendering import markdown
from reviews.rendering.markdown import LIMIT_CHARACTERS, host_of, render


def test_words_lists_code_and_tables_are_kept() -> None:
    drawn = render("**Now**: `x<1`\n\n- a\n- b\n\n|k|v|\n|-|-|\n|1|2|\n\n```py\nx = 1\n```")
    for part in ("<strong>Now</strong>", "<code>x&lt;1</code>", "<li>a</li>", "<td>2</td>"):
        assert part in drawn
    assert "<pre><code>x = 1\n</code></pre>" in drawn


@pytest.mark.parametrize("hostile", [
    "<script>alert(1)</script>",
    "<div hx-get='/logout' hx-trigger='load'>x</div>",
    "<a href=x onclick=alert(1)>x</a>",
    "<p id=decide class=approve style='position:fixed'>x</p>",
    "<img src=x onerror=alert(1)>",
    "<svg><script>alert(1)</script></svg>",
    "<iframe src='data:text/html,x'></iframe>",
    "<!-- --><form action=/h/HO-1/approve><button>Approve</button></form>",
])  # fmt: skip
def test_html_is_shown_as_text(hostile: str) -> None:
    drawn = render(hostile)
    assert set(re.findall(r"<([a-z0-9]+)", drawn)) <= {"p", "pre"}
    assert "&lt;" in drawn


@pytest.mark.parametrize("target", [
    "javascript:alert(1)", "JaVaScRiPt:alert(1)", "data:text/html,<script>", "vbscript:x",
    "file:///etc/passwd", "//evil.example/x", "src/app.py", "#decide", "/logout",
    "java&#10;script:alert(1)", "https:evil.example", "http://[::1",
])  # fmt: skip
def test_a_target_that_may_not_be_a_link_is_text_that_shows_it(target: str) -> None:
    drawn = render(f"[click]({target})")
    assert "<a" not in drawn
    assert "click" in drawn and "not a link" in drawn


def test_a_link_says_its_host_and_gives_nothing_away() -> None:
    assert render("[the docs](https://docs.example/x)") == (
        '<p><a href="https://docs.example/x" rel="noopener noreferrer nofollow">the docs</a>'
        " (docs.example)</p>\n"
    )


@pytest.mark.parametrize(("target", "host"), [
    ("https://bank.example@evil.example/", "evil.example"),
    ("https://evil.example\\@bank.example/", ""),
    ("https://bank.example:8443/", "bank.example:8443"),
    ("mailto:owner@acme.example", "mailto: owner@acme.example"),
    ("https://[", ""),
    ("https://x:99999999/", ""),
])  # fmt: skip
def test_the_host_is_what_a_browser_would_open(target: str, host: str) -> None:
    assert host_of(target) == host


def test_a_look_alike_host_is_shown_in_ascii() -> None:
    assert "(xn--pple-43d.com)" in render("[apple.com](https://аpple.com)")


def test_images_become_their_words() -> None:
    drawn = render("![build status](https://tracker.example/p.png?u=1) ![](x)")
    assert "<img" not in drawn and "tracker" not in drawn
    assert "build status [image not loaded]" in drawn


def test_headings_cannot_pass_for_sections_of_the_page() -> None:
    assert render("# What will happen if you approve").startswith("<p><strong>What")
    assert '<h3 id="md-title">Title</h3>' in render("# Title", headings=True)


def test_invisible_characters_are_marked_also_when_written_as_entities() -> None:
    for text in ("a\u202eb", "a&#x202e;b", "`a\u202eb`", "    a\u202eb"):
        assert "⟦RLO⟧" in render(text)
    assert "⟦NBSP⟧" in render("a&nbsp;b")


def test_an_invisible_character_in_a_link_is_encoded_in_its_target() -> None:
    drawn = render("[a](https://x.example/\u202e)")
    assert 'href="https://x.example/%E2%80%AE"' in drawn


def test_a_quote_in_a_target_cannot_leave_the_attribute() -> None:
    drawn = render("[a](<https://x.example/\"onmouseover='alert(1)'>)")
    assert re.findall(r"\son\w+=", re.sub(r'"[^"]*"', "", drawn)) == []


def test_a_long_text_is_cut_and_says_so() -> None:
    drawn = render("word " * LIMIT_CHARACTERS)
    assert "400000 more characters" in drawn
    assert len(drawn) < 2 * LIMIT_CHARACTERS


N = LIMIT_CHARACTERS


@pytest.mark.parametrize("bomb", [
    "[" * N, "![" * (N // 2), "*a **a " * (N // 7), "> " * (N // 2), "> " * 30 + "a\n" * 1000,
    "`" * N, "``` " * (N // 4), "".join("`" * (i % 200) + "a" for i in range(N // 100)),
    "- " * (N // 2), ("- " * 20 + "a\n") * (N // 42), "[a](b" * (N // 5), "*_" * (N // 2),
    "[a][b" * (N // 5), "*[a" * (N // 3), "|a" * (N // 4) + "\n" + "|-" * (N // 4),
    "a|a\n-|-\n" + "x|y\n" * (N // 4), "<!--" * (N // 4), "&a;" * (N // 3), "\\" * N,
    "".join(" " * (i % 300) + "- a\n" for i in range(N // 150)), "[a]: b\n" * (N // 8),
    "a\n" * (N // 2), "~~a" * (N // 3), "\0" * N, "1. " * (N // 3),
], ids=range(25))  # fmt: skip
def test_markdown_built_to_be_slow_is_not(bomb: str) -> None:
    start = time.process_time()
    drawn = render(bomb)
    assert time.process_time() - start < 4.5
    assert len(drawn) < 60 * N


def test_text_with_too_many_marks_is_shown_as_it_is_written() -> None:
    drawn = render("[<b>" * (markdown.LIMIT_DELIMITERS + 1))
    assert drawn.startswith("<pre>[&lt;b&gt;")


def test_task_lists_have_boxes_that_are_no_controls() -> None:
    html = render("- [x] done\n- [ ] open\n- [y] other\n\n[ ] no list")
    assert "☑ done" in html and "☐ open" in html and "[y] other" in html and "[ ] no list" in html
    assert "<input" not in html


def test_headings_of_a_files_own_page_have_names_that_only_they_have() -> None:
    drawn = render("# Main\n\n## Main\n\n### `x` & **y**!\n\n# —\n\n# decide", headings=True)
    assert re.findall(r'<h\d id="([^"]*)">', drawn) == [
        "md-main",
        "md-main-1",
        "md-x-y",
        "md-decide",
    ]
    assert "<h3>—</h3>" in drawn
    assert "id=" not in render("# Main")


def test_a_link_within_the_document_leads_to_its_heading_and_to_nothing_else() -> None:
    text = "[a](#the-end) [b](#The%2DEnd) [c](#decide) [d](#md-the-end) [e](#)\n\n# The end"
    drawn = render(text, headings=True)
    assert re.findall(r'href="([^"]*)"', drawn) == ["#md-the-end", "#md-the-end"]
    assert drawn.count("not a link") == 3
    assert "<a" not in render(text)


@pytest.mark.parametrize("words", [
    '" onclick="x', "<img src=x>", "a\u202eb\u200bc", "__proto__", "constructor", "x" * 500, "日本",
    "a b\tc", "&quot;&#34; x", "md-md-", "-- --",
])  # fmt: skip
def test_whatever_a_heading_says_its_name_is_plain(words: str) -> None:
    drawn = render(f"# {words}\n\n# {words}", headings=True)
    names = re.findall(r' id="([^"]*)"', drawn)
    assert len(set(names)) == len(names)
    assert all(re.fullmatch(r"md-[\w-]{1,82}", name) for name in names), names
    assert not re.search(r"<h3[^>]* (?!id=)\w+=", drawn)
