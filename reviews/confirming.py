"""Approving what is critical: its name and target typed as the page shows them, or one's password;
and what a rule asks the password for.

Capitals count; spaces at the ends do not, and a run of spaces is one. Pasting is as good as typing.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.utils.translation import gettext as _

from reviews import verdicts
from reviews.models import Revision
from reviews.rendering.text import plain
from workspaces import clock, throttle
from workspaces.errors import Invalid, Problem
from workspaces.models import User

# Arguments that say what an action acts on, the most telling first.
TARGETS = (
    *("target", "environment", "env", "table", "database", "bucket", "queue", "service", "host"),
    *("cluster", "branch", "repository", "repo", "path", "file", "url", "region"),
    *("to", "recipient", "account", "customer"),
)
LONGEST_TARGET = 60
TRIES_A_QUARTER_HOUR = 10
PASSWORD_COUNTS_FOR = timedelta(minutes=10)  # in the session that gave it


class NotConfirmed(Invalid):
    code, title = "not-confirmed", "Not confirmed"


def target_of(args: Mapping[str, Any]) -> str:
    """What an action acts on, as its arguments name it on one line; "" where they do not."""
    for name in TARGETS:
        value = args.get(name)
        if isinstance(value, str) and 0 < len(value.strip()) <= LONGEST_TARGET:
            return " ".join(plain(value).split())
    return ""


def phrases(revision: Revision, entries: Sequence[verdicts.Entry]) -> dict[str, str]:
    """{action id: what is to be typed} for every critical action that ``entries`` approve."""
    approved = {each.action_id: each for each in entries if each.type in ("approve", "edit")}
    found = {}
    for action in revision.parsed.actions:
        entry = approved.get(action.id)
        if action.risk == "critical" and entry is not None:
            args = (entry.edited_action or {}).get("args", action.args)
            found[action.id] = " ".join(f"{plain(action.name)} {target_of(args)}".split())
    return found


def check(
    revision: Revision,
    entries: Sequence[verdicts.Entry],
    *,
    user: User,
    typed: str | Mapping[str, str],
    password: str,
    needs_password: bool = False,
    password_at: datetime | None = None,
) -> bool:
    """True: something critical was confirmed. False: nothing here is critical. ``typed`` is by
    action id, or one text for the only one. ``needs_password``: an approval needs it whatever is
    approved, unless this session gave it lately (``password_at``).
    Raises NotConfirmed with a problem for each that is missing."""
    wanted = phrases(revision, entries)
    if needs_password and any(each.type in ("approve", "edit") for each in entries):
        if password:
            _check_password(user, password)
        elif not counts_still(password_at):
            raise NotConfirmed(_password_wanted(user), errors=[_password_problem(user)])
        else:
            return _check_typed(wanted, typed) if wanted else False
        return bool(wanted)
    if not wanted:
        return False
    if password:
        _check_password(user, password)
        return True
    return _check_typed(wanted, typed)


def counts_still(password_at: datetime | None) -> bool:
    return password_at is not None and clock.now() - password_at < PASSWORD_COUNTS_FOR


def _password_wanted(user: User) -> str:
    if not user.has_usable_password():
        return _("The rule asks for your password, and you have none here: somebody else approves.")
    return _("The rule asks for your password to approve this.")


def _password_problem(user: User) -> Problem:
    return Problem("/password", _password_wanted(user))


def _check_typed(wanted: Mapping[str, str], typed: str | Mapping[str, str]) -> bool:
    given = dict.fromkeys(wanted, typed) if isinstance(typed, str) else typed
    missing = {
        each: phrase for each, phrase in wanted.items() if not _is(given.get(each, ""), phrase)
    }
    if missing:
        raise NotConfirmed(
            _("To approve this critical action, type “%(phrase)s”.")
            % {"phrase": "”, “".join(missing.values())},
            errors=[
                Problem(f"/confirmation/{each}", _("Type “%(phrase)s”.") % {"phrase": phrase})
                for each, phrase in missing.items()
            ],
        )
    return True


def _is(typed: str, phrase: str) -> bool:
    return " ".join(typed.split()) == phrase


def _check_password(user: User, password: str) -> None:
    """Tries are counted before they are looked at; a right one is given back."""
    key, rate = f"again {user.pk}", TRIES_A_QUARTER_HOUR / 900
    if throttle.sign_ins.take(key, rate=rate, burst=TRIES_A_QUARTER_HOUR):
        said = _("Too many wrong passwords. Type the name instead, or wait a few minutes.")
    elif user.check_password(password):
        throttle.sign_ins.take(key, rate=rate, burst=TRIES_A_QUARTER_HOUR, cost=-1.0)
        return
    else:
        said = _("This is not your password.")
    raise NotConfirmed(said, errors=[Problem("/password", said)])
