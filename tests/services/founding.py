"""Runs in a process of the desk under test (``manage.py shell``): its first people and agents."""

import time
from typing import Any

from reviews import assigning, demo, firing, rule_drafts, rule_publishing, timers
from reviews.models import Delivery, Handoff, RoutingRun, Timer
from reviews.rule_forms import RuleForm
from workspaces import absences, auth, clock, provisioning, teams
from workspaces.actors import SYSTEM
from workspaces.models import AgentToken, Event, Role, Team, TeamMember, User, Workspace

PASSWORD = "correct horse battery"


def found(
    slug: str,
    *,
    reviewers: list[str],
    agents: list[str],
    undo_seconds: int | None,
    callback_hosts: list[str],
) -> dict[str, Any]:
    """A workspace with these reviewers (e-mail addresses) and agents; tokens by agent."""
    workspace = provisioning.create_workspace(slug, actor=SYSTEM)
    Workspace.objects.filter(pk=workspace.pk).update(undo_seconds=undo_seconds)
    people = {}
    for email in reviewers:
        user = User.objects.filter(email=email).first() or provisioning.create_user(
            email, name=email.partition("@")[0].title(), password=PASSWORD, actor=SYSTEM
        )
        provisioning.set_role(user, workspace, Role.REVIEWER, actor=SYSTEM)
        people[email] = user.pk
    tokens, secrets = {}, {}
    for name in agents:
        agent = provisioning.create_agent(name, callback_hosts=callback_hosts, actor=SYSTEM)
        provisioning.grant(agent, workspace, actor=SYSTEM)
        _token, tokens[name] = provisioning.issue_token(agent, actor=SYSTEM)
        secrets[name] = agent.webhook_secret
    return {
        "workspace": workspace.pk,
        "folder": workspace.root,
        "people": people,
        "tokens": tokens,
        "secrets": secrets,
    }


def join(workspace_id: int, email: str, role: str) -> None:
    """Give this person the role in the workspace, or with "" take it away."""
    workspace = Workspace.objects.get(pk=workspace_id)
    user = User.objects.filter(email=email).first() or provisioning.create_user(
        email, password=PASSWORD, actor=SYSTEM
    )
    provisioning.set_role(user, workspace, Role(role) if role else None, actor=SYSTEM)


def make_site_admin(email: str) -> None:
    user = provisioning.create_user(email, password=PASSWORD, is_site_admin=True, actor=SYSTEM)
    provisioning.change_user(user, actor=SYSTEM, name=email.partition("@")[0].title())


def make_team(workspace_id: int, name: str, lead: str) -> int:
    """A team with a role in the workspace, led by this person, who is away."""
    admin = User.objects.filter(is_site_admin=True).first()
    assert admin is not None
    person, workspace = User.objects.get(email=lead), Workspace.objects.get(pk=workspace_id)
    team = teams.create(name, by=admin)
    teams.add(team, person, by=admin)
    teams.set_lead(team, person, True, by=admin)
    teams.set_role(team, workspace, Role.ADMIN, by=admin)
    absences.set_away(person, note=name, by=admin)
    return team.pk


def assign(public_id: str, email: str) -> None:
    """Make this person the one who is to decide it."""
    person = User.objects.get(email=email)
    handoff = Handoff.objects.get(public_id=public_id)
    assigning.assign(handoff=handoff, user=person, to=person)


def rename(workspace_id: int, name: str) -> float:
    """Change something, and say when (seconds since 1970) it was committed."""
    workspace = Workspace.objects.get(pk=workspace_id)
    provisioning.change_workspace(workspace, name=name, actor=SYSTEM)
    return time.time()


def name(email: str, called: str) -> None:
    """Give this person another name."""
    user = User.objects.get(email=email)
    provisioning.change_user(user, actor=SYSTEM, name=called)


def revoke(text: str) -> None:
    """Revoke the token with this text."""
    token = AgentToken.objects.get(sha256=auth.hash_token(text))
    provisioning.revoke_token(token, actor=SYSTEM)


def invite_agent(workspace_id: int, name: str) -> str:
    """A new agent's token."""
    agent = provisioning.create_agent(name, actor=SYSTEM)
    provisioning.grant(agent, Workspace.objects.get(pk=workspace_id), actor=SYSTEM)
    return provisioning.issue_token(agent, actor=SYSTEM)[1]


def await_deliveries(within: float) -> None:
    """Until everything is fanned out and delivered, or `AssertionError`."""
    deadline = time.monotonic() + within
    while Event.objects.filter(dispatched_at=None).exists() or (
        Delivery.objects.filter(status=Delivery.Status.WAITING).exists()
    ):
        assert time.monotonic() < deadline, list(Delivery.objects.filter(status="waiting"))
        time.sleep(0.1)


def plan_ladder(public_id: str, team: str, lead: str) -> None:
    """As if a rule had routed it: due in two hours, then assigned to this person's team."""
    user = User.objects.get(email=lead)
    ops, _made = Team.objects.get_or_create(slug=team.lower(), defaults={"name": team})
    TeamMember.objects.get_or_create(team=ops, user=user, defaults={"is_lead": True})
    run = RoutingRun.objects.select_related("handoff__workspace", "revision").get(
        handoff__public_id=public_id
    )
    ladder = [{"at": 1.0, "to": [{"team": ops.pk}], "act": "assign"}]
    run.effects = {"due": {"minutes": 120, "business": False}, "ladder": ladder}
    run.save(update_fields=["effects"])
    timers.plan(run.handoff, run, run.created_at)
    Timer.objects.filter(handoff=run.handoff, kind="warn").delete()


def let_be_due(*public_ids: str) -> None:
    """Move their due time, and what happens then, to now."""
    now = clock.now()
    Handoff.objects.filter(public_id__in=public_ids).update(due_at=now)
    Timer.objects.filter(handoff__public_id__in=public_ids, done_at=None).update(at=now)


def sweep() -> int:
    """Sweep the timers in this process, beside the desk's own sweeper; returns how many fired."""
    return firing.fire_due()


def await_timers(within: float) -> dict[str, list[str]]:
    """Until no timer is due; what then happened to each handoff."""
    deadline = time.monotonic() + within
    while timers.due(clock.now()).exists():
        assert time.monotonic() < deadline, list(timers.due(clock.now()))
        time.sleep(0.1)
    told: dict[str, list[str]] = {}
    for event in Event.objects.filter(subject_type="handoff").order_by("seq"):
        told.setdefault(event.subject_id, []).append(event.kind.removeprefix("handoff."))
    return told


def bells(public_id: str) -> int:
    """How many people's bells were rung about this handoff."""
    told = Delivery.objects.filter(handoff__public_id=public_id, channel__kind="inbox")
    return told.count()


def rules_of_demo() -> None:
    """A team, rules in force and a draft beside them in the demo's workspace "billing"."""
    billing = Workspace.objects.get(slug="billing")
    admin, priya = (User.objects.get(email=f"{name}@example.com") for name in ("mara", "priya"))
    team = teams.create("Payments", by=admin)
    teams.add(team, priya, by=admin)
    teams.set_lead(team, priya, True, by=admin)
    teams.set_role(team, billing, Role.REVIEWER, by=admin)
    risky = {"fact": "risk", "op": "ge", "value": "high"}
    refund = {"fact": "action", "op": "eq", "value": "refund"}
    large = {"fact": "argument", "pointer": "/amount", "op": "gt", "value": 100}
    money = RuleForm(
        "Money",
        {"or": [risky, {"and": [refund, large]}]},
        {
            "assign": {"to": [{"team": team.pk}], "pick": "least_loaded"},
            "due": {"minutes": 120, "business": True},
            "ladder": [{"at": 1.0, "to": [{"role": "admin"}], "act": "notify"}],
        },
    )
    draft = rule_drafts.open_draft(billing, by=admin)
    rule_drafts.add(draft, money, seen=draft.edition, by=admin)
    rule_publishing.publish(draft, seen=draft.edition, by=admin, note="Money to those who know it")
    playground = Workspace.objects.get(slug=demo.PLAYGROUND)
    two = {"needed": 2, "teams": [{"team": team.pk, "needed": 1}], "four_eyes": True}
    release = RuleForm(
        "Releases",
        {"fact": "action", "op": "eq", "value": "release"},
        {"assign": {"to": [{"role": "reviewer"}]}, "approvals": two, "viewed": True},
    )
    draft = rule_drafts.open_draft(playground, by=admin)
    rule_drafts.add(draft, release, seen=draft.edition, by=admin)
    rule_publishing.publish(draft, seen=draft.edition, by=admin, note="Two people release")
    draft = rule_drafts.open_draft(billing, by=admin)
    doubt = {"fact": "confidence", "op": "lt", "value": 0.6}
    assign = {"assign": {"to": [{"user": priya.pk}]}, "priority": "high"}
    rule_drafts.add(draft, RuleForm("Doubt", doubt, assign), seen=draft.edition, by=admin)
