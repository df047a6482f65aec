"""Static files as the desk serves them: without comments, packed, the style sheets in one.

The sources stay what browsers can load as they are; nobody has to build anything. What is gathered
(``collectstatic``, which ``manage.py desk`` does by itself) is made smaller on the way. Where
nothing was gathered, the sources are served.
"""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import rjsmin
from django.conf import settings
from django.core.files.base import ContentFile
from whitenoise.storage import CompressedManifestStaticFilesStorage

# In the order of the cascade.
SHEETS = [
    f"css/{name}.css"
    for name in (
        "tokens",
        "base",
        "components",
        "screens",
        "shell",
        "editing",
        "code",
        "viewers",
        "live",
        "diff",
        "admin",
    )
]
BUNDLE = "css/desk.css"
# Sheets that only a few screens need: they link them themselves, after the others.
ASIDE = ["css/routing.css"]
# Comments and indents. Minifiers take the space out of ".fld :is(…)", which nests.
_CSS_COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
_INDENT = re.compile(r"^\s+", re.MULTILINE)
_IMPORT = re.compile(r"""^((?:import|export)\b[^\n;]*["']\./[\w.-]+["'])$""", re.MULTILINE)


def are_fresh() -> bool:
    """Was gathered what is gathered after the last change of a source?"""
    try:
        gathered = (settings.STATIC_ROOT / "staticfiles.json").stat().st_mtime
    except OSError:
        return False
    sources = (settings.BASE_DIR / "static").rglob("*")
    return all(path.stat().st_mtime < gathered for path in [*sources, Path(__file__)])


def smaller(name: str, text: str) -> str:
    """A script or a style sheet without what only people need. Vendored files stay as they are."""
    if name.startswith("js/"):
        # Django finds imports by the semicolon that ends them. Once more, so that gathering what
        # was gathered changes nothing.
        return str(rjsmin.jsmin(_IMPORT.sub(r"\1;", rjsmin.jsmin(text))))
    return _INDENT.sub("", _CSS_COMMENT.sub("", text))


class DeskStorage(CompressedManifestStaticFilesStorage):  # type: ignore[misc]
    """Adds ``css/desk.css``, which is all of SHEETS, and makes scripts and sheets smaller."""

    SHEETS, BUNDLE = SHEETS, BUNDLE
    manifest_strict = False
    support_js_module_import_aggregation = True  # one address, so one instance, of each module

    @property
    def is_gathered(self) -> bool:
        return BUNDLE in self.hashed_files

    def stored_name(self, name: str) -> str:
        """Without gathered files: the source's own name."""
        return str(super().stored_name(name)) if self.hashed_files else name

    def post_process(
        self, paths: dict[str, Any], dry_run: bool = False, **options: Any
    ) -> Iterator[Any]:
        if not dry_run:
            for name in [each for each in paths if each.startswith(("js/", "css/"))]:
                path = Path(self.path(name))
                path.write_text(smaller(name, path.read_text()))
                paths[name] = (self, name)  # not the source: what is packed is what was gathered
            bundle = "".join(Path(self.path(name)).read_text() for name in SHEETS)
            self.delete(BUNDLE)
            self.save(BUNDLE, ContentFile(bundle))
            paths[BUNDLE] = (self, BUNDLE)
        yield from super().post_process(paths, dry_run, **options)
