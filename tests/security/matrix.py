"""What everybody gets at every address: ``test_permission_matrix`` holds the desk to this table.

One line an address and method; one cell for each of ``ROLES``, or a single one for all of them:

- ``in``: sent to sign in. ``404``: may not know of it. ``403``: sees it and may not do this.
- Who is refused (``in`` or 400 and above) changes nothing; a GET or HEAD never does (but for
  ``EXEMPTIONS``); a POST that succeeds changes something, or its cell ends in ``=``.

A new address needs its lines here: write down who may, then see whether the desk agrees.
"""

import re
from dataclasses import dataclass

ROLES = (
    *("anonymous", "stranger", "viewer", "reviewer", "admin", "owner", "site_admin"),
    *("agent", "other_agent"),  # by their tokens; the objects are the first one's
)
TABLE = """
#                             anon  stran viewr revwr admin owner site  agent other
# Whether the desk is up; the API's own description: for everybody.
favicon                 GET   302
favicon                 POST  405
healthz                 GET   200
healthz                 POST  405
readyz                  GET   200
readyz                  POST  405
metrics                 GET   200
metrics                 POST  405
api:keys                GET   200
api:keys                POST  405
api:schema              GET   200
api:schema              POST  405
api:openapi             GET   200
api:openapi             POST  405
api:docs                GET   200
api:docs                POST  405
api/v1/.*               GET   404
api/v1/.*               POST  404
^api/                   GET   404
^api/                   POST  404

# An agent's own handoffs, by token alone: to another agent they do not exist.
api:handoffs            GET   401   401   401   401   401   401   401   200   200
api:handoffs            POST  401   401   401   401   401   401   401   201   201
api:handoff             GET   401   401   401   401   401   401   401   200   404
api:handoff             POST  405
api:revisions           GET   405
api:revisions           POST  401   401   401   401   401   401   401   201   404
api:messages            GET   405
api:messages            POST  401   401   401   401   401   401   401   201   404
api:withdraw            GET   405
api:withdraw            POST  401   401   401   401   401   401   401   200   404
api:ack                 GET   405
api:ack                 POST  401   401   401   401   401   401   401   200   404
api:file                GET   401   401   401   401   401   401   401   200   404
api:file                POST  405

# Signing in and out, passwords. A one-time link is a key of its own: whoever has it may use it.
login                   GET   200   302   302   302   302   302   302   200   200
login                   POST  302   302=  302=  302=  302=  302=  302=  302   302
logout                  GET   405
logout                  POST  302=  302   302   302   302   302   302   302=  302=
password_change         GET   in    200   200   200   200   200   200   in    in
password_change         POST  in    302   302   302   302   302   302   in    in
password_change_done    GET   in    200   200   200   200   200   200   in    in
password_change_done    POST  in    405   405   405   405   405   405   in    in
password_reset          GET   200
password_reset          POST  302=
password_reset_done     GET   200
password_reset_done     POST  405
password_reset_complete GET   200
password_reset_complete POST  405
password_reset_confirm  GET   302
password_reset_confirm  POST  302
settings                GET   in    200   200   200   200   200   200   in    in
settings                POST  in    302   302   302   302   302   302   in    in
notices                 GET   in    200   200   200   200   200   200   in    in
notices                 POST  in    302   302   302   302   302   302   in    in
# The signed address of one person's mail is the right to end such mails, and to nothing else.
mails-off               GET   200
mails-off               POST  200

# Lists and settings of one's own; a list holds what one may see, for a stranger nothing.
queue                   GET   in    200   200   200   200   200   200   in    in
queue                   POST  in    405   405   405   405   405   405   in    in
mine                    GET   in    200   200   200   200   200   200   in    in
mine                    POST  in    405   405   405   405   405   405   in    in
decided                 GET   in    200   200   200   200   200   200   in    in
decided                 POST  in    405   405   405   405   405   405   in    in
rows                    GET   in    200   200   200   200   200   200   in    in
rows                    POST  405
filter-options          GET   in    200   200   200   200   200   200   in    in
filter-options          POST  405
density                 GET   in    405   405   405   405   405   405   in    in
density                 POST  in    302   302   302   302   302   302   in    in
views                   GET   in    200   200   200   200   200   200   in    in
views                   POST  in    302   302   302   302   302   302   in    in
view-counts             GET   in    200   200   200   200   200   200   in    in
view-counts             POST  405
view-change             GET   405
view-change             POST  in    404   404   302   404   404   404   in    in
view-move               GET   405
view-move               POST  in    404   404   302   404   404   404   in    in
view-remove             GET   405
view-remove             POST  in    404   404   302   404   404   404   in    in
bell                    GET   in    200   200   200   200   200   200   in    in
bell                    POST  in    405   405   405   405   405   405   in    in
bell-read               GET   in    405   405   405   405   405   405   in    in
bell-read               POST  in    302=  302   302   302   302   302=  in    in
diff-look               GET   in    405   405   405   405   405   405   in    in
diff-look               POST  in    302=  302=  302=  302=  302=  302=  in    in
theme                   GET   in    405   405   405   405   405   405   in    in
theme                   POST  in    302   302   302   302   302   302   in    in
single-keys             GET   in    405   405   405   405   405   405   in    in
single-keys             POST  in    302   302   302   302   302   302   in    in
palette                 GET   in    200   200   200   200   200   200   in    in
palette                 POST  in    405   405   405   405   405   405   in    in
live-delta              GET   in    200   200   200   200   200   200   in    in
live-delta              POST  in    405   405   405   405   405   405   in    in
workspaces              GET   in    200   200   200   200   200   200   in    in
workspaces              POST  405

# A handoff: members read it, reviewers act on it, who decided may undo it (hold: and keep the bar).
handoff                 GET   in    404   200   200   200   200   200   in    in
handoff                 POST  in    405   405   405   405   405   405   in    in
picture                 GET   in    404   200   200   200   200   200   in    in
picture                 POST  in    405   405   405   405   405   405   in    in
media                   GET   in    404   200   200   200   200   200   in    in
media                   POST  in    405   405   405   405   405   405   in    in
pdf-page                GET   in    404   200   200   200   200   200   in    in
pdf-page                POST  in    405   405   405   405   405   405   in    in
frame                   GET   in    404   200   200   200   200   200   in    in
frame                   POST  in    405   405   405   405   405   405   in    in
seen                    GET   in    405   405   405   405   405   405   in    in
seen                    POST  in    404   204   204   204   204   204   in    in
decide                  GET   in    405   405   405   405   405   405   in    in
decide                  POST  in    404   403   303   303   303   303   in    in
reveal                  GET   in    405   405   405   405   405   405   in    in
reveal                  POST  in    404   403   303   303   303   303   in    in
undo                    GET   in    405   405   405   405   405   405   in    in
undo                    POST  in    404   403   303   403   403   403   in    in
hold                    GET   in    405   405   405   405   405   405   in    in
hold                    POST  in    404   200=  200   200=  200=  200=  in    in
claim                   GET   in    405   405   405   405   405   405   in    in
claim                   POST  in    404   302=  302   302   302   302   in    in
release                 GET   in    405   405   405   405   405   405   in    in
release                 POST  in    404   302=  302   302=  302=  302=  in    in
snooze                  GET   in    404   200   200   200   200   200   in    in
snooze                  POST  in    404   403   303   303   303   303   in    in
wake                    GET   in    405   405   405   405   405   405   in    in
wake                    POST  in    404   403   303   303   303   303   in    in
due                     GET   in    404   403   403   200   200   200   in    in
due                     POST  in    404   403   403   303   303   303   in    in
assign                  GET   in    404   200   200   200   200   200   in    in
assign                  POST  in    404   403   303   303   303   303   in    in
lines                   GET   in    404   302   302   302   302   302   in    in
lines                   POST  in    405   405   405   405   405   405   in    in
diff_part               GET   in    404   302   302   302   302   302   in    in
diff_part               POST  in    405   405   405   405   405   405   in    in
viewed                  GET   in    405   405   405   405   405   405   in    in
viewed                  POST  in    404   303   303   303   303   303   in    in
points                  GET   in    404   403   200   200   200   200   in    in
points                  POST  in    404   403   303   303   303   303   in    in
point                   GET   in    405   405   405   405   405   405   in    in
point                   POST  in    404   403   303   404   404   404   in    in
point-mark              GET   in    405   405   405   405   405   405   in    in
point-mark              POST  in    404   403   303   303   303   303   in    in
talk                    GET   in    404   200   200   200   200   200   in    in
talk                    POST  in    404   204   204   204   204   204   in    in
message                 GET   in    405   405   405   405   405   405   in    in
message                 POST  in    404   403   303   303   303   303   in    in

# Many at once: what one may not do to a handoff is that one's result, and changes nothing.
bulk                    GET   in    405   405   405   405   405   405   in    in
bulk                    POST  in    200=  200=  200   200   200   200   in    in
bulk-undo               GET   in    405   405   405   405   405   405   in    in
bulk-undo               POST  in    200=  200=  200   200=  200=  200=  in    in
bulk-hold               GET   in    405   405   405   405   405   405   in    in
bulk-hold               POST  in    200=  200=  200=  200=  200=  200=  in    in

# A workspace: members look, admins change it, owners put it away, site admins make new ones.
workspace               GET   in    404   200   200   200   200   200   in    in
workspace               POST  405
workspace-settings      GET   in    404   200   200   200   200   200   in    in
workspace-settings      POST  in    404   403   403   302   302   302   in    in
workspace-hours         GET   in    404   200   200   200   200   200   in    in
workspace-hours         POST  in    404   403   403   302   302   302   in    in
workspace-members       GET   in    404   200   200   200   200   200   in    in
workspace-members       POST  in    404   403   403   200   200   200   in    in
workspace-member        GET   405
workspace-member        POST  in    404   403   403   302   302   302   in    in
workspace-agents        GET   in    404   200   200   200   200   200   in    in
workspace-agents        POST  in    404   403   403   302   302   302   in    in
workspace-audit         GET   in    404   200   200   200   200   200   in    in
workspace-audit         POST  in    404   403   403   200=  200=  200=  in    in
workspace-archive       GET   405
workspace-archive       POST  in    404   403   403   403   302   302   in    in
workspace-new           GET   in    403   403   403   403   403   200   in    in
workspace-new           POST  in    403   403   403   403   403   302   in    in

# What went wrong there, for admins; a member may know of it.
problems                GET   in    403   403   403   200   200   200   in    in
problems                POST  405
problem-retry           GET   405
problem-retry           POST  in    404   403   403   302   302   302   in    in
problem-set-aside       GET   405
problem-set-aside       POST  in    404   403   403   302   302   302   in    in
deliveries              GET   in    403   403   403   200   200   200   in    in
deliveries              POST  405
deliveries-replay       GET   405
deliveries-replay       POST  in    403   403   403   302   302   302   in    in
channels                GET   in    403   403   403   200   200   200   in    in
channels                POST  405
webhook-new             GET   in    403   403   403   200   200   200   in    in
webhook-new             POST  in    403   403   403   200   200   200   in    in
service-new             GET   in    403   403   403   200   200   200   in    in
service-new             POST  in    403   403   403   302   302   302   in    in
channel                 GET   in    404   404   404   200   200   200   in    in
channel                 POST  in    404   404   404   302   302   302   in    in
channel-test            GET   405
channel-test            POST  in    404   404   404   302   302   302   in    in
channel-switch          GET   405
channel-switch          POST  in    404   404   404   302   302   302   in    in
channel-secret          GET   405
channel-secret          POST  in    404   404   404   200   200   200   in    in
channel-delete          GET   405
channel-delete          POST  in    404   404   404   302   302   302   in    in
own-channels            GET   in    200   200   200   200   200   200   in    in
own-channels            POST  in    302   302   302   302   302   302   in    in
push-subscribe          GET   405
push-subscribe          POST  in    201   201   201   201   201   201   in    in
service-worker          GET   200
service-worker          POST  405
delivery-replay         GET   405
delivery-replay         POST  in    404   403   403   302   302   302   in    in

# Rules of routing, for admins of the workspace; a stranger may not know of it. Reading a form's
# sentence changes nothing; a version that is put back is a new one.
routing                 GET   in    403   403   403   200   200   200   in    in
routing                 POST  405
routing-rules           GET   in    404   403   403   200   200   200   in    in
routing-rules           POST  405
routing-draft           GET   405
routing-draft           POST  in    404   403   403   302   302   302   in    in
rule-new                GET   in    404   403   403   200   200   200   in    in
rule-new                POST  in    404   403   403   302   302   302   in    in
rule-reads              GET   405
rule-reads              POST  in    404   403   403   200=  200=  200=  in    in
rule                    GET   in    404   403   403   200   200   200   in    in
rule                    POST  in    404   403   403   302   302   302   in    in
routing-test            GET   in    404   403   403   200   200   200   in    in
routing-test            POST  405
routing-simulate        GET   405
routing-simulate        POST  in    404   403   403   302=  302=  302=  in    in
routing-simulation      GET   in    404   403   403   200   200   200   in    in
routing-simulation      POST  405
routing-simulation-cancel GET 405
routing-simulation-cancel POST in 404 403   403   302   302   302   in    in
routing-publish         GET   in    404   403   403   200   200   200   in    in
routing-publish         POST  in    404   403   403   302   302   302   in    in
routing-versions        GET   in    404   403   403   200   200   200   in    in
routing-versions        POST  405
routing-version         GET   in    404   403   403   200   200   200   in    in
routing-version         POST  405
routing-roll-back       GET   405
routing-roll-back       POST  in    404   403   403   302   302   302   in    in

# People: admins see those of their workspaces and invite; accounts are for site admins.
people                  GET   in    403   403   403   200   200   200   in    in
people                  POST  405
person-invite           GET   in    403   403   403   200   200   200   in    in
person-invite           POST  in    403   403   403   200   200   200   in    in
person                  GET   in    404   404   404   200   200   200   in    in
person                  POST  405
person-change           GET   405
person-change           POST  in    404   404   404   403   403   302   in    in
person-reinvite         GET   405
person-reinvite         POST  in    404   404   404   403   403   200=  in    in

person-away             GET   in    404   404   404   200   200   200   in    in
person-away             POST  in    404   404   404   302   302   302   in    in
person-deactivate       GET   in    404   404   404   403   403   200   in    in
person-deactivate       POST  in    404   404   404   403   403   302   in    in
person-reactivate       GET   405
person-reactivate       POST  in    404   404   404   403   403   302=  in    in
away                    GET   in    200   200   200   200   200   200   in    in
away                    POST  in    302   302   302   302   302   302   in    in

# Teams: their members, their leads, and admins of a workspace where they have a role.
teams                   GET   in    200   200   200   200   200   200   in    in
teams                   POST  405
team-new                GET   in    403   403   403   200   200   200   in    in
team-new                POST  in    403   403   403   302   302   302   in    in
team                    GET   in    404   404   404   200   200   200   in    in
team                    POST  in    404   404   404   302   302   302   in    in
team-change             GET   405
team-change             POST  in    404   404   404   302   302   302   in    in
team-member             GET   405
team-member             POST  in    404   404   404   302   302   302   in    in
team-notices            GET   in    404   404   404   200   200   200   in    in
team-notices            POST  in    404   404   404   302   302   302   in    in
workspace-team          GET   405
workspace-team          POST  in    404   403   403   302   302   302   in    in

# Agents exist for admins of a workspace they submit to.
agents                  GET   in    403   403   403   200   200   200   in    in
agents                  POST  405
agent-new               GET   in    403   403   403   200   200   200   in    in
agent-new               POST  in    403   403   403   200   200   200   in    in
agent                   GET   in    404   404   404   200   200   200   in    in
agent                   POST  405
agent-received          GET   in    404   404   404   200   200   200   in    in
agent-received          POST  405
agent-settings          GET   in    404   404   404   200   200   200   in    in
agent-settings          POST  in    404   404   404   302   302   302   in    in
agent-switch            GET   405
agent-switch            POST  in    404   404   404   302   302   302   in    in
agent-grant             GET   405
agent-grant             POST  in    404   404   404   302   302   302   in    in
agent-secret            GET   405
agent-secret            POST  in    404   404   404   200   200   200   in    in
token-new               GET   in    404   404   404   200   200   200   in    in
token-new               POST  in    404   404   404   200   200   200   in    in
token-rotate            GET   405
token-rotate            POST  in    404   404   404   200   200   200   in    in
token-revoke            GET   405
token-revoke            POST  in    404   404   404   302   302   302   in    in
"""
# The socket: the workspaces whose news come, None where it is closed as signed out.
SOCKET: dict[str, set[str] | None] = {
    "anonymous": None,
    "stranger": set(),
    "viewer": {"here"},
    "reviewer": {"here"},
    "admin": {"here"},
    "owner": {"here"},
    "site_admin": {"here", "elsewhere"},
    "agent": None,
    "other_agent": None,
}
UNNAMED = {"api/v1/.*": "/api/v1/nothing-here", "^api/": "/api/nothing-here"}
CSRF_EXEMPT = {
    "healthz": "looks at no cookie and only reads; a load balancer has no token",
    "readyz": "as healthz",
    "metrics": "as healthz, and asks for a token of its own",
    "mails-off": "RFC 8058: mail programs post to a signed address, itself the right",
}
READS_SESSIONS = {"api:docs": "a page for people, in the colours of who is signed in; no token"}


@dataclass(frozen=True)
class Cell:
    """What one role gets. ``status`` 0: sent to sign in."""

    status: int
    is_idle: bool  # nothing may change


@dataclass(frozen=True)
class Exemption:
    """A write that is not held against a request, though it reads or is refused."""

    statement: str  # pattern of the SQL's beginning
    address: str  # pattern of the name
    reason: str
    methods: tuple[str, ...] = ("GET", "HEAD")

    def covers(self, method: str, address: str, sql: str) -> bool:
        return bool(
            method in self.methods
            and re.fullmatch(self.address, address)
            and re.match(self.statement, sql)
        )


EXEMPTIONS = {
    "last use of a token": Exemption(
        r'UPDATE "workspaces_agenttoken" SET "last_used_at" = %s WHERE ',
        "api:.*",
        "an admin must see which tokens are in use, and polling is using; once a minute",
        methods=("GET", "HEAD", "POST"),
    ),
    "picked up": Exemption(
        r'UPDATE "reviews_answer" SET "picked_up_at" = %s WHERE '
        r'|INSERT INTO "workspaces_event" |UPDATE "workspaces_workspace" SET "event_seq"',
        "api:handoff",
        "the protocol's: an answer counts as picked up when the agent has fetched it, once",
        methods=("GET",),
    ),
    "one-time link": Exemption(
        r'(INSERT INTO|UPDATE) "django_session" ',
        "password_reset_confirm",
        "Django moves the link's token into the session, so that no Referer or history keeps it",
    ),
}


def read(table: str = TABLE) -> dict[str, dict[str, dict[str, Cell]]]:
    """``{address: {method: {role: Cell}}}``. Raises ValueError for a line it cannot read."""
    found: dict[str, dict[str, dict[str, Cell]]] = {}
    for line in table.splitlines():
        if not line or line.startswith("#"):
            continue
        name, method, *cells = line.split()
        cells = cells * len(ROLES) if len(cells) == 1 else cells
        if len(cells) != len(ROLES) or method not in ("GET", "POST"):
            raise ValueError(f"not a line of the table: {line}")
        methods = found.setdefault(name, {})
        if method in methods:
            raise ValueError(f"twice: {line}")
        methods[method] = {role: _cell(text) for role, text in zip(ROLES, cells, strict=True)}
    return found


def _cell(text: str) -> Cell:
    if text == "in":
        return Cell(0, is_idle=True)
    status = int(text.removesuffix("="))
    return Cell(status, is_idle=text.endswith("=") or status >= 400)
