"""Editing before approving: the form, its buttons, the step that shows the difference."""

import re
from typing import Any

import pytest
from django.test import Client

from reviews import binding
from reviews.models import Decision, Handoff
from tests.cast import Cast
from tests.screens.test_deciding import DEPLOY, SCHEMA, entries, post

NESTED: dict[str, Any] = {
    "id": "o1",
    "name": "order",
    "args": {"rows": [{"sku": "A", "n": 1}], "note": None, "price": 10},
    "args_schema": {
        "type": "object",
        "properties": {
            "rows": {
                "type": "array",
                "items": {
                    "type": "object",
                    "required": ["sku", "n"],
                    "properties": {"sku": {"type": "string"}, "n": {"type": "integer"}},
                },
            },
            "note": {"type": ["string", "null"]},
            "price": {"type": "number", "maximum": 50},
        },
    },
}


@pytest.fixture
def reviewer(cast: Cast) -> Client:
    return cast.client(cast.reviewer)


def fields(html: str) -> dict[str, str]:
    """Hidden fields of the page that belong to the form for decisions."""
    found = re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)" form="decide">', html)
    return {name: value.replace("&quot;", '"').replace("&#x27;", "'") for name, value in found}


def text(answer: Any) -> str:
    return str(answer.content.decode())


def test_edited_arguments_reach_the_decision_with_their_types(cast: Cast, reviewer: Client) -> None:
    handoff = cast.submit(actions=[{**DEPLOY, "args_schema": SCHEMA}])
    assert 'name="arg-0-pods"' in text(post(reviewer, handoff, "edit"))
    form = {"arg-0-version": "1.5", "arg-0-pods": "4"}
    assert post(reviewer, handoff, "edited", **form).status_code == 303
    assert entries(handoff)[0]["edited_action"]["args"] == {"version": "1.5", "pods": 4}


@pytest.mark.parametrize("typed", ["many", "9"])
def test_a_wrong_argument_is_kept_beside_what_is_wrong_with_it(
    cast: Cast, reviewer: Client, typed: str
) -> None:
    handoff = cast.submit(actions=[{**DEPLOY, "args_schema": SCHEMA}])
    form = {"arg-0-version": "1.5", "arg-0-pods": typed}
    for verdict in ("review", "edited"):
        answer = post(reviewer, handoff, verdict, **form)
        html = text(answer)
        assert answer.status_code == 422
        assert f'value="{typed}"' in html
        assert 'href="#arg-0-pods"' in html  # the summary leads to the field
        assert 'aria-describedby="arg-0-pods-error"' in html
        assert 'id="arg-0-pods-error"' in html
    assert not Decision.objects.exists()


def test_an_edit_that_changes_nothing_says_so(cast: Cast, reviewer: Client) -> None:
    handoff = cast.submit(actions=[DEPLOY])
    form = {"arg-0-version": "1.4", "arg-0-pods": "3"}
    for verdict in ("review", "edited"):
        answer = post(reviewer, handoff, verdict, **form)
        assert answer.status_code == 422
        assert "You changed nothing" in text(answer)


def test_a_row_is_added_by_a_button_that_works_without_script(cast: Cast, reviewer: Client) -> None:
    handoff = cast.submit(actions=[NESTED])
    html = text(post(reviewer, handoff, "", change="0|add:rows"))
    assert 'name="arg-0-rows/+1/sku"' in html
    assert fields(html)["arg-0-rows:rows"] == "0,+1"
    (focused,) = re.findall(r"<input[^>]* data-focus autofocus\s*>", html)
    assert 'name="arg-0-rows/+1/' in focused
    form = {**fields(html), "arg-0-rows/+1/sku": "B", "arg-0-rows/+1/n": "2", "arg-0-note": "hi"}
    assert post(reviewer, handoff, "edited", **form).status_code == 303
    assert entries(handoff)[0]["edited_action"]["args"] == {
        "rows": [{"sku": "A", "n": 1}, {"sku": "B", "n": 2}],
        "note": "hi",
        "price": 10,
    }


def test_with_script_a_button_of_the_form_brings_only_the_form(
    cast: Cast, reviewer: Client
) -> None:
    handoff = cast.submit(actions=[NESTED])
    answer = reviewer.post(
        f"{handoff.get_absolute_url()}decide/",
        {"change": "0|add:rows", "part": "edit"},
        headers={"HX-Request": "true"},
    )
    assert text(answer).strip().startswith('<section class="card edit" id="edit"')
    assert not Decision.objects.exists()


def test_the_difference_is_shown_and_everything_typed_is_kept_both_ways(
    cast: Cast, reviewer: Client
) -> None:
    cast.write("copy.txt", "one\ntwo\n")
    handoff = cast.submit(actions=[NESTED], context={"files": ["copy.txt"]})
    form = {"arg-0-price": "12.50", "file-0": "one\r\nTWO\r\n"}
    shown = text(post(reviewer, handoff, "review", **form))
    assert "<code>price</code>" in shown
    assert "10</span></code></del>" in shown
    assert "12.50</span></code></ins>" in shown
    assert re.search(r'class="d".*two', shown, re.DOTALL)
    assert not Decision.objects.exists()
    kept = fields(shown)
    assert kept["arg-0-price"] == "12.50"
    back = text(post(reviewer, handoff, "edit", **kept))
    assert 'value="12.50"' in back
    assert "TWO" in back
    assert post(reviewer, handoff, "edited", **kept).status_code == 303
    (entry,) = entries(handoff)
    assert entry["edited_action"]["args"]["price"] == 12.50
    assert entry["edited_files"][0]["path"] == "copy.txt"


def test_the_difference_stays_on_the_page_after_the_decision(cast: Cast, reviewer: Client) -> None:
    cast.write("copy.txt", "one\ntwo\n")
    handoff = cast.submit(actions=[NESTED], context={"files": ["copy.txt"]})
    form = {"arg-0-price": "12.50", "file-0": "one\r\nTWO\r\n"}
    assert post(reviewer, handoff, "edited", **form).status_code == 303
    for who in (cast.reviewer, cast.owner):
        html = text(cast.client(who).get(handoff.get_absolute_url()))
        assert "What was edited" in html
        assert "12.50</span></code></ins>" in html
        assert re.search(r'class="a".*TWO', html, re.DOTALL)


def test_the_arguments_are_edited_as_one_json_text(cast: Cast, reviewer: Client) -> None:
    handoff = cast.submit(actions=[DEPLOY])
    html = text(post(reviewer, handoff, "", change="0|json:"))
    assert 'name="arg-0-"' in html
    assert fields(html)["arg-0-:mode"] == "json"
    form = {"arg-0-:mode": "json", "arg-0-": '{"version": "2", "pods": 3,}'}
    refused = post(reviewer, handoff, "review", **form)
    assert refused.status_code == 422
    assert "line 1" in text(refused)
    form["arg-0-"] = '{"version": "2", "pods": 3}'
    assert post(reviewer, handoff, "edited", **form).status_code == 303
    assert entries(handoff)[0]["edited_action"]["args"] == {"version": "2", "pods": 3}


def test_what_happens_to_the_actions_that_are_not_edited_is_said(
    cast: Cast, reviewer: Client
) -> None:
    handoff = cast.submit(actions=[{**DEPLOY, "id": each, "name": f"do-{each}"} for each in "abc"])
    form = {"arg-0-pods": "4", "verdict-c": "reject", "note-c": "Not this one."}
    html = text(post(reviewer, handoff, "review", **form))
    assert "1 action is approved as it is: do-b." in html
    assert "1 action is rejected: do-c." in html
    assert post(reviewer, handoff, "edited", **fields(html)).status_code == 303
    found = [(entry["type"], entry.get("message", "")) for entry in entries(handoff)]
    assert found == [("edit", ""), ("approve", ""), ("reject", "Not this one.")]


def test_an_action_cannot_be_both_edited_and_rejected(cast: Cast, reviewer: Client) -> None:
    handoff = cast.submit(actions=[{**DEPLOY, "id": each} for each in "ab"])
    answer = post(reviewer, handoff, "review", **{"arg-0-pods": "4", "verdict-a": "reject"})
    assert answer.status_code == 422
    assert "you edited it and chose another verdict" in text(answer)


@pytest.mark.parametrize(
    ("data", "typed", "expected"),
    [
        (b"one\r\ntwo\r\n", "one\r\nTWO\r\n", b"one\r\nTWO\r\n"),
        (b"\xef\xbb\xbfone\n", "TWO\r\n", b"\xef\xbb\xbfTWO\n"),
        ("Zürich\n".encode("latin-1"), "Zürich ist schön\r\n", "Zürich ist schön\n".encode("l1")),
        ("a\r\n".encode("utf-16"), "b\r\n", "b\r\n".encode("utf-16")),
    ],
)
def test_an_edited_file_keeps_its_encoding_and_its_line_ends(
    cast: Cast, reviewer: Client, data: bytes, typed: str, expected: bytes
) -> None:
    cast.write("copy.txt", data)
    handoff = cast.submit(context={"files": ["copy.txt"]})
    assert "Esc, then Tab" in text(post(reviewer, handoff, "edit"))
    assert post(reviewer, handoff, "edited", **{"file-0": typed}).status_code == 303
    (edited,) = entries(handoff)[0]["edited_files"]
    assert binding.store().read(edited["sha256"], 100) == expected


def test_a_file_says_why_it_cannot_take_a_character_or_is_too_large(
    cast: Cast, reviewer: Client
) -> None:
    cast.write("small.txt", "Zürich\n".encode("latin-1"))
    cast.write("large.txt", "x" * 200_000)
    handoff = cast.submit(context={"files": ["small.txt", "large.txt"]})
    assert "large.txt has 195.3" in text(post(reviewer, handoff, "edit"))
    answer = post(reviewer, handoff, "review", **{"file-0": "5 €"})
    assert answer.status_code == 422
    assert "which has no “€”" in text(answer)


def critical(cast: Cast) -> Handoff:
    args = {"version": "1.4", "environment": "production"}
    return cast.submit(actions=[{**DEPLOY, "args": args, "risk": "critical"}])


def test_the_name_and_the_target_are_typed_as_they_are_shown(cast: Cast, reviewer: Client) -> None:
    handoff = critical(cast)
    assert "<code>deploy production</code>" in text(post(reviewer, handoff, "approve"))
    for typed, status in (
        ("deploy", 422),
        ("Deploy production", 422),
        ("  deploy   production ", 303),
    ):
        assert post(reviewer, handoff, "approve", **{"confirm-d1": typed}).status_code == status
    decision = Decision.objects.get()
    assert decision.released_at is not None  # no undo


def test_the_password_confirms_as_well_and_is_never_in_the_page(
    cast: Cast, reviewer: Client
) -> None:
    cast.reviewer.set_password("correct horse battery")
    cast.reviewer.save()
    reviewer.force_login(cast.reviewer)
    handoff = critical(cast)
    wrong = post(reviewer, handoff, "approve", password="guess-guess")
    assert wrong.status_code == 422
    assert "This is not your password" in text(wrong)
    assert "guess-guess" not in text(wrong)
    assert post(reviewer, handoff, "approve", password="correct horse battery").status_code == 303


def test_passwords_cannot_be_guessed_at_the_confirmation(cast: Cast, reviewer: Client) -> None:
    handoff = critical(cast)
    said = [text(post(reviewer, handoff, "approve", password=f"no{n}")) for n in range(11)]
    assert "Too many wrong passwords" in said[-1]


def test_one_press_lists_all_that_are_still_open_and_asks_for_each_critical_one(
    cast: Cast, reviewer: Client
) -> None:
    safe = {"id": "s", "name": "look", "args": {"n": 1}}
    handoff = cast.submit(
        actions=[
            safe,
            {**safe, "id": "r", "name": "wipe"},
            {**DEPLOY, "args": {"env": "prod"}, "risk": "critical"},
            {"id": "d2", "name": "drop", "args": {"table": "t"}, "risk": "critical"},
        ]
    )
    asked = text(post(reviewer, handoff, "approve", **{"verdict-r": "reject"}))
    assert "Approve 3 actions?" in asked
    assert "keeps the other verdict" in asked
    assert "<code>deploy prod</code>" in asked
    assert "<code>drop t</code>" in asked
    form = {"verdict-r": "reject", "listed": "1", "confirm-d1": "deploy prod"}
    assert post(reviewer, handoff, "approve", **form).status_code == 422
    assert not Decision.objects.exists()
    form["confirm-d2"] = "drop t"
    assert post(reviewer, handoff, "approve", **form).status_code == 303
    assert [each["type"] for each in entries(handoff)] == [
        "approve",
        "reject",
        "approve",
        "approve",
    ]


def test_a_workspace_has_ready_reasons_that_its_admins_change(cast: Cast, reviewer: Client) -> None:
    handoff = cast.submit(actions=[DEPLOY])
    assert "Too risky as it is." in text(reviewer.get(handoff.get_absolute_url()))
    owner = cast.client(cast.owner)
    url = f"/w/{cast.workspace.slug}/settings/"
    form = {
        "name": "Acme",
        "allow_self_approval": "auto",
        "reasons_reject": "Wrong customer.\n",
        "reasons_request_changes": "",
    }
    assert owner.post(url, form).status_code == 302
    html = text(reviewer.get(handoff.get_absolute_url()))
    assert 'data-reason="reject"' in html
    assert "Wrong customer." in html
    assert "Too risky" not in html
    refused = owner.post(url, {**form, "reasons_reject": "\n".join("abcde")})
    assert "At most 4 lines" in text(refused)


def test_a_reason_is_chosen_from_a_list_where_there_is_no_script(
    cast: Cast, reviewer: Client
) -> None:
    handoff = cast.submit(actions=[DEPLOY])
    answer = post(reviewer, handoff, "request_changes", reason="Explain why.", note="And where.")
    assert answer.status_code == 303
    assert entries(handoff)[0]["message"] == "Explain why.\nAnd where."


def test_the_undo_bar_follows_to_every_page(cast: Cast, reviewer: Client) -> None:
    handoff = cast.submit(actions=[DEPLOY])
    post(reviewer, handoff, "reject")
    for url in ("/w/", "/notifications/", "/profile/"):
        answer = reviewer.get(url)
        if answer.status_code == 200:
            assert f'action="/h/{handoff.number}/undo/"' in text(answer), url
    assert reviewer.post(f"/h/{handoff.number}/undo/").status_code == 303


def test_edits_that_were_undone_are_there_when_the_form_opens_again(
    cast: Cast, reviewer: Client
) -> None:
    content = [{"path": "notes.md", "content": "As it was.\n"}]
    handoff = cast.submit(actions=[{**DEPLOY, "args_schema": SCHEMA}], context={"files": content})
    typed = {"arg-0-version": "1.5", "arg-0-pods": "4", "file-0": "Better.\n"}
    assert post(reviewer, handoff, "edited", note="Smaller.", **typed).status_code == 303
    other = cast.client(cast.owner)
    reviewer.post(f"/h/{handoff.number}/undo/")
    for answer in (
        reviewer.get(f"{handoff.get_absolute_url()}?edit=1"),
        post(reviewer, handoff, "edit"),
    ):
        html = text(answer)
        assert 'value="1.5"' in html
        assert "Better." in html
        assert "Smaller." in html
        assert "edits that you took back" in html
    # Somebody else begins with what the agent wrote.
    assert "took back" not in text(other.get(f"{handoff.get_absolute_url()}?edit=1"))
    form = {**fields(html), "arg-0-version": "1.5", "arg-0-pods": "4", "file-0": "Better.\n"}
    assert post(reviewer, handoff, "edited", **form).status_code == 303
    assert entries(handoff)[0]["edited_action"]["args"] == {"version": "1.5", "pods": 4}
