"""The scene of the permission matrix: two workspaces with one of everything, and nine who ask.

``here`` is the workspace of the viewer, reviewer, admin and owner; ``elsewhere`` is nobody's of
them, and every name in it carries a word that they may never read.
"""

import base64
import json
import secrets
from dataclasses import dataclass, field
from datetime import timedelta
from importlib import import_module
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.auth.tokens import default_token_generator
from django.db.models import F
from django.test import Client
from django.test.client import ClientHandler
from django.utils.encoding import force_bytes
from django.utils.http import urlsafe_base64_encode

from reviews import (
    claims,
    decisions,
    intake,
    rule_drafts,
    rule_forms,
    rule_publishing,
    rule_simulations,
    saved_views,
    scan,
    schema,
    snoozing,
)
from reviews.models import (
    ChangePoint,
    Channel,
    Decision,
    Delivery,
    Handoff,
    Problem,
    RuleVersion,
    SavedView,
    Simulation,
)
from reviews.notify import unsubscribing
from reviews.verdicts import Given, Verdict
from tests import exhibits
from tests.cast import make_agent, make_user, make_workspace
from workspaces import auth, clock, sealed, strictjson
from workspaces.models import (
    Agent,
    AgentToken,
    Event,
    FileAgent,
    Membership,
    Role,
    Team,
    TeamMember,
    TeamRole,
    User,
    Workspace,
)
from workspaces.secrets import new_webhook_secret

PEOPLE = ("stranger", "viewer", "reviewer", "admin", "owner", "site_admin")
_OF_AN_ANSWER = ("api:handoff", "api:ack")
MEMBERS = ("viewer", "reviewer", "admin", "owner")
PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg=="
)
FILES = {
    "shot.png": PNG,
    "tick.wav": exhibits.wav(0.01),
    "letter.pdf": exhibits.pdf("Hello"),
    "page.html": b"<!doctype html><p>Hello",
}
SHOWN = {"media": "tick.wav", "pdf-page": "letter.pdf", "frame": "page.html"}


SECRET = "The password=hunter2-of-a-test is what the page masks."


@dataclass
class Side:
    """A workspace and one of everything that has an address in it. ``word`` is in every name."""

    word: str
    workspace: Workspace
    agent: Agent
    token: AgentToken
    text: str  # of the token
    member: User  # an ordinary one, who is somebody's to change
    invited: User  # has set no password yet
    open: Handoff
    claimed: Handoff
    decided: Handoff  # its undo window is open
    answered: Handoff
    asleep: Handoff
    problem: Problem
    delivery: Delivery
    channel: Channel  # a signed webhook of the workspace
    team: Team  # the member leads it; it has a role there
    view: SavedView  # the second of the reviewer's own, shared with nobody
    draft: ChangePoint  # the reviewer's, on the open one
    sent: ChangePoint  # with the answered one's verdict
    rules: RuleVersion  # a draft
    simulation: Simulation  # of that draft, waiting

    def digest(self, name: str) -> str:
        """Of the file that the address called ``name`` shows."""
        path = SHOWN.get(name, "shot.png")
        return str(self.open.current.artifacts.get(path=path).sha256)

    def parameters(self, name: str) -> dict[str, Any]:
        """What the address called ``name`` may ask for."""
        shown = {"undo": self.decided, "hold": self.decided, "release": self.claimed}
        shown["wake"] = self.asleep
        shown["point-mark"] = self.answered
        pks = {
            "workspace": self.member.pk,
            "person": self.invited.pk if name == "person-reinvite" else self.member.pk,
            "problem": self.problem.pk,
            "agent": self.agent.pk,
            "token": self.agent.pk,
            "delivery": self.delivery.pk,
            "channel": self.channel.pk,
            "view": self.view.pk,
            "team": self.team.pk,
            "routing": self.simulation.pk,
            "point": (self.sent if name == "point-mark" else self.draft).pk,
        }
        return {
            "slug": self.workspace.slug,
            "pk": pks.get(name.partition("-")[0]),
            "token_pk": self.token.pk,
            "user_pk": self.member.pk,
            "number": shown.get(name, self.open).number,
            "version": rule_forms.history(self.workspace)[0].number,
            "scope": self.workspace.slug,
            "key": self.rules.rules.get(is_otherwise=True).key,
            "sha256": self.digest(name),
            "page": 1,
            "public_id": (self.answered if name in _OF_AN_ANSWER else self.open).public_id,
            "name": "handoff-v1",
            "uidb64": urlsafe_base64_encode(force_bytes(self.invited.pk)),
            "token": default_token_generator.make_token(self.invited),
            "signed": unsubscribing.signed(self.member.pk, ["review"]),
        }


@dataclass
class Scene:
    here: Side
    elsewhere: Side
    people: dict[str, User]
    sessions: dict[str, str]
    tokens: dict[str, str]  # "agent" and "other_agent": both may submit here
    handlers: dict[bool, ClientHandler] = field(
        default_factory=lambda: {is_on: ClientHandler(is_on) for is_on in (False, True)}
    )

    def client(self, role: str, *, enforce_csrf_checks: bool = False) -> Client:
        """A fresh browser or agent; it keeps nothing of the ones before.

        All have the same handler: making one reads the list of static files again.
        """
        token = self.tokens.get(role)
        client = Client(headers={"authorization": f"Bearer {token}"} if token else None)
        client.handler = self.handlers[enforce_csrf_checks]
        if key := self.sessions.get(role):
            client.cookies[settings.SESSION_COOKIE_NAME] = key
        return client


def build(data_folder: Path) -> Scene:
    """Make it all; the caller has a database, and settings that point to ``data_folder``."""
    people = {role: make_user(f"{role}@example.com") for role in PEOPLE}
    User.objects.filter(pk=people["site_admin"].pk).update(is_site_admin=True)
    here = _side("here", "Heliotrope", data_folder, people["reviewer"])
    elsewhere = _side("elsewhere", "Zanzibar", data_folder, make_user("zanzibar@example.com"))
    # a number that only the other's versions have
    rule_publishing.roll_back(rule_forms.history(elsewhere.workspace)[0], by=None)
    for role in MEMBERS:
        _join(people[role], here.workspace, Role(role))
        _deliver(here.open, people[role], Channel.Kind.INBOX)
    second = make_agent("second agent", here.workspace)
    return Scene(
        here=here,
        elsewhere=elsewhere,
        people={role: User.objects.get(pk=user.pk) for role, user in people.items()},
        sessions={role: _session(user) for role, user in people.items()},
        tokens={"agent": here.text, "other_agent": auth.issue(second)[1]},
    )


def _side(slug: str, word: str, data_folder: Path, reviewer: User) -> Side:
    workspace = make_workspace(slug, data_folder)
    Workspace.objects.filter(pk=workspace.pk).update(name=f"{word} works")
    workspace.refresh_from_db()
    agent = make_agent(f"{word} agent", workspace)
    FileAgent.objects.create(workspace=workspace, path_prefix="", agent=agent)
    token, text = auth.issue(agent, name=f"{word} token")
    member, invited = (
        make_user(f"{who}-{word.lower()}@example.com", name=f"{word} {who}")
        for who in ("member", "invited")
    )
    User.objects.filter(pk=invited.pk).update(password="!never-set")
    invited.refresh_from_db()
    for user in (member, invited, reviewer):
        _join(user, workspace, Role.REVIEWER)
    made = [_hand_off(agent, workspace, f"{word} {n}") for n in range(4)]
    claims.claim(handoff=made[1], user=reviewer)
    _decide(made[2], reviewer)
    answer = _decide(made[3], reviewer)
    Decision.objects.filter(pk=answer.pk).update(release_at=clock.now() - timedelta(seconds=1))
    decisions.release_due()
    # the other one stays open to undo however long the tests take
    Decision.objects.filter(released_at=None).update(
        release_at=F("release_at") + timedelta(hours=1)
    )
    return Side(
        word=word,
        workspace=workspace,
        agent=agent,
        token=token,
        text=text,
        member=member,
        invited=invited,
        open=Handoff.objects.get(pk=made[0].pk),
        claimed=made[1],
        decided=made[2],
        answered=made[3],
        asleep=_asleep(_hand_off(agent, workspace, f"{word} asleep"), reviewer),
        problem=_problem(workspace, word),
        delivery=_deliver(made[0], reviewer, Channel.Kind.EMAIL),
        channel=_channel(workspace, word),
        team=_team(workspace, word, member),
        view=[_view(reviewer, f"{word} {n}") for n in range(2)][1],
        draft=_point(made[0], reviewer),
        sent=_point(made[3], reviewer, decision=answer),
        rules=(rules := rule_drafts.open_draft(workspace, by=None)),
        simulation=rule_simulations.start(rules, days=7, by=None),
    )


def _channel(workspace: Workspace, word: str) -> Channel:
    """To a port of this machine that nothing may call: a test of it fails at once."""
    url = "https://127.0.0.1/hook"
    return Channel.objects.create(
        kind=Channel.Kind.WEBHOOK,
        name=f"{word} systems",
        workspace=workspace,
        address=f"{word.lower()}.example",
        sealed=sealed.seal({"url": url, "secret": new_webhook_secret()}),
        config={"shape": "signed", "kinds": ["handoff.decided"]},
    )


def _browser_key() -> str:
    point = ec.generate_private_key(ec.SECP256R1()).public_key()
    raw = point.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def _view(owner: User, name: str) -> SavedView:
    own = SavedView.Sharing.OWN
    return saved_views.save(owner, name=name, query="trigger:error", sharing=own, team=None)


def _team(workspace: Workspace, word: str, lead: User) -> Team:
    team = Team.objects.create(name=f"{word} team", slug=f"{word}-team".lower())
    TeamMember.objects.create(team=team, user=lead, is_lead=True)
    TeamRole.objects.create(team=team, workspace=workspace, role=Role.REVIEWER)
    return team


def _join(user: User, workspace: Workspace, role: Role) -> None:
    Membership.objects.update_or_create(user=user, workspace=workspace, defaults={"role": role})


def _session(user: User) -> str:
    """As ``Client.force_login`` makes it, kept so that each request has it anew."""
    store = import_module(settings.SESSION_ENGINE).SessionStore()
    store[SESSION_KEY] = str(user.pk)
    store[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
    store[HASH_SESSION_KEY] = user.get_session_auth_hash()
    store.save()
    return str(store.session_key)


def _hand_off(agent: Agent, workspace: Workspace, title: str) -> Handoff:
    files = [
        {"path": path, "content_base64": base64.b64encode(data).decode()}
        for path, data in FILES.items()
    ]
    body = json.dumps({"title": title, "summary": SECRET, "context": {"files": files}}).encode()
    document = schema.parse(strictjson.loads(body), now=clock.now(), origin="api")
    return intake.submit(
        intake.Submission(
            workspace=workspace,
            submitter=agent,
            document=document,
            received_sha256=secrets.token_hex(32),
            token_id=agent.tokens.get().pk,
        )
    ).handoff


def _decide(handoff: Handoff, reviewer: User) -> Decision:
    return decisions.decide(
        handoff=handoff,
        user=reviewer,
        revision=1,
        digest=handoff.current.package_sha256,
        given=Given(verdicts=(Verdict(type="approve"),)),
    )


def _asleep(handoff: Handoff, reviewer: User) -> Handoff:
    snoozing.snooze(handoff=handoff, user=reviewer, revision=1, until=None)
    return handoff


def _point(handoff: Handoff, author: User, **members: Any) -> ChangePoint:
    return ChangePoint.objects.create(
        handoff=handoff,
        revision=handoff.current,
        author=author,
        body="Test it.",
        created_at=clock.now(),
        **members,
    )


def _problem(workspace: Workspace, word: str) -> Problem:
    file = Path(workspace.root, word, "handoff.json")
    file.parent.mkdir()
    file.write_text('{"title": "x", "trigger": "never heard of"}')
    scan.take_path(workspace, f"{word}/handoff.json", is_complete=True)
    return Problem.objects.get(workspace=workspace)


def _deliver(handoff: Handoff, user: User, kind: Channel.Kind) -> Delivery:
    """Something dead in the list of deliveries, or unread under the bell."""
    channel, _ = Channel.objects.get_or_create(kind=kind, workspace=None)
    is_dead = kind == Channel.Kind.EMAIL
    return Delivery.objects.create(
        event=Event.objects.filter(workspace=handoff.workspace).latest("pk"),
        channel=channel,
        handoff=handoff,
        user=user,
        recipient=str(user.pk),
        lane=kind.value,
        key=secrets.token_hex(16),
        status=Delivery.Status.DEAD if is_dead else Delivery.Status.DONE,
        next_at=clock.now(),
        created_at=clock.now(),
    )


def bodies(scene: Scene) -> dict[str, dict[str, Any]]:
    """What a valid POST to an address holds, where it has to hold something."""
    here = scene.here
    slug, digest = here.workspace.slug, here.open.current.package_sha256
    shown = {"revision": "1", "digest": digest}
    new_password = "a quite new passphrase"
    document = {"title": "Ship it?", "workspace": slug}
    return {
        "login": {"username": "viewer@example.com", "password": "correct horse battery"},
        "password_change": {
            "old_password": "correct horse battery",
            "new_password1": new_password,
            "new_password2": new_password,
        },
        "password_reset": {"email": "viewer@example.com"},
        "settings": {
            "name": "Somebody",
            "theme": "auto",
            "density": "comfortable",
            "time_zone": "UTC",
        },
        "workspace-new": {"name": "Shop", "slug": "shop"},
        "workspace-settings": {
            "name": "Anew",
            "root": here.workspace.root,
            "allow_self_approval": "no",
        },
        "workspace-hours": {"zone": "Europe/Berlin", "day0": "09:00-17:00", "version": "0"},
        "workspace-members": {"email": "somebody@example.com", "role": "viewer"},
        "workspace-member": {"role": "viewer"},
        "workspace-agents": {"folder": "below", "agent": here.agent.pk},
        "person-invite": {
            "email": "new@example.com",
            "workspace": slug,
            "role": "viewer",
        },
        "person-change": {"change": "make-site-admin"},
        "away": {"note": "At the sea"},
        "notices": {"digest_every": "day", "digest_at": "08:00", "most_an_hour": "5"},
        "team-notices": {"how review:normal": "off"},
        "person-away": {"note": "At the sea"},
        "workspace-team": {"of": here.team.pk, "role": "viewer"},
        "team-new": {"name": "Anew"},
        "team": {"email": "viewer@example.com"},
        "team-change": {"change": "rename", "name": "Anew"},
        "team-member": {"change": "remove"},
        "agent-new": {"name": "new agent", "workspace": slug},
        "agent-settings": {"owner": here.member.pk, "callback_hosts": "a.example.com"},
        "agent-grant": {"workspace": slug, "take": "1"},
        "token-new": {"name": "new", "scopes": ["read"], "days": "30"},
        "bell-read": {"upto": "999999999"},
        "theme": {"theme": "dark"},
        "density": {"density": "compact"},
        "views": {"name": "Mine", "query": "trigger:error", "shared": "own"},
        "view-change": {"name": "Anew", "shared": "desk"},
        "view-move": {"to": "up"},
        "single-keys": {"keys": "off"},
        "decide": {**shown, "verdict": "approve"},
        "snooze": {"revision": "1", "until": "activity"},
        "assign": {"to": here.member.pk},
        "due": {"revision": "1", "due": "", "to": "hour"},
        "bulk": {"pick": f"{here.open.pk}:1:{digest}", "do": "approve", "sure": "1"},
        "bulk-undo": {"of": here.decided.pk, "do": "approve"},
        "reveal": {"place": "words"},
        "seen": shown,
        "message": {"text": "Why?"},
        "viewed": {"file": "1"},
        "points": {"file": "1", "body": "Test it."},
        "point": {"body": "Test it twice."},
        "point-mark": {"mark": "settled"},
        "talk": {"last": "1"},
        "diff-look": {"layout": "split"},
        "service-new": {
            "place": f"workspace-{here.workspace.pk}",
            "name": "Chat",
            "url": "ntfy://their-topic",
            "groups": ["review"],
        },
        "webhook-new": {
            "place": f"workspace-{here.workspace.pk}",
            "name": "Systems",
            "url": "https://203.0.114.7/hook",
            "shape": "signed",
            "kinds": ["handoff.decided"],
        },
        "channel": {"name": "Anew", "shape": "signed", "kinds": ["handoff.decided"]},
        "channel-switch": {"on": "0"},
        "own-channels": {"name": "My phone", "url": "ntfy://my-topic"},
        "push-subscribe": {
            "endpoint": "https://203.0.114.7/push/abc",
            "p256dh": _browser_key(),
            "auth": "A" * 22,
        },
        "routing-draft": {"do": "discard"},
        "rule-new": {"name": "Anew", "to": "role:admin", "pick": "all", "do": "save"},
        "rule-reads": {"name": "Anew", "to": "role:admin", "pick": "all"},
        "rule": {"name": "Otherwise", "to": "role:admin", "pick": "all", "do": "save"},
        "routing-simulate": {"days": "7"},
        "routing-publish": {"note": "Anew"},
        "api:handoffs": document,
        "api:revisions": {"title": "Ship it now?"},
        "api:messages": {"text": "Because."},
        "api:ack": {"applied": True},
    }
