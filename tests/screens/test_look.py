"""The promises that templates and static files keep by themselves, without a browser."""

import gzip
import hashlib
import re
from pathlib import Path

import pytest

from handoff_site import static_files

ROOT = Path(__file__).parents[2]
TEMPLATES = sorted((ROOT / "templates").rglob("*.html"))
STATIC = ROOT / "static"
MAILS = ROOT / "templates" / "emails"  # mail programs know no style sheets of ours
SCREENS = [path for path in TEMPLATES if MAILS not in path.parents]


def packed(paths: list[Path]) -> int:
    return sum(len(gzip.compress(path.read_bytes(), 9)) for path in paths)


def names(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


@pytest.mark.parametrize("path", SCREENS, ids=names)
def test_no_template_needs_what_the_policy_refuses(path: Path) -> None:
    text = path.read_text()
    assert not re.search(r"\sstyle=", text)
    assert not re.search(r"\son[a-z]+=", text)
    assert "hx-on" not in text
    assert not re.search(r"<style|javascript:", text)
    assert all("src=" in tag for tag in re.findall(r"<script[^>]*>", text))


@pytest.mark.parametrize("path", SCREENS, ids=names)
def test_every_htmx_request_has_a_plain_way_beside_it(path: Path) -> None:
    for tag in re.findall(r"<(?:a|form|button)\b[^>]*\bhx-(?:get|post)=[^>]*>", path.read_text()):
        assert re.search(" (href|action|formaction)=", tag), tag


@pytest.mark.parametrize("path", TEMPLATES, ids=names)
def test_templates_fit_the_eye(path: Path) -> None:
    assert len(path.read_text().splitlines()) <= 100


def test_the_style_sheet_is_at_most_15_kilobytes_packed() -> None:
    ours = [*static_files.SHEETS, *static_files.ASIDE]
    assert {STATIC / name for name in ours} == set((STATIC / "css").glob("*.css"))
    sheets = "".join(_smaller(STATIC / name) for name in static_files.SHEETS)
    assert len(gzip.compress(sheets.encode(), 9)) <= 15 * 1024


def test_a_sheet_that_few_screens_load_is_at_most_3_kilobytes_packed() -> None:
    for name in static_files.ASIDE:
        assert len(gzip.compress(_smaller(STATIC / name).encode(), 9)) <= 3 * 1024
        users = [path for path in SCREENS if f"{{% static '{name}' %}}" in path.read_text()]
        assert len(users) == 1  # the layout of those screens


def test_the_scripts_of_a_page_are_at_most_45_kilobytes_packed_htmx_included() -> None:
    """What comes at once and what either of the two great screens brings, which is the most that
    one page has; the palette, the settings page and what sends a batch come on demand."""
    later = {"palette.js", "commands.js", "settings.js", "desktop.js", "viewers.js", "bulk.js"}
    later |= {"redraw.js", "push.js"}  # of the rule editor; of one's channels
    scripts = [path for path in (STATIC / "js").glob("*.js") if path.name not in later]
    ours = sum(len(gzip.compress(_smaller(path).encode(), 9)) for path in scripts)
    assert ours + packed(list((STATIC / "vendor").glob("*.js"))) <= 45 * 1024


def test_every_script_belongs_to_a_page() -> None:
    scripts = {path.name: path.read_text() for path in (STATIC / "js").glob("*.js")}
    reached, waiting = set(), ["desk.js"]
    while waiting:
        name = waiting.pop()
        reached.add(name)
        waiting += set(re.findall(r"'\./([\w]+\.js)'", scripts[name])) - reached
    assert reached == set(scripts)


def _smaller(path: Path) -> str:
    return static_files.smaller(path.relative_to(STATIC).as_posix(), path.read_text())


@pytest.mark.parametrize("path", sorted((STATIC / "js").glob("*.js")), ids=names)
def test_script_modules_fit_the_eye(path: Path) -> None:
    assert len(path.read_text().splitlines()) <= 150


def test_the_first_load_needs_one_font_of_at_most_60_kilobytes() -> None:
    assert (STATIC / "fonts" / "inter-latin-wght-normal.woff2").stat().st_size <= 60 * 1024


def test_nothing_is_loaded_from_another_host() -> None:
    ours = [*SCREENS, *(STATIC / "css").glob("*.css"), *(STATIC / "js").glob("*.js")]
    for path in ours:
        hosts = set(re.findall(r"https?://[\w.-]+", path.read_text()))
        assert hosts <= {"http://www.w3.org"}, path


def test_vendored_files_are_the_ones_the_list_names() -> None:
    listed = re.findall(r"^\| `([\w./-]+)` .*`([0-9a-f]{64})` \|$", _vendor_list(), re.MULTILINE)
    assert len(listed) == 4
    for name, sha256 in listed:
        assert hashlib.sha256((STATIC / name).read_bytes()).hexdigest() == sha256, name


def _vendor_list() -> str:
    return (STATIC / "vendor" / "README.md").read_text()


def test_every_icon_that_a_screen_names_is_in_the_sprite() -> None:
    known = set(re.findall(r'<symbol id="([\w-]+)"', (STATIC / "icons/sprite.svg").read_text()))
    used = set()
    for path in SCREENS:
        used |= set(re.findall(r'\{% icon "([\w-]+)"', path.read_text()))
        used |= set(re.findall(r'symbol="([\w-]+)"', path.read_text()))
    python = "".join(path.read_text() for path in (ROOT / "reviews").rglob("reviewing.py"))
    used |= set(re.findall(r'\("([\w-]+)", "(?:ok|bad|warn|info|acc|)"\)', python))
    assert len(used) > 20
    assert used <= known
