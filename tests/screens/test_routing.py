"""The routing screens: rules as sentences, their draft, and everything one does with it."""

import json
import re
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from reviews import rule_drafts, rule_forms, rule_publishing, rule_simulations
from reviews.models import RoutingRun, RuleVersion
from reviews.rule_forms import RuleForm
from tests.cast import Cast, make_agent, make_user
from tests.rules.stage import member, publish, rule, to
from workspaces.models import Membership, Role, Team, TeamMember, User

pytestmark = pytest.mark.django_db
ERRORS = {"fact": "trigger", "op": "eq", "value": "error"}
HOME = "/routing/acme/"


def fields(**more: Any) -> dict[str, Any]:
    """A whole form: errors go to the reviewers."""
    return {
        "name": "Errors",
        "is_active": "on",
        "c.0.mode": "all",
        "c.0.0.fact": "trigger",
        "c.0.0.op": "eq",
        "c.0.0.value": "error",
        "to": ["role:reviewer"],
        "pick": "all",
        "do": "save",
        **{name.replace("__", "."): value for name, value in more.items()},
    }


def seen(client: Client, path: str = HOME) -> dict[str, str]:
    """The hidden fields of a page's draft."""
    html = client.get(path).content.decode()
    return {
        name: found[1]
        for name in ("draft", "edition")
        if (found := re.search(rf'name="{name}" value="([^"]*)"', html))
    }


def text(html: bytes) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", html.decode()))


def draft(cast: Cast) -> RuleVersion:
    found = rule_forms.draft_of(cast.workspace)
    assert found is not None
    return found


def names(version: RuleVersion) -> list[str]:
    return [form.name for form in rule_forms.forms_of(version)]


def otherwise_key(cast: Cast) -> str:
    version = rule_forms.published(cast.workspace)
    assert version is not None
    return version.rules.get(is_otherwise=True).key


def test_the_list_says_every_rule_in_force_desk_wide_first_otherwise_last(cast: Cast) -> None:
    publish(None, rule("Questions", {"fact": "trigger", "op": "eq", "value": "question"}))
    publish(cast.workspace, rule("Errors", ERRORS, due={"minutes": 30, "business": False}))
    cast.submit(trigger="error", error={"type": "X", "message": "y"})
    said = text(cast.client(cast.owner).get(HOME).content)
    order = [said.index(each) for each in ("Questions", "Errors", "Otherwise")]
    assert order == sorted(order)
    assert "When the trigger is error" in said and "due in 30 min" in said
    assert "the reviewers of Acme" in said
    assert re.search(r"Errors .*? 1 ?in 7 days", said)


def test_a_draft_is_made_edited_and_published(cast: Cast) -> None:
    client = cast.client(cast.owner)
    assert client.post(f"{HOME}draft/", {"do": "open"}).status_code == 302
    answer = client.post(f"{HOME}rules/new/", {**fields(due="2", due_unit="hours"), **seen(client)})
    assert answer.status_code == 302, text(answer.content)
    made = draft(cast).rules.get(name="Errors")
    assert made.condition == ERRORS
    assert made.actions["due"] == {"minutes": 120, "business": False}
    page = text(client.get(HOME).content)
    assert "Draft, not in force" in page and "New" in page
    row = f'id="rule-{made.key}"'
    assert row in client.get(HOME).content.decode()
    assert row not in client.get(f"{HOME}?show=force").content.decode()
    answer = client.post(f"{HOME}publish/", {"note": "On call", **seen(client, f"{HOME}publish/")})
    assert answer.status_code == 302
    version = rule_forms.published(cast.workspace)
    assert version is not None and version.number == 2 and version.note == "On call"
    assert names(version) == ["Errors", "Otherwise"]
    run = RoutingRun.objects.get(
        handoff=cast.submit(trigger="error", error={"type": "X", "message": "y"})
    )
    assert run.rule.name == "Errors"


def test_rows_and_groups_come_and_go_by_plain_buttons_and_nothing_typed_is_lost(cast: Cast) -> None:
    client = cast.client(cast.owner)
    form = fields(name="Half typed", do="row:0")
    html = client.post(f"{HOME}rules/new/", form).content.decode()
    assert 'value="Half typed"' in html and 'name="c.0.1.fact"' in html
    form = fields(name="Half typed", do="group:0")
    html = client.post(f"{HOME}rules/new/", form).content.decode()
    assert 'name="c.0.1.mode"' in html and 'name="c.0.1.0.fact"' in html
    two = {"c.0.1.fact": "confidence", "c.0.1.op": "lt", "c.0.1.value": "0.6"}
    html = client.post(f"{HOME}rules/new/", fields(**two, do="up:0.1")).content.decode()
    assert html.index('value="0.6"') < html.index('value="error" selected')
    html = client.post(f"{HOME}rules/new/", fields(**two, do="remove:0.0")).content.decode()
    assert 'value="0.6"' in html and 'name="c.0.1.fact"' not in html
    other = {"c.0.0.fact": "confidence", "c.0.0.was": "trigger"}
    html = client.post(f"{HOME}rules/new/", fields(**other, do="draw")).content.decode()
    assert 'value="error"' not in html and 'name="c.0.0.value" value=""' in html
    html = client.post(f"{HOME}rules/new/", fields(do="step:")).content.decode()
    assert 'name="step.0.after"' in html and 'value="50"' in html
    assert rule_forms.draft_of(cast.workspace) is None  # nothing was saved


TREE = {
    "and": [
        ERRORS,
        {"or": [
            {"fact": "workspace", "op": "in", "value": [1, 2]},
            {"fact": "files", "op": "match", "value": ["imports/**/*.csv"]},
            {"fact": "argument", "pointer": "/amount", "action": "refund", "op": "gt",
             "value": 500},
            {"fact": "argument", "pointer": "/dry", "op": "eq", "value": True},
            {"fact": "argument", "pointer": "/to", "op": "in", "value": ["a", "5"]},
        ]},
        {"not": {"or": [
            {"fact": "tags", "op": "in", "value": ["dry-run", "test"]},
            {"fact": "confidence", "op": "exists", "value": False},
        ]}},
        {"not": {"fact": "risk", "op": "ge", "value": "high"}},
        {"fact": "time", "op": "within", "value": {
            "zone": "Europe/Berlin", "from": "09:00", "to": "17:00", "weekdays": ["mon", "fri"]}},
        {"fact": "text", "op": "contains", "value": "refund"},
        {"fact": "round", "op": "in", "value": [2, 3]},
    ]
}  # fmt: skip
ACTIONS = {
    "assign": {"to": [{"role": "admin"}], "pick": "round_robin"},
    "priority": "high",
    "due": {"minutes": 90, "business": True},
    "approvals": {"needed": 3, "four_eyes": True, "veto": False},
    "viewed": True,
    "confirm": "password",
    "undo_seconds": 8,
    "ladder": [
        {"at": 0.5, "to": [{"role": "admin"}], "act": "notify"},
        {"minutes": 240, "business": True, "to": [{"role": "owner"}], "act": "assign"},
    ],
    "on_expiry": "reject",
}


def sent_back(html: str) -> dict[str, list[str]]:
    """What a browser would send of a form that nobody touched."""
    from html.parser import HTMLParser

    found: dict[str, list[str]] = {}

    class Fields(HTMLParser):
        select = ""
        area = ""
        first = ""
        is_form = False

        def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
            given = dict(attrs)
            if tag == "form":
                self.is_form = given.get("id") == "rule"
            if not self.is_form:
                return
            name = given.get("name") or ""
            if tag == "input" and name:
                is_box = given.get("type") in ("checkbox", "radio")
                if not is_box or "checked" in given:
                    found.setdefault(name, []).append(given.get("value") or "on" * is_box)
            elif tag == "select":
                self.select, self.first = name, ""
            elif tag == "option" and self.select:
                self.first = self.first or (given.get("value") or "")
                if "selected" in given:
                    found.setdefault(self.select, []).append(given.get("value") or "")
            elif tag == "textarea":
                self.area = name
                found[name] = [""]

        def handle_endtag(self, tag: str) -> None:
            if tag == "select" and self.select:
                found.setdefault(self.select, [self.first])
                self.select = ""
            self.area = "" if tag == "textarea" else self.area

        def handle_data(self, data: str) -> None:
            if self.area:
                found[self.area][0] += data

    Fields().feed(html)
    return found


def test_a_form_that_nobody_touched_sends_back_the_very_same_rule(cast: Cast) -> None:
    tree = json.loads(json.dumps(TREE).replace("[1, 2]", f"[{cast.workspace.pk}]"))
    team = Team.objects.create(name="Data", slug="data")
    actions = {
        **ACTIONS,
        "not": {"users": [cast.reviewer.pk], "teams": [team.pk]},
    }
    publish(cast.workspace, RuleForm("Whole", tree, actions))
    client = cast.client(cast.owner)
    found = rule_forms.published(cast.workspace)
    assert found is not None
    key = found.rules.get(name="Whole").key
    html = client.get(f"{HOME}rules/{key}/").content.decode()
    answer = client.post(f"{HOME}rules/{key}/", {**sent_back(html), "do": "save"})
    assert answer.status_code == 302, text(answer.content)
    kept = draft(cast).rules.get(key=key)
    assert kept.condition == tree
    assert kept.actions == actions


def test_every_problem_stands_beside_its_field_and_what_was_typed_stays(cast: Cast) -> None:
    client = cast.client(cast.owner)
    wrong = {"c.0.1.fact": "confidence", "c.0.1.op": "lt", "c.0.1.value": "very"}
    form = {**fields(name="", undo_seconds="99", due="soon", **wrong), "to": []}
    answer = client.post(f"{HOME}rules/new/", form)
    html = answer.content.decode()
    assert answer.status_code == 422
    assert "5 things to mend" in html
    for typed in ('value="very"', 'value="99"', 'value="soon"'):
        assert typed in html
    after = html[html.index('name="c.0.1.value"') :]
    assert "This must be a number." in after[:2000]
    assert "from 0 to 30" in html and "Name at least one person" in html
    assert rule_forms.draft_of(cast.workspace) is None


def test_the_sentence_is_told_while_one_writes(cast: Cast) -> None:
    client = cast.client(cast.owner)
    said = text(client.post(f"{HOME}rules/reads/", fields()).content)
    assert "When the trigger is error: the reviewers of Acme." in said
    half = text(client.post(f"{HOME}rules/reads/", fields(c__0__0__value="")).content)
    assert "Not a whole rule yet." in half and "1 thing to mend" in half


def test_a_draft_is_ordered_switched_and_thrown_away(cast: Cast) -> None:
    publish(cast.workspace, rule("One", ERRORS), rule("Two", ERRORS))
    client = cast.client(cast.owner)

    def press(do: str) -> None:
        answer = client.post(f"{HOME}draft/", {"do": do, **seen(client)})
        assert answer.status_code == 302

    press("open")
    key = draft(cast).rules.get(name="Two").key
    press(f"up:{key}")
    assert names(draft(cast)) == ["Two", "One", "Otherwise"]
    press(f"down:{key}")
    assert names(draft(cast)) == ["One", "Two", "Otherwise"]
    press(f"off:{key}")
    assert not draft(cast).rules.get(key=key).is_active
    assert "Switched off" in text(client.get(HOME).content)
    press(f"on:{key}")
    press(f"remove:{key}")
    assert names(draft(cast)) == ["One", "Otherwise"]
    assert "Removed" in text(client.get(HOME).content)
    copy = client.get(f"{HOME}rules/new/?like={draft(cast).rules.get(name='One').key}")
    assert 'value="One (copy)"' in copy.content.decode()
    press("discard")
    assert rule_forms.draft_of(cast.workspace) is None


def test_the_second_admin_sees_the_firsts_change_and_loses_nothing(cast: Cast) -> None:
    publish(cast.workspace, rule("Errors", ERRORS))
    other = member(cast, "Ada", Role.ADMIN)
    first, second = cast.client(cast.owner), cast.client(other)
    first.post(f"{HOME}draft/", {"do": "open"})
    key = draft(cast).rules.get(name="Errors").key
    url = f"{HOME}rules/{key}/"
    mine, theirs = seen(second, url), seen(first, url)
    assert first.post(url, {**fields(name="Mishaps"), **theirs}).status_code == 302
    answer = second.post(url, {**fields(name="Troubles"), **mine})
    said = text(answer.content)
    assert answer.status_code == 409
    assert "Olive Owner" in said and "Mishaps" in said  # what the first did
    assert 'value="Troubles"' in answer.content.decode()  # what the second typed
    assert draft(cast).rules.get(key=key).name == "Mishaps"
    again = sent_back(answer.content.decode())
    assert second.post(url, {**again, "do": "save"}).status_code == 302
    assert draft(cast).rules.get(key=key).name == "Troubles"


def test_who_saves_into_a_draft_that_was_published_meanwhile_is_told(cast: Cast) -> None:
    publish(cast.workspace, rule("Errors", ERRORS))
    client = cast.client(cast.owner)
    client.post(f"{HOME}draft/", {"do": "open"})
    key = draft(cast).rules.get(name="Errors").key
    url = f"{HOME}rules/{key}/"
    old = seen(client, url)
    rule_publishing.publish(draft(cast), seen=0, by=cast.owner)
    answer = client.post(url, {**fields(name="Late"), **old})
    assert answer.status_code == 409
    assert "published or thrown away" in text(answer.content)
    again = {**sent_back(answer.content.decode()), "do": "save"}
    assert client.post(url, again).status_code == 302
    assert draft(cast).rules.get(key=key).name == "Late"


def test_a_publish_of_what_changed_meanwhile_is_shown_once_more(cast: Cast) -> None:
    client = cast.client(cast.owner)
    client.post(f"{HOME}draft/", {"do": "open"})
    old = seen(client, f"{HOME}publish/")
    rule_drafts.add(draft(cast), rule("Errors", ERRORS), seen=0, by=None)
    answer = client.post(f"{HOME}publish/", {**old, "note": "my note"})
    assert answer.status_code == 409
    said = text(answer.content)
    assert "added “Errors”" in said and "my note" in said
    again = seen(client, f"{HOME}publish/")
    assert client.post(f"{HOME}publish/", {**again, "note": "my note"}).status_code == 302


def test_versions_say_who_when_why_and_what_and_one_can_go_back(cast: Cast) -> None:
    publish(cast.workspace, rule("Errors", ERRORS))
    publish(cast.workspace, rule("Errors", ERRORS, priority="urgent"))
    client = cast.client(cast.owner)
    said = text(client.get(f"{HOME}versions/").content)
    assert "Version 3" in said and "Version 2" in said and "In force" in said
    said = text(client.get(f"{HOME}versions/2/").content)
    assert "Errors" in said and "Put version 2 in force again" in said
    assert client.post(f"{HOME}versions/2/back/", {"note": "too loud"}).status_code == 302
    version = rule_forms.published(cast.workspace)
    assert version is not None and version.number == 4 and version.is_rollback
    assert "priority" not in version.rules.get(name="Errors").actions
    said = text(client.get(f"{HOME}versions/4/").content)
    assert "too loud" in said and "Olive Owner" in said
    assert client.get(f"{HOME}versions/99/").status_code == 404


def test_a_test_says_of_every_rule_why_and_where_it_goes(cast: Cast) -> None:
    publish(
        cast.workspace,
        rule("Bold", {"and": [ERRORS, {"fact": "confidence", "op": "gt", "value": 0.9}]}),
        rule("Errors", ERRORS, assign=to(cast.reviewer)),
    )
    handoff = cast.submit("Load stopped", trigger="error", confidence=0.5,
                          error={"type": "X", "message": "y"})  # fmt: skip
    client = cast.client(cast.owner)
    for asked in (handoff.number, str(handoff.pk), "load STOPPED"):
        said = text(client.get(f"{HOME}test/", {"h": asked}).content)
        assert "Did not fire" in said and "confidence is above 0.9" in said and "found: 0.5" in said
        assert "So it goes to “Rae Reviewer”" in said
    client.post(f"{HOME}draft/", {"do": "open"})
    rule_drafts.switch(draft(cast).rules.get(name="Errors"), is_active=False, seen=0, by=None)
    said = text(client.get(f"{HOME}test/", {"h": handoff.number}).content)
    assert "It is switched off" in said and "differs" in said
    assert "No handoff has" in text(client.get(f"{HOME}test/", {"h": "zebra"}).content)
    assert "Load stopped" in text(client.get(f"{HOME}test/").content)


def test_a_simulation_is_started_polled_cancelled_and_told(cast: Cast) -> None:
    handoff = cast.submit(trigger="error", error={"type": "X", "message": "y"})
    client = cast.client(cast.owner)
    client.post(f"{HOME}rules/new/", {**fields(), "to": [f"user:{cast.reviewer.pk}"]})
    answer = client.post(f"{HOME}simulate/", {"days": "7"})
    row = rule_simulations.newest(draft(cast))
    assert row is not None and answer.headers["Location"] == f"{HOME}simulations/{row.pk}/"
    page = client.get(answer.headers["Location"]).content.decode()
    assert 'role="progressbar"' in page and "every 1s" in page
    assert client.post(f"{HOME}simulations/{row.pk}/cancel/").status_code == 302
    assert "Cancelled" in text(client.get(answer.headers["Location"]).content)
    client.post(f"{HOME}simulate/", {"days": "7"})
    row = rule_simulations.newest(draft(cast))
    assert row is not None
    rule_simulations.run(row.pk, "test")
    page = client.get(f"{HOME}simulations/{row.pk}/").content.decode()
    assert "1 would move" in text(page.encode()) and handoff.get_absolute_url() in page
    assert "Otherwise → the reviewers of Acme" in page and "Errors → " in page
    assert "every 1s" not in page
    assert "1 would move" in text(client.get(f"{HOME}publish/").content)


def test_a_rule_that_reaches_nobody_is_marked(cast: Cast) -> None:
    team = Team.objects.create(name="Night", slug="night")
    TeamMember.objects.create(team=team, user=cast.stranger)
    publish(cast.workspace, rule("Night", ERRORS, assign={"to": [{"team": team.pk}]}))
    said = text(cast.client(cast.owner).get(HOME).content)
    assert "1 rule reaches nobody who is active." in said
    assert "nobody of the team may decide here" in said


def test_why_me_links_to_the_version_for_admins_only(cast: Cast) -> None:
    publish(cast.workspace, rule("Errors", ERRORS))
    handoff = cast.submit(trigger="error", error={"type": "X", "message": "y"})
    page = cast.client(cast.owner).get(handoff.get_absolute_url()).content.decode()
    assert "Errors: the trigger is error" in page and f'href="{HOME}versions/2/' in page
    page = cast.client(cast.reviewer).get(handoff.get_absolute_url()).content.decode()
    assert "Errors: the trigger is error" in page and f"{HOME}versions/" not in page


def test_rules_of_the_desk_are_for_its_admins(cast: Cast) -> None:
    assert cast.client(cast.owner).get("/routing/desk/").status_code == 403
    assert cast.client(cast.reviewer).get(HOME).status_code == 403
    assert cast.client(cast.stranger).get(HOME).status_code == 404
    root = make_user("root@example.com")
    User.objects.filter(pk=root.pk).update(is_site_admin=True)
    client = cast.client(User.objects.get(pk=root.pk))
    assert client.get("/routing/desk/").status_code == 200
    assert client.post("/routing/desk/rules/new/", fields()).status_code == 302
    found = rule_forms.draft_of(None)
    assert found is not None and names(found) == ["Errors"]
    assert "The whole desk" in text(client.get("/routing/").content)
    assert Membership.objects.filter(user=root).count() == 0


def test_otherwise_has_no_condition_and_is_always_on(cast: Cast) -> None:
    client = cast.client(cast.owner)
    url = f"{HOME}rules/{otherwise_key(cast)}/"
    html = client.get(url).content.decode()
    assert 'name="c.0.mode"' not in html and 'name="is_active"' not in html
    form = {"name": "Otherwise", "to": ["role:admin"], "pick": "least_loaded", "do": "save"}
    assert client.post(url, form).status_code == 302
    kept = draft(cast).rules.get(is_otherwise=True)
    assert kept.condition is None and kept.is_active
    assert kept.actions["assign"] == {"to": [{"role": "admin"}], "pick": "least_loaded"}


def test_the_list_asks_the_same_however_many_rules_there_are(
    cast: Cast, django_assert_max_num_queries: Any
) -> None:
    publish(cast.workspace, *(rule(f"Rule {n}", ERRORS, due={"minutes": n + 1}) for n in range(60)))
    client = cast.client(cast.owner)
    with django_assert_max_num_queries(25):
        client.get(HOME)


def test_days_are_counted_from_now(cast: Cast) -> None:
    handoff = cast.submit()
    run = RoutingRun.objects.get(handoff=handoff)
    RoutingRun.objects.filter(pk=run.pk).update(created_at=run.created_at - timedelta(days=8))
    assert re.search(r"Otherwise .*? 0 ?in 7 days", text(cast.client(cast.owner).get(HOME).content))


def test_a_form_names_nobody_of_elsewhere(cast: Cast) -> None:
    """An admin of one workspace cannot read names of others by sending their numbers."""
    agent = make_agent("secret-agent")
    client = cast.client(cast.owner)
    for more in (
        {"to": [f"user:{cast.stranger.pk}"]},
        {"c.0.0.fact": "agent", "c.0.0.value": str(agent.pk)},
    ):
        said = text(client.post(f"{HOME}rules/reads/", {**fields(), **more}).content)
        answer = client.post(f"{HOME}rules/new/", {**fields(), **more})
        assert answer.status_code == 422
        for told in (said, text(answer.content)):
            assert "Sam Stranger" not in told and "secret-agent" not in told
    assert rule_forms.draft_of(cast.workspace) is None
    # What its rules name already may stay.
    publish(cast.workspace, rule("Old", ERRORS, assign=to(cast.stranger)))
    form = {**fields(), "to": [f"user:{cast.stranger.pk}"]}
    assert client.post(f"{HOME}rules/new/", form).status_code == 302
