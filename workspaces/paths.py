"""Names of files in a workspace, as text: pure, nothing here touches a disk.

A *path* is relative to the workspace's root and '/'-separated (handoff/v1 schema, ``path``).
"""

import re
import unicodedata

from workspaces.errors import Invalid

PATH_MAX_CHARACTERS = 1024
NAME_MAX_BYTES = 255

INTAKE_NAME = "handoff.json"
INTAKE_SUFFIX = ".handoff.json"
RECEIPT_SUFFIX = ".receipt.json"
DECISION_SUFFIX = ".decision.json"
ACK_SUFFIX = ".ack.json"

# The longest thing the desk adds to a stem: ".ho_<26 characters>.r99999.decision.json".
STEM_MAX_BYTES = NAME_MAX_BYTES - len(".ho_") - 26 - len(".r99999") - len(DECISION_SUFFIX)

_FORBIDDEN = re.compile(r"[\\\x00-\x1f\x7f]")
# Letters and symbols that draw nothing, beside the categories that never draw anything.
_BLANK = frozenset("\u00ad\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0")
_INVISIBLE = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})


class BadPath(Invalid):
    """A path that no file of a workspace can have; ``detail`` says which rule it breaks."""

    code, title = "bad-path", "Not a path in a workspace"


def normalise(text: str) -> str:
    """The one spelling of a relative path: no '.' parts, no empty parts, no '/' at the end.

    Raises BadPath for what the schema's pattern refuses (a leading '/', a '..' part, a backslash,
    control characters), for text that is not UTF-8 encodable, and for more than 1,024 characters.
    """
    shown = printable(text[:80])
    if len(text) > PATH_MAX_CHARACTERS:
        raise BadPath(f"The path “{shown}…” is longer than {PATH_MAX_CHARACTERS:,} characters.")
    if text.startswith("/"):
        raise BadPath(f"The path “{shown}” starts with “/”: give it relative to the workspace.")
    if _FORBIDDEN.search(text):
        raise BadPath(f"The path “{shown}” has a backslash, a line break or a control character.")
    if not _is_encodable(text):
        raise BadPath(f"The path “{shown}” is not valid UTF-8.")
    parts = [part for part in text.split("/") if part not in ("", ".")]
    if ".." in parts:
        raise BadPath(f"The path “{shown}” has a “..” part: it would leave the workspace.")
    if not parts:
        raise BadPath("The path is empty: name a file below the workspace's folder.")
    return "/".join(parts)


def stem(name: str) -> str | None:
    """``a`` for ``a.handoff.json``, ``handoff`` for ``handoff.json``, None for other names.

    ``name`` is a file's name without its folder. What is in front of the suffix is taken as it
    is, so ``x.receipt.handoff.json`` is a handoff with the stem ``x.receipt``; the desk's own
    names end differently and are never intake. A bare ``.handoff.json`` has the stem ``.handoff``.
    """
    if name == INTAKE_NAME:
        return "handoff"
    if not name.endswith(INTAKE_SUFFIX):
        return None
    return name.removesuffix(INTAKE_SUFFIX) or ".handoff"


def is_intake(name: str) -> bool:
    """Whether a file of this name (without its folder) is a handoff to be taken."""
    return name.endswith(INTAKE_SUFFIX) or name == INTAKE_NAME


def is_ack(name: str) -> bool:
    """Whether a file of this name is an agent's "applied", ``<stem>.ack.json``."""
    return name.endswith(ACK_SUFFIX) and name != ACK_SUFFIX


def is_answer(name: str) -> bool:
    """Whether the desk writes files of this name: receipts and decisions, archived ones too."""
    return name.endswith((RECEIPT_SUFFIX, DECISION_SUFFIX))


def intake_problem(path: str) -> str | None:
    """Why an intake file at this path cannot be taken, as a sentence; None when it can."""
    try:
        normalise(path)
    except BadPath as error:
        return error.detail
    found = stem(path.rpartition("/")[2])
    if found is not None and len(found.encode()) > STEM_MAX_BYTES:
        return (
            f"The name is too long for its answers to stand beside it: keep what is in front of"
            f" “{INTAKE_SUFFIX}” within {STEM_MAX_BYTES} bytes."
        )
    return None


def beside(path: str, name: str) -> str:
    """The path of ``name`` in the folder of ``path``."""
    folder, slash, _ = path.rpartition("/")
    return f"{folder}{slash}{name}"


def receipt_name(stem: str) -> str:
    return f"{stem}{RECEIPT_SUFFIX}"


def decision_name(stem: str) -> str:
    return f"{stem}{DECISION_SUFFIX}"


def ack_name(stem: str) -> str:
    return f"{stem}{ACK_SUFFIX}"


def archived_decision_name(stem: str, public_id: str, revision: int) -> str:
    """Where the answer to an earlier round goes before a new one may be written."""
    return f"{stem}.{public_id}.r{revision}{DECISION_SUFFIX}"


def foreign_decision_name(stem: str, public_id: str) -> str:
    """Where the answer goes when somebody else's file stands at ``decision_name``."""
    return f"{stem}.{public_id}{DECISION_SUFFIX}"


def matches_prefix(path: str, prefix: str) -> bool:
    """Whether ``path`` is ``prefix`` or lies below it; "" and "." mean the whole workspace.

    Whole parts are compared: ``reports`` covers ``reports/a.json`` and not ``reports-old/a``.
    """
    wanted = "/".join(part for part in prefix.split("/") if part not in ("", "."))
    return not wanted or path == wanted or path.startswith(wanted + "/")


def printable(name: str) -> str:
    r"""The name with everything that cannot be seen, or that reorders text, drawn as a mark.

    Undecodable bytes (surrogate-escaped by os.fsdecode) show as ``\xff``, line breaks as ``\n``,
    bidi controls, zero-width and other blank characters as ``\u202e``. A backslash is doubled,
    so two different names never look the same. Never fails; the result is valid UTF-8.
    """
    return "".join(map(_mark, name))


def _mark(character: str) -> str:
    code = ord(character)
    if 0xDC80 <= code <= 0xDCFF:
        return f"\\x{code - 0xDC00:02x}"
    if character == "\\":
        return "\\\\"
    if _draws(character):
        return character
    if code < 0x80 or 0xD800 <= code <= 0xDFFF:
        return repr(character)[1:-1]
    return f"\\u{code:04x}" if code <= 0xFFFF else f"\\U{code:08x}"


def _draws(character: str) -> bool:
    if character == " ":
        return True
    category = unicodedata.category(character)
    return category not in _INVISIBLE and category != "Zs" and character not in _BLANK


def _is_encodable(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
