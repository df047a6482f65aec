"""Which folders may be a workspace (reliability, 'workspace roots that expose the desk')."""

import os
import pwd
from collections.abc import Iterable
from pathlib import Path

from workspaces.errors import Invalid
from workspaces.paths import printable

# Not folders of files: what lies there is the machine itself.
_MACHINE = ("/proc", "/sys")


class BadRoot(Invalid):
    """A folder that may not be a workspace; ``detail`` says why and what to choose instead."""

    code, title = "bad-root", "This folder cannot be a workspace"


def check_root(
    path: str | os.PathLike[str], *, others: Iterable[str], data_dir: str, source_dir: str
) -> str:
    """The folder's real path (every symbolic link resolved), or BadRoot.

    ``others`` are the roots of the other workspaces. Folders below ``data_dir``/workspaces are
    free of the rules about the data folder and the source tree, never of those about each other.
    """
    given = os.fspath(path)
    real = _real_folder(given)
    shown = printable(str(real))
    for other in others:
        if _overlap(real, _resolved(other)):
            raise BadRoot(
                f"{shown} overlaps with the folder of another workspace, {printable(other)}."
                " Choose a folder of its own."
            )
    if not _is_below(real, _resolved(data_dir) / "workspaces"):
        for what, folder in (("data", data_dir), ("program", source_dir)):
            if _overlap(real, _resolved(folder)):
                raise BadRoot(
                    f"{shown} overlaps with the desk's own {what} folder: agents could read or"
                    " change the desk. Choose a folder elsewhere."
                )
    _refuse_machine(real)
    if not os.access(real, os.R_OK | os.W_OK | os.X_OK):
        raise BadRoot(f"The desk may not read and write {shown}: change the folder's rights.")
    return str(real)


def _real_folder(given: str) -> Path:
    if not Path(given).is_absolute():
        raise BadRoot(f"“{printable(given)}” is not an absolute path: it has to start with “/”.")
    try:
        given.encode()
        real = Path(given).resolve(strict=True)
    except (OSError, RuntimeError, ValueError):
        raise BadRoot(f"There is no folder at {printable(given)}. Make it first.") from None
    if not real.is_dir():
        raise BadRoot(f"{printable(given)} is not a folder.")
    return real


def _refuse_machine(real: Path) -> None:
    shown = printable(str(real))
    for machine in _MACHINE:
        if _overlap(real, Path(machine)):
            raise BadRoot(f"{shown} belongs to the system. Choose a folder that holds only work.")
    for guarded in ("/", "/etc", "/home"):
        if _covers(real, _resolved(guarded)):
            raise BadRoot(
                f"{shown} is or contains {guarded}: agents would see the whole system."
                " Choose a folder that holds only their work."
            )
    for home in _homes():
        if _covers(real, home):
            raise BadRoot(
                f"{shown} is or contains a home folder, {printable(str(home))}: agents would see"
                " keys and settings. Choose a folder inside it."
            )


def _homes() -> set[Path]:
    return {_resolved(user.pw_dir) for user in pwd.getpwall() if user.pw_dir.startswith("/")} | {
        _resolved("/root")
    }


def _resolved(path: str) -> Path:
    try:
        return Path(path).resolve()
    except (OSError, RuntimeError):
        return Path(path)


def _covers(folder: Path, other: Path) -> bool:
    """Whether ``other`` is ``folder``, by whatever name, or lies in it."""
    if folder == other or folder in other.parents:
        return True
    try:
        return folder.samefile(other)
    except OSError:
        return False


def _overlap(one: Path, other: Path) -> bool:
    return _covers(one, other) or _covers(other, one)


def _is_below(folder: Path, top: Path) -> bool:
    return top in folder.parents
