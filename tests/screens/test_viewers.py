"""Each kind of file has its viewer, and what cannot be shown says so with a way out."""

import json
from collections.abc import Mapping

import pytest
from django.test import Client
from pytest_django import Settings

from reviews.models import Artifact, Handoff
from tests import exhibits
from tests.cast import Cast


def look(cast: Cast, files: Mapping[str, str | bytes], asked: str = "") -> str:
    """The files tab of a handoff of these files, which are in the workspace."""
    for path, data in files.items():
        cast.write(path, data)
    handoff = cast.submit(context={"files": list(files)})
    return page(cast, handoff, asked)


def page(cast: Cast, handoff: Handoff, asked: str = "") -> str:
    answer = cast.client(cast.reviewer).get(f"{handoff.get_absolute_url()}?tab=files{asked}")
    assert answer.status_code == 200
    return str(answer.content.decode())


def digest(handoff: Handoff, path: str) -> str:
    return str(handoff.current.artifacts.get(path=path, kind=Artifact.Kind.FILE).sha256)


def address(handoff: Handoff, kind: str, path: str, more: str = "") -> str:
    return f"{handoff.get_absolute_url()}{kind}/{digest(handoff, path)}/{more}"


ROWS = "n,name\n" + "".join(f"{n},row {n}\n" for n in range(1, 451))


def test_a_table_shows_200_rows_and_leads_to_the_next_ones_by_offset(cast: Cast) -> None:
    html = look(cast, {"a.csv": ROWS})
    assert "row 200<" in html and "row 201<" not in html
    at = ROWS.index("201,row")
    assert f"from={at}.201" in html
    html = page(cast, Handoff.objects.get(), f"&as=table&from={at}.201")
    assert '<th scope="row">201</th>' in html and "row 400<" in html and "row 401<" not in html
    assert "200 rows before" in html


@pytest.mark.parametrize("asked", ["9" * 15, "9" * 40, "x", "-1.-1", "7.7", "0.0"])
@pytest.mark.parametrize("path", ["a.csv", "a.log", "a.jsonl", "a.json", "a.bin", "a.pdf"])
def test_a_place_that_is_none_is_answered_all_the_same(cast: Cast, path: str, asked: str) -> None:
    data = {"a.csv": b"a,b\n1,2\n", "a.bin": b"\0\1\2", "a.pdf": exhibits.pdf("x")}
    assert look(cast, {path: data.get(path, b'{"a": 1}\n')}, f"&from={asked}")


def test_json_is_a_tree_and_bad_json_says_where(cast: Cast) -> None:
    assert '<span class="js-n">1.50</span>' in look(cast, {"a.json": '{"a": 1.50}'})
    html = look(cast, {"b.json": '{"a": 1,\n oops}'})
    assert "Not valid JSON: line 2, column 2" in html and "oops" in html


def test_a_part_of_a_tree_has_an_address(cast: Cast) -> None:
    text = json.dumps({"a": [{"n": n} for n in range(150)]})
    html = look(cast, {"a.json": text})
    assert "50 more" in html and "from=0.%3A100" in html
    html = page(cast, Handoff.objects.get(), "&as=tree&from=0.:100")
    assert ">149</span>" in html and 'aria-current="true">&quot;a&quot;</a>' in html


def test_json_lines_are_trees_with_the_bad_ones_named(cast: Cast) -> None:
    html = look(cast, {"a.jsonl": '{"a": 1}\n{oops\n' + '{"b": 2}\n' * 200})
    assert "Not JSON: column 2" in html and 'id="L100"' in html and 'id="L101"' not in html
    assert "Next lines" in html


def test_a_log_shows_levels_its_first_error_and_its_end_first(cast: Cast) -> None:
    lines = "".join(f"INFO line {n}\n" for n in range(1, 6001))
    html = look(cast, {"run.log": f"ERROR at once\n{lines}"})
    assert 'id="L6001"' in html and 'id="L1001"' not in html and "Earlier lines" in html
    html = page(cast, Handoff.objects.get(), "&as=log&from=error")
    assert '<tr id="L1" class="e first">' in html


def test_sound_plays_from_an_address_that_knows_ranges(cast: Cast) -> None:
    html = look(cast, {"a.wav": exhibits.wav(2)})
    handoff = Handoff.objects.get()
    assert f'<audio controls preload="metadata" src="{address(handoff, "media", "a.wav")}"' in html
    assert "autoplay" not in html


RANGES = {
    "bytes=0-3": (206, "bytes 0-3/1044", b"RIFF"),
    "bytes=1040-": (206, "bytes 1040-1043/1044", None),
    "bytes=-2": (206, "bytes 1042-1043/1044", None),
    "bytes=4-99999": (206, "bytes 4-1043/1044", None),
    "bytes=1044-": (416, "bytes */1044", b""),
    "bytes=-0": (416, "bytes */1044", b""),
    "bytes=3-1": (200, None, None),
    "bytes=0-1,3-4": (200, None, None),
    "lines=1-2": (200, None, None),
    "": (200, None, None),
}


@pytest.mark.parametrize("asked", RANGES)
def test_ranges_are_answered_as_rfc_9110_says(cast: Cast, asked: str) -> None:
    data = exhibits.wav(0.0625)
    look(cast, {"a.wav": data})
    client, url = cast.client(cast.reviewer), address(Handoff.objects.get(), "media", "a.wav")
    answer = client.get(url, headers={"range": asked} if asked else {})
    status, content_range, body = RANGES[asked]
    assert (answer.status_code, answer.get("Content-Range")) == (status, content_range)
    if body is not None:
        assert answer.content == body
    elif status == 200:
        assert answer.content == data
    assert answer["Accept-Ranges"] == "bytes" and answer["Content-Type"] == "audio/wav"
    assert answer["Content-Security-Policy"] == "sandbox; default-src 'none'"


def test_the_rest_of_another_version_is_the_whole_of_this_one(cast: Cast) -> None:
    look(cast, {"a.wav": exhibits.wav(0.1)})
    handoff = Handoff.objects.get()
    client, url = cast.client(cast.reviewer), address(handoff, "media", "a.wav")
    etag = f'"{digest(handoff, "a.wav")}"'
    for given, status in ((etag, 206), ('"other"', 200), ("Sun, 22 Nov 2026 10:00:00 GMT", 200)):
        answer = client.get(url, headers={"range": "bytes=0-1", "if-range": given})
        assert answer.status_code == status
    assert client.get(url)["ETag"] == etag


def test_a_long_answer_is_streamed_and_an_open_end_is_limited(cast: Cast) -> None:
    data = exhibits.wav(400)
    look(cast, {"a.wav": data})
    client, url = cast.client(cast.reviewer), address(Handoff.objects.get(), "media", "a.wav")
    answer = client.get(url, headers={"range": "bytes=0-"})
    assert answer.streaming and answer["Content-Range"] == f"bytes 0-4194303/{len(data)}"
    assert answer.getvalue() == data[: 4 * 1024 * 1024]


@pytest.mark.parametrize(("kind", "more"), [("media", ""), ("page", "1/"), ("frame", "")])
def test_only_files_of_that_kind_are_served(cast: Cast, kind: str, more: str) -> None:
    look(cast, {"a.txt": "words", "b.png": exhibits.png(2, 2)})
    handoff = Handoff.objects.get()
    client = cast.client(cast.reviewer)
    for path in ("a.txt", "b.png"):
        assert client.get(address(handoff, kind, path, more)).status_code == 404
    assert client.get(f"{handoff.get_absolute_url()}{kind}/{'0' * 64}/{more}").status_code == 404


def test_html_and_svg_are_source_first_and_drawn_in_a_frame_that_can_do_nothing(
    cast: Cast,
) -> None:
    files = {"a.html": "<h1>Hi</h1><link rel=preconnect href=//x>", "b.svg": "<svg xmlns='x'/>"}
    assert "<iframe" not in look(cast, files)
    handoff = Handoff.objects.get()
    html = page(cast, handoff, "&as=drawn")
    assert '<iframe class="frame" sandbox referrerpolicy' in html and "Drawn by the agent" in html
    client = cast.client(cast.reviewer)
    answer = client.get(address(handoff, "frame", "a.html"))
    assert answer.content == b"<h1>Hi</h1>&lt;link rel=preconnect data-href=//x>"
    assert "sandbox; default-src 'none'" in answer["Content-Security-Policy"]
    drawn = "<a HREF = 'x'>a</a><a href='#b'>b</a>"
    other = cast.submit(context={"files": [{"path": "c.html", "content": drawn}]})
    answer = client.get(address(other, "frame", "c.html"))
    assert answer.content == b"<a data-href = 'x'>a</a><a href='#b'>b</a>"
    assert b"data:image/svg+xml;base64," in client.get(address(handoff, "frame", "b.svg")).content


def test_a_pdf_is_drawn_page_by_page_with_its_text(cast: Cast) -> None:
    html = look(cast, {"a.pdf": exhibits.pdf("First words", "Second words")})
    assert "Drawing page 1…" in html and "First words" not in html
    handoff = Handoff.objects.get()
    html = page(cast, handoff, "&as=pages&from=2.2")
    assert "Page 2 of 2" in html and "Second words" in html
    answer = cast.client(cast.reviewer).get(address(handoff, "page", "a.pdf", "2/"))
    assert answer["Content-Type"] == "image/png" and answer.content.startswith(b"\x89PNG")
    assert "Second words" in page(cast, handoff, "&as=pages&from=2"), "drawn before: at once"


@pytest.mark.parametrize(("data", "sentence"), [
    (exhibits.locked_pdf(), "locked with a password"), (b"%PDF-1.7\nrubbish", "cannot be drawn"),
    (exhibits.pdf("x")[:300], "cannot be drawn"),
])  # fmt: skip
def test_a_pdf_that_cannot_be_drawn_says_why(cast: Cast, data: bytes, sentence: str) -> None:
    assert sentence in look(cast, {"a.pdf": data}, "&from=1.2")


def test_a_picture_stands_beside_the_one_of_the_round_before(cast: Cast) -> None:
    cast.write("a.png", exhibits.png(20, 10))
    cast.submit(id="job", context={"files": ["a.png"]})
    cast.write("a.png", exhibits.png(30, 10))
    handoff = cast.submit("Again", id="job", context={"files": ["a.png"]})
    html = page(cast, handoff)
    assert "The size changed from 20 × 10 to 30 × 10 pixels." in html
    assert html.count("/picture/") == 2 and 'type="range"' in html
    assert 'name="zoom"' in page(cast, handoff, "&as=image")


def test_a_decompression_bomb_is_refused_with_a_sentence(cast: Cast) -> None:
    bomb = exhibits.png(2, 2)
    bomb = bomb[:16] + b"\0\1\0\0\0\1\0\0" + bomb[24:]
    html = look(cast, {"a.png": bomb})
    assert "65536 × 65536 pixels" in html and "/picture/" not in html


def test_other_bytes_are_hexadecimal_and_archives_are_lists(cast: Cast) -> None:
    html = look(cast, {"a.bin": b"\0<b>" + bytes(5000)})
    assert "00 3c 62 3e" in html and "·&lt;b&gt;" in html and "Next bytes" in html
    html = page(cast, Handoff.objects.get(), "&as=hex&from=4096")
    assert "00001000" in html and "Bytes before" in html


# --- states ---


def test_what_is_empty_missing_or_deleted_says_so(cast: Cast) -> None:
    assert "Empty file" in look(cast, {"a.txt": ""})
    files = ["gone.txt", {"path": "old.txt", "change": "deleted"}]
    handoff = cast.submit(context={"files": files})
    assert "was not there at intake" in page(cast, handoff)
    assert "Deleted by the agent" in page(cast, handoff, "&file=2")


def test_a_file_that_changed_on_disk_is_shown_as_handed_in_with_a_warning(cast: Cast) -> None:
    html = look(cast, {"a.txt": "one\n"})
    assert "Changed on disk" not in html
    handoff = Handoff.objects.get()
    cast.write("a.txt", "two\n")
    html = page(cast, handoff)
    assert "Changed on disk since round 1 was handed in" in html and "one" in html
    (cast.folder / "a.txt").unlink()
    assert "No longer in the workspace. You see what round 1" in page(cast, handoff)
    cast.write("a.txt", "one\n")
    assert "Changed on disk" not in page(cast, handoff), "the same bytes again"


@pytest.fixture
def keep_little(settings: Settings) -> None:
    settings.HANDOFF_KEEP_BYTES = 1_000


@pytest.mark.usefixtures("keep_little")
def test_what_was_too_large_to_keep_is_shown_from_the_workspace(cast: Cast) -> None:
    html = look(cast, {"a.csv": ROWS})
    assert "Shown from the workspace" in html and "row 200<" in html
    handoff = Handoff.objects.get()
    cast.write("a.csv", ROWS.replace("row", "lie"))
    html = page(cast, handoff)
    assert "Changed since it was handed in" in html and "lie 1" not in html
    (cast.folder / "a.csv").unlink()
    assert "No longer in the workspace" in page(cast, handoff)


@pytest.mark.usefixtures("keep_little")
def test_sound_that_was_too_large_to_keep_is_not_served_once_it_changed(cast: Cast) -> None:
    look(cast, {"a.wav": exhibits.wav(1)})
    client, url = cast.client(cast.reviewer), address(Handoff.objects.get(), "media", "a.wav")
    assert client.get(url).status_code == 200
    cast.write("a.wav", exhibits.wav(1, rate=8_001))
    assert client.get(url).status_code == 404


def test_the_stores_copy_that_is_gone_is_said_to_be(cast: Cast) -> None:
    look(cast, {"a.txt": "words"})
    handoff = Handoff.objects.get()
    for path in (cast.folder.parent.parent / "store").rglob(digest(handoff, "a.txt")):
        path.unlink()
    assert "copy of this file is gone" in page(cast, handoff)


def test_looking_at_files_writes_nothing_to_the_desk(cast: Cast) -> None:
    cast.write("a.txt", "one\n")
    handoff = cast.submit(context={"files": ["a.txt"]})
    (cast.folder / "a.txt").touch()
    before = Artifact.objects.values().get()
    page(cast, handoff)
    assert Artifact.objects.values().get() == before


def test_a_stranger_gets_none_of_it(cast: Cast) -> None:
    look(cast, {"a.wav": exhibits.wav(0.1)})
    url = address(Handoff.objects.get(), "media", "a.wav")
    stranger: Client = cast.client(cast.stranger)
    assert stranger.get(url, headers={"range": "bytes=0-1"}).status_code == 404
