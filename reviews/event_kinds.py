"""Event kinds of handoffs, in the words of the protocol's webhook where it has one."""

from workspaces.event_kinds import register

SUBMITTED = register(
    "handoff.submitted", ["revision", "package", "origin", "trigger", "rule", "agent", "to"]
)
REVISED = register("handoff.revised", ["revision", "package", "origin", "rule", "agent", "to"])
SEEN = register("handoff.seen", ["revision", "package"])
CLAIMED = register("handoff.claimed", ["revision", "taken_from"])
CLAIM_RELEASED = register("handoff.claim_released", ["revision", "because"])
SNOOZED = register("handoff.snoozed", ["revision", "until"])
WOKEN = register("handoff.woken", ["revision", "because", "snoozed_by"])
ASSIGNED = register("handoff.assigned", ["revision", "to", "from", "for", "because"])
DUE_SOON = register("handoff.due_soon", ["revision", "due", "to"])
ESCALATED = register("handoff.escalated", ["revision", "step", "act", "to", "because"])
DUE_CHANGED = register("handoff.due_changed", ["revision", "due", "due_before"])
HOURS_CHANGED = register("hours.changed", ["changed", "zone", "version"])
COMMENTED = register("handoff.commented", ["revision", "comment"])
POINT_MARKED = register("handoff.point_marked", ["revision", "point", "mark"])
SECRET_REVEALED = register("secret.revealed", ["revision", "place", "kinds"])
VERDICT = register(
    "handoff.verdict", ["revision", "package", "outcome", "decision", "release_at", "confirmed"]
)
UNDONE = register("handoff.verdict_undone", ["revision", "decision"])
# A vote that others must join, and its undoing; ``reopened``: the verdict went with it.
VOTED = register(
    "handoff.voted",
    ["revision", "package", "outcome", "decision", "release_at", "confirmed", "slot"],
)
VOTE_UNDONE = register("handoff.vote_undone", ["revision", "decision", "reopened"])
DECIDED = register("handoff.decided", ["revision", "outcome", "answer"])
CHANGES_REQUESTED = register("handoff.changes_requested", ["revision", "outcome", "answer"])
EXPIRED = register("handoff.expired", ["revision", "outcome", "answer"])
WITHDRAWN = register("handoff.withdrawn", ["revision", "outcome", "answer"])
PICKED_UP = register("handoff.picked_up", ["revision"])
ACKED = register("handoff.acked", ["revision", "applied"])
ANSWER_TAMPERED = register("handoff.answer_tampered", ["path"])
DELIVERY_DEAD = register("delivery.dead", ["delivery", "channel", "error"])
NOTICES_CHANGED = register("notices.changed", ["changed"])
DELIVERY_REPLAYED = register("delivery.replayed", ["delivery"])
CHANNEL_ADDED = register("channel.added", ["channel", "kind", "name", "team", "person"])
CHANNEL_CHANGED = register("channel.changed", ["channel", "changed"])
CHANNEL_SWITCHED = register("channel.switched", ["channel", "on"])
CHANNEL_TESTED = register("channel.tested", ["channel", "is_ok", "detail"])
CHANNEL_FAILED = register("channel.failed", ["channel", "delivery", "handoff", "error"])
CHANNEL_REMOVED = register("channel.removed", ["channel", "because"])
RULES_PUBLISHED = register(
    "rules.published", ["workspace", "number", "version", "replaces", "rules", "rolled_back_to"]
)
PROBLEM_OPENED = register("problem.opened", ["path", "kind"])
PROBLEM_RESOLVED = register("problem.resolved", ["path", "kind"])

# The Event that tells an agent how a round ended, by the handoff's new status.
RELEASE_KINDS = {
    "decided": DECIDED,
    "changes_requested": CHANGES_REQUESTED,
    "expired": EXPIRED,
    "withdrawn": WITHDRAWN,
}
