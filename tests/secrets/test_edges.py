"""A secret on the edge of what is shown is one, however little of it lies on this side."""

import io
import json
from collections.abc import Callable

import pytest

from reviews import veils
from reviews.rendering import (
    code,
    diff,
    json_lines,
    log,
    markdown,
    messages,
    patches,
    steps,
    table,
    windows,
)  # fmt: skip
from reviews.searching import texts
from reviews.views import words_said
from tests.cast import Cast
from tests.secrets.corpus import KEY, run

TOKEN = "ghp_" + run(36, seed=11)
PIECES = [TOKEN[at : at + 10] for at in range(len(TOKEN) - 9)]


def leaks(shown: str) -> bool:
    return any(piece in shown for piece in PIECES)


def across(limit: int, part: int) -> bytes:
    """Lines of which the byte ``limit`` parts a token after ``part`` of its characters."""
    lead = limit - part - len("key: ")
    return b"x" * (lead % 64) + (b"y" * 63 + b"\n") * (lead // 64) + f"key: {TOKEN}\nend\n".encode()


def first_of_code(data: bytes) -> str:
    return "".join(code.highlight(data, "a.txt", limit_bytes=4096).lines)


def tail_of_log(data: bytes) -> str:
    return "".join(line.html for line in log.render(data, tail_bytes=len(data) - 4096).lines)


def page_of_log(data: bytes, *, ends: bool) -> str:
    file = io.BytesIO(data.replace(b"\n", b" "))  # one line, longer than a window
    find = windows.ending_at if ends else windows.beginning_at
    window = find(file, len(data), 4096, limit_bytes=2048)
    written = log.lines_of(window.data, before=window.before, after=window.after)
    return "".join(line.html for line in log.draw(written, 1))


def page_from(data: bytes) -> str:
    file = io.BytesIO(data.replace(b"\n", b" "))
    window = windows.beginning_at(file, len(data), 4096)
    return "".join(log.lines_of(window.data, before=window.before, after=window.after))


def line_of_json(data: bytes) -> str:
    one = data.replace(b"\n", b" ")
    lines = json_lines.draw(one[4096:], 1, before=one[:4096])
    lines += json_lines.draw(one[:4096], 1, after=one[4096:])
    return "".join(line.html for line in lines)


def shown_markdown(data: bytes) -> str:
    return markdown.render(data.decode())


def cut_step(data: bytes) -> str:
    return steps.cut(data.decode())


@pytest.mark.parametrize("part", [1, 12, 39])
@pytest.mark.parametrize(
    "show",
    [
        first_of_code, tail_of_log, lambda data: page_of_log(data, ends=True),
        lambda data: page_of_log(data, ends=False), page_from, line_of_json, shown_markdown,
        cut_step,
    ],
    ids=["code", "tail", "page before", "page", "page after", "json lines", "markdown", "step"],
)  # fmt: skip
def test_no_part_of_a_token_on_the_edge_is_shown(
    monkeypatch: pytest.MonkeyPatch, show: Callable[[bytes], str], part: int
) -> None:
    monkeypatch.setattr(markdown, "LIMIT_CHARACTERS", 4096)
    monkeypatch.setattr(steps, "LIMIT_TEXT", 4096)
    data = across(4096, part)
    assert data[4096 - part : 4096 - part + 40] == TOKEN.encode()
    assert not leaks(show(data))


def test_a_patch_and_a_conversation_are_cut_without_a_half_token(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    patch = f"--- a/a\n+++ b/a\n@@ -0,0 +1,2 @@\n+key\n+{TOKEN}\n"
    monkeypatch.setattr(patches, "LIMIT_CHARACTERS", patch.index(TOKEN) + 12)
    (file,) = patches.parse_patch(patch)
    assert len(file.hunks[0].rows) == 2
    assert not leaks("".join(row.html for row in file.hunks[0].rows))

    said = json.dumps([{"role": "user", "content": f"use {TOKEN}"}]).encode()
    monkeypatch.setattr(messages, "LIMIT_BYTES", said.index(TOKEN.encode()) + 12)
    assert not leaks(repr(messages.load(said, "m.json")))


def test_folded_lines_at_the_limit_of_a_diff_are_whole_or_masked(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    data = across(4096, 12)
    monkeypatch.setattr(diff, "LIMIT_BYTES", 4096)
    rows = diff.context_rows(data, "a.txt", 0, 1_000, shift=0)
    assert not leaks("".join(row.html for row in rows)) and '"mask"' in rows[-1].html


def test_a_table_in_utf_16_is_cut_without_a_half_token(monkeypatch: pytest.MonkeyPatch) -> None:
    text = f"name,note\na,b\nc,{TOKEN}\n"
    data = b"\xff\xfe" + text.encode("utf-16-le")
    monkeypatch.setattr(table, "READ_BYTES", 2 + 2 * (text.index(TOKEN) + 14))
    assert not leaks(repr(table.read(data)))


def test_what_the_page_reads_of_a_giant_ends_before_a_token_that_it_would_cut() -> None:
    data = across(50_000, 12) + b"z" * veils.AROUND
    assert veils.uncut(data, 50_000) == data[: 50_000 - 12]
    assert veils.uncut(data, 49_000) == data[:49_000]


def test_lines_of_a_private_key_that_began_on_the_page_before_are_masked() -> None:
    lines = [f"line {n}" for n in range(100)]
    data = "\n".join([*lines, KEY, *lines]).encode()
    file = io.BytesIO(data)
    at = data.index(KEY.encode()) + len(KEY) // 2
    at = data.index(b"\n", at) + 1
    for window in (
        windows.beginning_at(file, len(data), at),
        windows.ending_at(file, len(data), at),
    ):
        text = "\n".join(log.lines_of(window.data, before=window.before, after=window.after))
        assert not any(line in text for line in KEY.split("\n")[1:-1])
        assert "line 99" in text or "line 1" in text


def test_half_a_token_cannot_be_searched_for(cast: Cast) -> None:
    data = b"w " * (texts.OF_A_FILE // 2 - 6) + TOKEN.encode()
    handoff = cast.submit(context={"files": [{"path": "a.txt", "content": data.decode()}]})
    artifacts = handoff.revisions.get().artifacts.all()
    found = texts.words(handoff.revisions.get().parsed, artifacts, lambda _sha, most: data[:most])
    assert TOKEN[:8].lower() not in found and TOKEN[4:12].lower() not in found


def test_the_head_of_a_long_prompt_has_no_half_token(cast: Cast) -> None:
    said = "p" * (words_said.HEAD_CHARACTERS - 12) + f" {TOKEN} " + "q" * 9_000
    messages_ = [{"role": "user", "content": said}]
    handoff = cast.submit(context={"messages": messages_})
    html = cast.client(cast.reviewer).get(f"{handoff.get_absolute_url()}?tab=prompts")
    assert "masked" in html.text and not leaks(html.text)


TABLE = 'name,password,note\nana,hunter2-long,"a, b"\nbo,"two\nlines ""x""",c\ncy,,d\n'


def test_the_file_view_of_a_table_masks_the_columns_that_its_table_masks() -> None:
    html = "\n".join(code.highlight(TABLE.encode(), "people.csv").lines)
    for secret in ("hunter2-long", "two", "lines"):
        assert secret not in html
    for each in ("ana", "bo", "cy", "name,password,note", ",c", ",,d"):
        assert each in html
    assert len(code.highlight(TABLE.encode(), "people.csv").lines) == 5
    plain = code.highlight(TABLE.encode(), "people", is_table=True).lines
    assert "\n".join(plain) == html


@pytest.mark.parametrize(
    "text",
    [
        "name;api_key\r\na;swordfish-1\r\nb;swordfish-2\r\n",
        "name\tapi_key\na\tswordfish-1\nb\tswordfish-2",
        "'name','api_key'\n'a','swordfish-1'\n'b','swordfish-2'\n",
        "\n\napi_key|name\nswordfish-1|a\nswordfish-2|b|extra\n",
        '\ufeffapi_key,name\nswordfish-1,"a\nb"\nswordfish-2,\n',
    ],
)
def test_every_dialect_is_masked_alike_in_table_file_and_diff(text: str) -> None:
    data = text.encode()
    path = "a.tsv" if "\t" in text else "a.csv"
    views = {
        "table": repr(table.read(data, path=path)),
        "file": "".join(code.highlight(data, path).lines),
        "diff": "".join(
            row.html for hunk in diff.unified(None, data, path=path).hunks for row in hunk.rows
        ),
    }
    for name, shown in views.items():
        assert "swordfish" not in shown and shown.count("mask") >= 2, name


def test_a_column_without_a_telling_name_stays_readable() -> None:
    html = "".join(code.highlight(b"name,note\na,swordfish-1\n", "a.csv").lines)
    assert "swordfish-1" in html


def test_a_revealed_table_is_read_as_it_is() -> None:
    with veils.reading(is_shown=True) as met:
        html = "\n".join(code.highlight(TABLE.encode(), "people.csv").lines)
    assert "hunter2-long" in html and len(met) >= 2
