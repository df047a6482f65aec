"""Opening folders beneath a root so that no symbolic link, at any level, is ever followed.

Linux's openat2(2) does it in one call (RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS); where the kernel
or a seccomp filter has none, every component is opened by itself with O_NOFOLLOW. Both give a
descriptor, so what is checked and what is used are the same folder whatever happens to names.

Hard links cannot be told from files and need not be: who may link a file could read it.
"""

import ctypes
import errno
import os
import stat
from functools import cache
from typing import Final

_FOLDER_FLAGS: Final = os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC
_SYS_OPENAT2: Final = 437  # the same number on every architecture but alpha
_AT_FDCWD: Final = -100
_RESOLVE_NO_MAGICLINKS: Final = 0x02
_RESOLVE_NO_SYMLINKS: Final = 0x04
_RESOLVE_BENEATH: Final = 0x08
_RENAME_NOREPLACE: Final = 1

_libc = ctypes.CDLL(None, use_errno=True)


class _OpenHow(ctypes.Structure):
    _fields_ = [
        ("flags", ctypes.c_uint64),
        ("mode", ctypes.c_uint64),
        ("resolve", ctypes.c_uint64),
    ]


def open_root(path: str) -> int:
    """A descriptor of the folder at an absolute path; ELOOP where any part is a symbolic link."""
    if has_openat2():
        return _openat2(_AT_FDCWD, path, _RESOLVE_NO_SYMLINKS | _RESOLVE_NO_MAGICLINKS)
    top = os.open("/", _FOLDER_FLAGS)
    try:
        return _open_parts(top, path)
    finally:
        os.close(top)


def open_folder(root: int, path: str) -> int:
    """A descriptor of a folder beneath ``root``; "" is the root itself.

    Raises OSError: ELOOP for a symbolic link, EXDEV for a way out, ENOENT, ENOTDIR.
    """
    if not path:
        return os.dup(root)
    if has_openat2():
        return _openat2(root, path, _RESOLVE_BENEATH | _RESOLVE_NO_SYMLINKS)
    return _open_parts(root, path)


def open_regular(folder: int, name: str) -> int:
    """A reading descriptor of a regular file of that folder, never of anything else.

    What is there is looked at before it is opened, since opening a device may already act; then
    the descriptor itself is checked, since the name may have been given to something else.
    Raises OSError; EINVAL and ELOOP mean "not a regular file".
    """
    if not stat.S_ISREG(os.stat(name, dir_fd=folder, follow_symlinks=False).st_mode):
        raise OSError(errno.EINVAL, "not a regular file", name)
    flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC
    opened = os.open(name, flags, dir_fd=folder)
    if not stat.S_ISREG(os.fstat(opened).st_mode):
        os.close(opened)
        raise OSError(errno.EINVAL, "not a regular file", name)
    return opened


def rename_new(source: int, name: str, target: int, new_name: str) -> None:
    """Rename between two folders; EEXIST when the new name is taken, whatever has it."""
    if hasattr(_libc, "renameat2"):
        result = _libc.renameat2(
            source, os.fsencode(name), target, os.fsencode(new_name), _RENAME_NOREPLACE
        )
        if result == 0:
            return
        number = ctypes.get_errno()
        if number not in (errno.ENOSYS, errno.EINVAL, errno.EPERM):
            raise OSError(number, os.strerror(number), new_name)
    # A link fails where the name is taken, so this is as safe; a crash between leaves both names.
    os.link(name, new_name, src_dir_fd=source, dst_dir_fd=target, follow_symlinks=False)
    os.unlink(name, dir_fd=source)


@cache
def has_openat2() -> bool:
    """Whether kernel and sandbox know openat2 (Linux 5.6; old container filters refuse it)."""
    if os.uname().sysname != "Linux" or os.uname().machine == "alpha":
        return False
    try:
        os.close(_openat2(_AT_FDCWD, "/", _RESOLVE_NO_SYMLINKS))
    except OSError:
        return False
    return True


def _openat2(folder: int, path: str, resolve: int) -> int:
    how = _OpenHow(_FOLDER_FLAGS, 0, resolve)
    opened = _libc.syscall(
        ctypes.c_long(_SYS_OPENAT2),
        ctypes.c_int(folder),
        ctypes.c_char_p(os.fsencode(path)),
        ctypes.byref(how),
        ctypes.c_size_t(ctypes.sizeof(how)),
    )
    if opened < 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number), path)
    return int(opened)


def _open_parts(start: int, path: str) -> int:
    current = os.dup(start)
    for part in path.split("/"):
        if part in ("", "."):
            continue
        try:
            below = _open_part(current, part)
        finally:
            os.close(current)
        current = below
    return current


def _open_part(folder: int, name: str) -> int:
    if name == "..":
        raise OSError(errno.EXDEV, os.strerror(errno.EXDEV), name)
    try:
        return os.open(name, _FOLDER_FLAGS | os.O_NOFOLLOW, dir_fd=folder)
    except NotADirectoryError:
        # Linux says "not a directory" of a link to one, too; the two mean different things here.
        if stat.S_ISLNK(os.stat(name, dir_fd=folder, follow_symlinks=False).st_mode):
            raise OSError(errno.ELOOP, os.strerror(errno.ELOOP), name) from None
        raise
