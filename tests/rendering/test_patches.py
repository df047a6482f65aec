"""Agents' patches: read like git does, and suspicious where git would be surprised."""

import json
import time
from pathlib import Path

import pytest

from reviews.rendering import patches
from reviews.rendering.patches import parse_patch

DATA = Path(__file__).parents[2] / "reviews" / "demo_data" / "trajectories"


def patch(*lines: str) -> str:
    return "".join(f"{line}\n" for line in lines)


HUNK = ("@@ -1,2 +1,2 @@ def f():", " a", "-b = 1", "+b = 2")


def test_a_real_patch_of_an_agent_is_read() -> None:
    [found] = parse_patch((DATA / "pydicom__pydicom-1458.patch").read_text())
    assert found.path == "pydicom/pixel_data_handlers/numpy_handler.py"
    assert (found.status, found.added, found.removed, found.note) == ("modified", 3, 2, "")
    assert len(found.hunks) == 1 and found.hunks[0].rows[0].old_no == 285
    # This line of context lost its blank on the way, as editors do.
    assert [row.html for row in found.hunks[0].rows][1] == ""


def test_all_patches_of_a_benchmark_are_read_with_their_counts() -> None:
    rows = json.loads((DATA / "openhands-swebench-patches.json").read_text())
    found = {row["instance_id"]: parse_patch(row["model_patch"]) for row in rows}
    assert len(found) == 30
    for row in rows:
        text = row["model_patch"].replace("\r\n", "\n")
        files = found[row["instance_id"]]
        assert len(files) == text.count("diff --git ")
        if not any(file.note for file in files):
            signs = [line[:1] for line in text.split("\n") if line[:4] not in {"+++ ", "--- "}]
            assert sum(file.added for file in files) == signs.count("+")
            assert sum(file.removed for file in files) == signs.count("-")


def test_words_that_changed_are_marked() -> None:
    [found] = parse_patch(patch("--- a/x.py", "+++ b/x.py", *HUNK))
    assert [row.html for row in found.hunks[0].rows] == [
        "a", "b = <mark>1</mark>", "b = <mark>2</mark>",
    ]  # fmt: skip


@pytest.mark.parametrize(("head", "status", "old", "new"), [
    (["new file mode 100644", "--- /dev/null", "+++ b/x"], "added", "", "x"),
    (["deleted file mode 100644", "--- a/x", "+++ /dev/null"], "deleted", "x", ""),
    (["similarity index 90%", "rename from x", "rename to y"], "renamed", "x", "y"),
    (["copy from x", "copy to y"], "copied", "x", "y"),
])  # fmt: skip
def test_git_headers_say_what_happened(head: list[str], status: str, old: str, new: str) -> None:
    [found] = parse_patch(patch("diff --git a/x b/" + (new or "x"), *head))
    assert (found.status, found.old_path, found.new_path) == (status, old, new)


def test_quoted_paths_are_unquoted() -> None:
    [found] = parse_patch(patch(r'--- "a/\303\251t\303\251 \"1\".txt"', r'+++ "b/\303\251t.txt"'))
    assert (found.old_path, found.new_path) == ('été "1".txt', "ét.txt")


def test_a_path_with_blanks_is_taken_whole() -> None:
    [found] = parse_patch(patch("diff --git a/my b/c.txt b/my b/c.txt", "old mode 100644",
                                "new mode 100755"))  # fmt: skip
    assert found.path == "my b/c.txt" and found.note == "Mode 100644 becomes 100755."


@pytest.mark.parametrize(("path", "warning"), [
    ("/etc/passwd", "absolute"), ("C:\\x", "absolute"), ("a/../../x", "climbs out"),
    ("..\\x", "climbs out"), ("sub/.git/hooks/pre-commit", ".git folder"),
    (".GIT/config", ".git folder"),
])  # fmt: skip
def test_a_path_that_leaves_its_place_is_warned_of(path: str, warning: str) -> None:
    [found] = parse_patch(patch(f"--- {path}", f"+++ {path}", *HUNK))
    assert warning in found.note


def test_headers_that_name_different_files_are_warned_of() -> None:
    lines = ("--- a/.ssh/keys", "+++ b/.ssh/keys", *HUNK)
    [found] = parse_patch(patch("diff --git a/readme b/readme", *lines))
    assert found.path == ".ssh/keys" and "different files" in found.note


@pytest.mark.parametrize(("mode", "word"), [("120000", "symbolic link"), ("160000", "submodule")])
def test_links_and_submodules_are_named(mode: str, word: str) -> None:
    [found] = parse_patch(patch("diff --git a/x b/x", f"new file mode {mode}"))
    assert word in found.note


def test_a_removed_line_of_dashes_is_not_taken_for_a_header() -> None:
    [found] = parse_patch(patch("--- a/x.sql", "+++ b/x.sql", "@@ -1,2 +1,1 @@", "--- note", " a"))
    assert found.removed == 1 and found.note == ""


def test_counts_that_do_not_match_are_said() -> None:
    [short] = parse_patch(patch("--- a/x", "+++ b/x", "@@ -1,9 +1,9 @@", " a", "-b"))
    assert "do not match" in short.note
    [long] = parse_patch(patch("--- a/x", "+++ b/x", *HUNK, "+smuggled"))
    assert long.added == 1 and "1 line of the patch belongs to no file" in long.note


def test_no_newline_marks_stand_at_their_lines() -> None:
    end = "\\ No newline at end of file"
    [found] = parse_patch(
        patch("--- a/x", "+++ b/x", "@@ -1,1 +1,1 @@", "-b = 1", end, "+b = 2", end)
    )
    assert [row.html.startswith("b = <mark>") for row in found.hunks[0].rows] == [True, True]
    assert ["no newline" in row.html for row in found.hunks[0].rows] == [True, True]
    assert found.note == ""


def test_binary_patches_have_no_rows() -> None:
    text = patch("diff --git a/x.png b/x.png", "GIT binary patch", "literal 3", "KcmZ", "",
                 "diff --git a/y b/y", "Binary files a/y and b/y differ")  # fmt: skip
    assert [(f.path, f.is_binary, f.hunks) for f in parse_patch(text)] == [
        ("x.png", True, []), ("y", True, []),
    ]  # fmt: skip


def test_uniform_crlf_is_a_note_a_single_return_is_a_mark() -> None:
    text = patch("--- a/x", "+++ b/x", *HUNK)
    [uniform] = parse_patch(text.replace("\n", "\r\n"))
    assert uniform.note == "Its line ends are CRLF." and uniform.path == "x"
    [single] = parse_patch(text.replace("+b = 2", "+b = 2\r"))
    assert "⟦CR⟧" in single.hunks[0].rows[2].html


def test_markup_in_paths_headers_and_lines_is_escaped() -> None:
    evil = "<script>alert(1)</script>"
    [found] = parse_patch(
        patch(
            f"--- a/{evil}", f"+++ b/{evil}", f"@@ -1 +1 @@ {evil}", f"-{evil}", f"+{evil} hx-get"
        )
    )
    drawn = found.hunks[0].header + "".join(row.html for row in found.hunks[0].rows)
    assert "<script" not in drawn and "&lt;script&gt;" in drawn


def test_words_that_are_no_patch_give_nothing() -> None:
    assert parse_patch("") == parse_patch("I fixed it.\n@@ -1 +1 @@\n-a\n+b\n") == []


def test_huge_patches_are_cut_and_quick(monkeypatch: pytest.MonkeyPatch) -> None:
    start = time.process_time()
    [whole] = parse_patch(
        patch("--- a/x", "+++ b/x", "@@ -1,9000 +1,9000 @@", *["-b = 1", "+b = 2"] * 9_000)
    )
    assert whole.added == 9_000
    parse_patch("diff --git " + "a b/ " * 200_000)
    parse_patch('diff --git "' * 50_000)
    parse_patch("@@ -" + "9" * 1_000_000 + " +1 @@\n")
    assert time.process_time() - start < 4.5
    monkeypatch.setattr(patches, "LIMIT_FILES", 3)
    many = parse_patch(patch(*["diff --git a/x b/x", "deleted file mode 100644"] * 9))
    assert len(many) == 3 and "not shown" in many[-1].note
