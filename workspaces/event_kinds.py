"""The registry of Event kinds with the members each one's payload may have."""

from collections.abc import Iterable

_kinds: dict[str, frozenset[str]] = {}


def register(kind: str, members: Iterable[str] = ()) -> str:
    if kind in _kinds:
        raise ValueError(f"the Event kind {kind} is registered twice")
    _kinds[kind] = frozenset(members)
    return kind


def check(kind: str, payload: dict[str, object]) -> None:
    """Raises ValueError for a kind nobody registered or a payload member it does not have."""
    members = _kinds.get(kind)
    if members is None:
        raise ValueError(f"no Event kind {kind}")
    if unknown := payload.keys() - members:
        raise ValueError(f"{kind} has no payload member {', '.join(sorted(unknown))}")


def names() -> list[str]:
    return sorted(_kinds)


PAYLOAD_ERASED = register("payload.erased", ["workspace", "seq", "reason"])
SIGNED_IN = register("person.signed_in", ["address"])
SIGN_IN_FAILED = register("person.sign_in_failed", ["address"])
PERSON_CREATED = register("person.created", ["email"])
PERSON_CHANGED = register("person.changed", ["changed"])
MEMBERSHIP_CHANGED = register("membership.changed", ["user", "role", "before"])
TEAM_CREATED = register("team.created", ["name"])
TEAM_CHANGED = register("team.changed", ["team", "changed"])
TEAM_MEMBER_CHANGED = register("team.member_changed", ["team", "user", "is_member", "is_lead"])
TEAM_ROLE_CHANGED = register("team.role_changed", ["team", "role", "before"])
AWAY = register("away.set", ["user", "since", "until", "delegate"])
AWAY_BEGUN = register("away.begun", ["user", "delegate", "until"])
BACK = register("away.ended", ["user", "because"])
WORKSPACE_CREATED = register("workspace.created", ["slug", "root"])
WORKSPACE_CHANGED = register("workspace.changed", ["changed"])
AGENT_CREATED = register("agent.created", ["name"])
AGENT_CHANGED = register("agent.changed", ["changed"])
AGENT_GRANTED = register("agent.granted", ["agent"])
AGENT_UNGRANTED = register("agent.ungranted", ["agent"])
TOKEN_ISSUED = register("token.issued", ["agent", "hint", "scopes"])
TOKEN_REVOKED = register("token.revoked", ["agent", "hint"])
