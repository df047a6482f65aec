"""What import-linter cannot see: modules without a layer, hidden imports, oversize rooms."""

import ast
import configparser
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from reviews.notify import registry

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = ("handoff_site", "reviews", "workspaces")


def sources(*packages: str) -> Iterator[Path]:
    for package in packages:
        for path in sorted((ROOT / package).rglob("*.py")):
            if "migrations" not in path.parts:
                yield path


def contract(name: str) -> configparser.SectionProxy:
    config = configparser.ConfigParser()
    config.read(ROOT / "importlinter.ini", "utf-8")
    return config[f"importlinter:contract:{name}"]


def layered_modules() -> set[str]:
    return set(re.findall(r"[\w.]+", contract("layers")["layers"]))


@pytest.mark.parametrize("package", ["reviews", "workspaces"])
def test_every_module_has_a_layer(package: str) -> None:
    children = {
        f"{package}.{path.stem}"
        for path in (ROOT / package).iterdir()
        if (path.suffix == ".py" or (path / "__init__.py").exists())
        and path.stem not in {"__init__", "migrations"}
    }
    assert children - layered_modules() == set()


def imported(path: Path) -> set[str]:
    """Every module that a file imports; ``from a import b`` counts as a and as a.b."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_bytes())):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return names


PURE = (
    *("reviews/schema.py", "reviews/verdicts.py", "reviews/ulids.py", "reviews/rule_actions.py"),
    *("workspaces/strictjson.py", "workspaces/errors.py", "workspaces/paths.py"),
)


def test_pure_modules_know_no_database() -> None:
    """They may translate a word for people (gettext), never ask for a row or a setting."""
    folder = [
        *(ROOT / "reviews" / "rendering").rglob("*.py"),
        *(ROOT / "reviews" / "conditions").rglob("*.py"),
    ]
    allowed = re.compile(r"django\.utils\b")
    impure = {
        path.relative_to(ROOT).as_posix(): found
        for path in [*(ROOT / name for name in PURE if (ROOT / name).exists()), *folder]
        if (
            found := sorted(
                name
                for name in imported(path)
                if re.match(r"django\b|channels\b|celery\b|\w+\.models\b", name)
                and name != "django"
                and not allowed.match(name)
            )
        )
    }
    assert impure == {}


def test_every_transport_stands_in_the_contract_that_keeps_them_apart() -> None:
    registered = {name.rpartition(".")[0] for name in registry.TRANSPORTS.values()}
    assert registered == set(contract("transports")["modules"].split())


def test_no_import_hides_inside_a_function() -> None:
    """To dodge a cycle of ours, that is: a library that an idle desk need not load may wait.

    ``AppConfig.ready`` is exempt: before it, models cannot be imported.
    """
    hidden = [
        f"{path.relative_to(ROOT)}:{inner.lineno}"
        for path in sources(*PACKAGES)
        for outer in ast.walk(ast.parse(path.read_bytes()))
        if isinstance(outer, ast.FunctionDef | ast.AsyncFunctionDef) and outer.name != "ready"
        for inner in ast.walk(outer)
        if isinstance(inner, ast.Import | ast.ImportFrom)
        and re.search(rf"\b({'|'.join(PACKAGES)})\b", ast.unparse(inner))
    ]
    assert hidden == []


def test_workspaces_never_names_reviews() -> None:
    naming = [
        str(path.relative_to(ROOT))
        for path in sources("workspaces")
        if re.search(r"\breviews[./]", path.read_text("utf-8"))
    ]
    assert naming == []


def test_only_lifecycle_writes_the_status_of_a_handoff() -> None:
    """A change of state is one function; an ``update(status=…)`` elsewhere is another."""
    writers = {
        path.relative_to(ROOT).as_posix()
        for path in sources("reviews", "handoff_site")
        for call in ast.walk(ast.parse(path.read_bytes()))
        if isinstance(call, ast.Call)
        and isinstance(call.func, ast.Attribute)
        and call.func.attr == "update"
        and "handoff" in ast.unparse(call.func).lower()
        and any(keyword.arg == "status" for keyword in call.keywords)
    }
    assert writers <= {"reviews/lifecycle.py"}


def test_no_module_has_a_name_that_says_nothing() -> None:
    empty_names = {"utils", "helpers", "services", "common", "misc"}
    assert [path for path in sources(*PACKAGES) if path.stem in empty_names] == []


def test_no_room_is_larger_than_a_reader_can_hold() -> None:
    """Aim ≤ 250 lines; at 400 a room must be split by meaning."""
    large = {
        path.relative_to(ROOT).as_posix(): lines
        for path in sources(*PACKAGES)
        if (lines := len(path.read_text("utf-8").splitlines())) > 400
    }
    assert large == {}


def test_templates_hold_no_style_or_script_that_the_policy_refuses() -> None:
    refused = re.compile(r"\sstyle\s*=|\son[a-z]+\s*=\s*[\"']|<script(?![^>]*\bsrc=)", re.I)
    found = [
        f"{path.relative_to(ROOT)}:{number}"
        for path in sorted((ROOT / "templates").rglob("*.html"))
        if "emails" not in path.parts  # mail clients have no policy of ours
        for number, line in enumerate(path.read_text("utf-8").splitlines(), 1)
        if refused.search(line)
    ]
    assert found == []


def test_pages_and_styles_ask_nobody_else_for_anything() -> None:
    outside = re.compile(r"(?:src|href|url)\s*[=(]\s*[\"']?(?:https?:)?//", re.I)
    found = [
        f"{path.relative_to(ROOT)}:{number}"
        for folder, pattern in (("templates", "*.html"), ("static", "*.css"))
        for path in sorted((ROOT / folder).rglob(pattern))
        for number, line in enumerate(path.read_text("utf-8", "replace").splitlines(), 1)
        if outside.search(line)
    ]
    assert found == []
