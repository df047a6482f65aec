"""Drafts, publishing and rolling back; two admins at once; who may; what is refused."""

import pytest
from django.db import transaction

from reviews import rule_drafts, rule_publishing
from reviews.models import Rule, RuleVersion
from reviews.rule_drafts import EditedMeanwhile
from reviews.rule_forms import RuleForm, draft_of, forms_of, history, may_edit, published, warnings
from tests.cast import Cast, make_user
from tests.rules.stage import LOW, member, publish, rule, run_of
from workspaces.errors import Forbidden, Invalid
from workspaces.models import Event, Role, Team

pytestmark = [pytest.mark.django_db, pytest.mark.both_databases]


def names(version: RuleVersion | None) -> list[str]:
    return [form.name for form in forms_of(version)]


def test_a_draft_is_a_copy_that_changes_nothing_until_it_is_published(cast: Cast) -> None:
    draft = rule_drafts.open_draft(cast.workspace, by=cast.owner)
    assert names(draft) == ["Otherwise"]
    added = rule_drafts.add(draft, rule("All"), seen=draft.edition, by=cast.owner)
    assert run_of(cast.submit("Before")).rule.is_otherwise
    assert rule_drafts.open_draft(cast.workspace, by=cast.owner).pk == draft.pk
    version = rule_publishing.publish(
        draft, seen=draft.edition, by=cast.owner, note="Everything to us"
    )
    assert (version.number, version.status, version.note) == (2, "published", "Everything to us")
    assert run_of(cast.submit("After")).rule == added
    assert draft_of(cast.workspace) is None
    assert [each.status for each in history(cast.workspace)] == ["published", "retired"]
    event = Event.objects.get(kind="rules.published")
    assert event.actor_id == str(cast.owner.pk)
    assert (event.payload or {})["replaces"] == 1
    assert event.workspace == cast.workspace


def test_desk_wide_rules_are_published_on_the_desk_by_its_admins_only(cast: Cast) -> None:
    with pytest.raises(Forbidden, match="whole desk"):
        rule_drafts.open_draft(None, by=cast.owner)
    root = make_user("root@example.com", is_site_admin=True)
    draft = rule_drafts.open_draft(None, by=root)
    assert names(draft) == []
    rule_drafts.add(draft, rule("Desk"), seen=0, by=root)
    rule_publishing.publish(draft, seen=1, by=root)
    assert Event.objects.get(kind="rules.published").workspace.slug == "desk"
    with pytest.raises(Invalid, match="Only a workspace"):
        form = RuleForm("Otherwise", None, {"assign": {"to": [{"role": "owner"}]}}, True)
        draft = rule_drafts.open_draft(None, by=root)
        rule_drafts.replace(draft, [form], seen=draft.edition, by=root)


def test_reviewers_and_strangers_edit_nothing(cast: Cast) -> None:
    for user in (cast.reviewer, cast.stranger):
        assert not may_edit(user, cast.workspace)
        with pytest.raises(Forbidden):
            rule_drafts.open_draft(cast.workspace, by=user)
    draft = rule_drafts.open_draft(cast.workspace, by=cast.owner)
    with pytest.raises(Forbidden):
        rule_drafts.add(draft, rule("Mine"), seen=0, by=cast.reviewer)
    with pytest.raises(Forbidden):
        rule_publishing.publish(draft, seen=0, by=cast.reviewer)
    with pytest.raises(Forbidden):
        rule_publishing.roll_back(history(cast.workspace)[0], by=cast.reviewer)


def test_the_second_of_two_admins_is_told_of_the_firsts_change(cast: Cast) -> None:
    other = member(cast, "Ada", Role.ADMIN)
    low = {"fact": "confidence", "op": "lt", "value": 0.6}
    draft = rule_drafts.open_draft(cast.workspace, by=cast.owner)
    row = rule_drafts.add(draft, rule("Low", low), seen=0, by=cast.owner)
    mine, theirs = Rule.objects.get(pk=row.pk), Rule.objects.get(pk=row.pk)
    rule_drafts.change(mine, rule("Low", {**low, "value": 0.7}), seen=1, by=other)
    with pytest.raises(EditedMeanwhile) as caught:
        rule_drafts.change(theirs, rule("Low", {**low, "value": 0.5}), seen=1, by=cast.owner)
    (edit,) = caught.value.edits
    assert (edit.by, edit.rule, edit.edition) == ("Ada", row.key, 2)
    assert "confidence is below 0.6" in edit.what
    assert "confidence is below 0.7" in edit.what
    assert caught.value.draft is not None
    assert caught.value.draft.edition == 2
    assert Rule.objects.get(pk=row.pk).condition == {**low, "value": 0.7}
    rule_publishing.publish(draft, seen=2, by=other)
    with pytest.raises(EditedMeanwhile, match="Ada published this draft meanwhile, as version 2"):
        rule_drafts.change(theirs, rule("Low", low), seen=2, by=cast.owner)


def test_rules_are_moved_switched_and_removed_and_otherwise_stays_last(cast: Cast) -> None:
    draft = rule_drafts.open_draft(cast.workspace, by=None)
    for name in "ABC":
        rule_drafts.add(draft, rule(name), seen=draft.edition, by=None)
    first = draft.rules.get(name="A")
    rule_drafts.move(first, 1, seen=draft.edition, by=None)
    assert names(draft_of(cast.workspace)) == ["B", "A", "C", "Otherwise"]
    rule_drafts.move(draft.rules.get(name="C"), 0, seen=draft.edition, by=None)
    rule_drafts.remove(draft.rules.get(name="B"), seen=draft.edition, by=None)
    rule_drafts.switch(draft.rules.get(name="C"), is_active=False, seen=draft.edition, by=None)
    assert names(draft_of(cast.workspace)) == ["C", "A", "Otherwise"]
    last, edition = draft.rules.get(is_otherwise=True), draft.edition
    for refused in (
        lambda seen: rule_drafts.move(last, 0, seen=seen, by=None),
        lambda seen: rule_drafts.remove(last, seen=seen, by=None),
        lambda seen: rule_drafts.switch(last, is_active=False, seen=seen, by=None),
        lambda seen: rule_drafts.change(last, rule("X"), seen=seen, by=None),
    ):
        with pytest.raises(Invalid), transaction.atomic():
            refused(edition)
    fresh = draft_of(cast.workspace)
    assert fresh is not None
    assert fresh.edition == draft.edition == edition  # what was refused counts as no edit
    rule_publishing.publish(fresh, seen=fresh.edition, by=None)
    assert run_of(cast.submit()).rule.name == "A"


@pytest.mark.parametrize(
    ("form", "pointer"),
    [
        (rule(" "), "/name"),
        (rule("x" * 121), "/name"),
        (rule("N\x00"), "/name"),
        (rule("\ud800"), "/name"),
        (rule("Tree", {"and": [{"fact": "mood"}]}), "/condition/and/0/fact"),
        (rule("Gone", {"fact": "agent", "op": "eq", "value": 999}), ""),
        (rule("Gone", assign={"to": [{"team": 999}]}), ""),
        (rule("Nobody", assign={"to": []}), "/actions/assign/to"),
        (rule("Odd", assign={"to": [{"user": 1, "team": 2}]}), "/actions/assign/to/0"),
        (rule("Odd", assign={"to": [{"role": "king"}]}), "/actions/assign/to/0/role"),
        (rule("Odd", assign={"to": [{"role": "owner"}], "pick": "x"}), "/actions/assign/pick"),
        (rule("Odd", priority="top"), "/actions/priority"),
        (rule("Odd", due={"minutes": 0}), "/actions/due/minutes"),
        (rule("Odd", due={"minutes": True}), "/actions/due/minutes"),
        (rule("Odd", undo_seconds=31), "/actions/undo_seconds"),
        (rule("Odd", approvals={"needed": 0}), "/actions/approvals/needed"),
        (rule("Odd", approvals={"teams": [{"needed": 1}]}), "/actions/approvals/teams/0"),
        (rule("Gone", approvals={"teams": [{"team": 999}]}), ""),
        (rule("Odd", viewed=1), "/actions/viewed"),
        (rule("Odd", confirm="oath"), "/actions/confirm"),
        (rule("Odd", auto={"approve_from": 2}), "/actions/auto/approve_from"),
        (rule("Odd", auto={"approve_from": 0.9}, confirm="password"), "/actions/auto"),
        (rule("Odd", ladder=[{"at": 2, "to": [{"role": "owner"}], "act": "notify"}]),
         "/actions/ladder/0/at"),
        (rule("Odd", ladder=[{"to": [{"role": "owner"}], "act": "notify"}]), "/actions/ladder/0"),
        (rule("Odd", on_expiry="explode"), "/actions/on_expiry"),
        (rule("Odd", explode=True), "/actions/explode"),
    ],
)  # fmt: skip
def test_a_rule_that_is_not_valid_is_refused_with_its_place(
    cast: Cast, form: RuleForm, pointer: str
) -> None:
    draft = rule_drafts.open_draft(cast.workspace, by=cast.owner)
    with pytest.raises(Invalid) as caught, transaction.atomic():
        rule_drafts.add(draft, form, seen=draft.edition, by=cast.owner)
    assert pointer in [problem.pointer for problem in caught.value.errors]
    assert names(draft) == ["Otherwise"]


def test_what_is_gone_by_the_time_of_publishing_is_told(cast: Cast) -> None:
    team = Team.objects.create(name="Data", slug="data")
    draft = rule_drafts.open_draft(cast.workspace, by=None)
    rule_drafts.add(draft, rule("Data", assign={"to": [{"team": team.pk}]}), seen=0, by=None)
    team.delete()
    with pytest.raises(Invalid, match="There is no team") as caught, transaction.atomic():
        rule_publishing.publish(draft, seen=draft.edition, by=None)
    assert caught.value.errors[0].pointer == "/rules/0"


def test_rolling_back_publishes_a_copy_of_an_older_version(cast: Cast) -> None:
    first = publish(cast.workspace, rule("First"))
    publish(cast.workspace, rule("Second"))
    draft = rule_drafts.open_draft(cast.workspace, by=cast.owner)
    back = rule_publishing.roll_back(first, by=cast.owner, note="The second was wrong")
    assert (back.number, back.is_rollback, back.based_on) == (4, True, first)
    assert published(cast.workspace) == back
    assert [form.key for form in forms_of(back)] == [form.key for form in forms_of(first)]
    assert run_of(cast.submit()).rule.version == back
    assert draft_of(cast.workspace) == draft
    event = Event.objects.filter(kind="rules.published").latest("pk")
    assert (event.payload or {})["rolled_back_to"] == 2


def test_a_draft_is_thrown_away(cast: Cast) -> None:
    draft = rule_drafts.open_draft(cast.workspace, by=cast.owner)
    stale = draft_of(cast.workspace)
    assert stale is not None
    rule_drafts.add(draft, rule("A"), seen=0, by=cast.owner)
    with pytest.raises(EditedMeanwhile):
        rule_drafts.discard(stale, seen=0, by=cast.owner)
    rule_drafts.discard(stale, seen=1, by=cast.owner)
    assert draft_of(cast.workspace) is None
    with pytest.raises(EditedMeanwhile, match="thrown away"):
        rule_drafts.add(draft, rule("B"), seen=1, by=cast.owner)


def test_only_valid_lists_are_imported(cast: Cast) -> None:
    draft = rule_drafts.open_draft(cast.workspace, by=None)
    with pytest.raises(Invalid, match="must stand last"), transaction.atomic():
        rule_drafts.replace(draft, [rule("A")], seen=0, by=None)
    otherwise = forms_of(draft)
    twice = [RuleForm("A", None, {"assign": {"to": [{"role": "owner"}]}}, key="K")] * 2
    with pytest.raises(Invalid, match="same key"), transaction.atomic():
        rule_drafts.replace(draft, [*twice, *otherwise], seen=0, by=None)
    assert names(draft_of(cast.workspace)) == ["Otherwise"]


def test_what_is_hardly_meant_is_told_and_not_refused(cast: Cast) -> None:
    never = {"and": [{**LOW, "op": "gt", "value": 0.9}, LOW]}
    forms = [rule("Never", never), rule("All"), rule("Late", LOW)]
    version = publish(cast.workspace, *forms)
    assert [(each.pointer, each.detail) for each in warnings(forms_of(version))] == [
        (
            "/rules/0/condition",
            "These never hold together: confidence is above 0.9; confidence is below 0.6.",
        ),
        ("/rules/2", "“All” comes before it and fits always."),
    ]
