"""Masked until revealed: what a reviewer sees, what is recorded, what cannot be approved before."""

import base64
import re
from typing import Any

import pytest
from django.test import Client

from reviews import decisions, verdicts
from reviews.models import Decision, Handoff
from tests.cast import Cast, make_user
from tests.secrets.corpus import KEY, run
from workspaces.models import Event, Membership, Role

TOKEN = "ghp_" + run(36)
CARD = "4111 1111 1111 1111"


def action(**members: Any) -> dict[str, Any]:
    args = {"token": TOKEN, "user": "ada"}
    return {"name": "deploy", "args": args, **members}


def page(client: Client, handoff: Handoff, query: str = "") -> str:
    answer = client.get(f"{handoff.get_absolute_url()}{query}")
    assert answer.status_code == 200
    return answer.content.decode()


def reveal(client: Client, handoff: Handoff, place: str) -> int:
    return client.post(f"{handoff.get_absolute_url()}reveal/", {"place": place}).status_code


def approve(client: Client, handoff: Handoff, verdict: str = "approve", **more: str) -> Any:
    form = {
        "verdict": verdict,
        "revision": str(handoff.revision),
        "digest": handoff.current.package_sha256,
        **more,
    }
    return client.post(f"{handoff.get_absolute_url()}decide/", form)


def revealed(handoff: Handoff) -> list[Any]:
    return [
        event.payload
        for event in Event.objects.filter(kind="secret.revealed", subject_id=handoff.public_id)
    ]


def test_arguments_are_masked_and_revealed_to_one_reviewer_only(cast: Cast) -> None:
    handoff, client = cast.submit(actions=[action()]), cast.client(cast.reviewer)
    text = page(client, handoff)
    assert TOKEN not in text
    assert "1 secret is masked here: token." in text
    assert 'class="mask"' in text
    assert reveal(client, handoff, "action:0") == 303
    assert TOKEN in page(client, handoff)
    assert TOKEN not in page(cast.client(cast.owner), handoff)
    assert revealed(handoff) == [{"revision": 1, "place": "action:0", "kinds": ["token"]}]
    assert reveal(client, handoff, "action:0") == 303
    assert len(revealed(handoff)) == 1, "looking again is no new fact"


def test_the_page_before_revealing_changes_nothing(cast: Cast) -> None:
    handoff = cast.submit(actions=[action()])
    page(cast.client(cast.reviewer), handoff)
    assert revealed(handoff) == []


def test_a_viewer_cannot_reveal(cast: Cast) -> None:
    viewer = make_user("viewer@example.com")
    Membership.objects.create(user=viewer, workspace=cast.workspace, role=Role.VIEWER)
    handoff, client = cast.submit(actions=[action()]), cast.client(viewer)
    assert "Reveal</button>" not in page(client, handoff)
    assert reveal(client, handoff, "action:0") == 403
    assert reveal(client, handoff, "nonsense") in (303, 403)
    assert revealed(handoff) == []


def test_an_action_is_approved_only_by_whom_its_secrets_were_revealed_to(cast: Cast) -> None:
    handoff, client = cast.submit(actions=[action()]), cast.client(cast.reviewer)
    refused = approve(client, handoff, note="Go ahead")
    text = refused.content.decode()
    assert refused.status_code == 422
    assert "deploy has masked secrets in its arguments" in text
    assert text.count("Reveal</button>") == 2, "beside the action and beside the refusal"
    assert "Go ahead" in text
    assert TOKEN not in text
    reveal(cast.client(cast.owner), handoff, "action:0")
    assert approve(client, handoff).status_code == 422, "somebody else's looking does not count"
    reveal(client, handoff, "action:0")
    assert approve(client, handoff).status_code == 303


def test_rejecting_and_asking_need_no_secret(cast: Cast) -> None:
    handoff = cast.submit(actions=[action()])
    assert approve(cast.client(cast.reviewer), handoff, "reject", note="No").status_code == 303


def test_a_new_round_is_masked_again(cast: Cast) -> None:
    client = cast.client(cast.reviewer)
    handoff = cast.submit(actions=[action()], id="x")
    reveal(client, handoff, "action:0")
    taken = cast.submit(actions=[action(args={"token": TOKEN, "user": "eve"})], id="x")
    handoff = Handoff.objects.get(pk=taken.pk)
    assert handoff.revision == 2
    assert TOKEN not in page(client, handoff)
    assert approve(client, handoff).status_code == 422
    assert TOKEN in page(client, handoff, "?round=1")


def test_of_several_actions_only_the_secret_one_holds_the_whole_back(cast: Cast) -> None:
    two = [action(id="a"), {"id": "b", "name": "tell", "args": {"who": "all"}}]
    handoff, client = cast.submit(actions=two), cast.client(cast.reviewer)
    given = {"verdict-a": "approve", "verdict-b": "approve"}
    assert approve(client, handoff, "each", **given).status_code == 422
    asked = approve(client, handoff)
    assert asked.status_code == 200, "the list of what one press approves"
    assert TOKEN not in asked.content.decode()
    assert approve(client, handoff, listed="1").status_code == 422
    other = {"verdict-a": "reject", "note-a": "No", "verdict-b": "approve"}
    assert approve(client, handoff, "each", **other).status_code == 303
    entries = Decision.objects.get(handoff=handoff).read_entries()
    assert [entry["type"] for entry in entries] == ["reject", "approve"]


def test_the_one_decision_function_refuses_whatever_door_is_used(cast: Cast) -> None:
    handoff = cast.submit(actions=[action()])
    for verdict in (
        verdicts.Verdict("approve"),
        verdicts.Verdict("approve", handoff.current.parsed.actions[0].id),
        verdicts.Verdict("edit", None, edited_args={"token": "x"}),
    ):
        with pytest.raises(decisions.SecretsMasked) as refused:
            decisions.decide(
                handoff=handoff,
                user=cast.reviewer,
                revision=1,
                digest=handoff.current.package_sha256,
                given=verdicts.Given((verdict,)),
            )
        assert refused.value.places == ["action:0"]
        assert refused.value.errors[0].pointer == "/verdicts/0"
    assert not Decision.objects.exists()


def test_a_masked_argument_is_not_editable_and_comes_back_exactly(cast: Cast) -> None:
    handoff, client = cast.submit(actions=[action()]), cast.client(cast.reviewer)
    before = page(client, handoff, "?edit=1")
    assert TOKEN not in before
    assert 'name="arg-0-user"' not in before
    assert "Reveal its secrets to edit it." in before
    assert approve(client, handoff, "edited", **{"arg-0-user": "eve"}).status_code == 422
    reveal(client, handoff, "action:0")
    after = page(client, handoff, "?edit=1")
    assert TOKEN in after
    sent = {"arg-0-user": "eve", "arg-0-token": TOKEN}
    assert approve(client, handoff, "edited", **sent).status_code == 303
    (entry,) = Decision.objects.get(handoff=handoff).read_entries()
    assert entry["edited_action"]["args"] == {"token": TOKEN, "user": "eve"}


def test_a_text_file_with_a_secret_is_not_editable_until_revealed(cast: Cast) -> None:
    file = {"path": "a.env", "content": f"A=1\nGITHUB_TOKEN={TOKEN}\n"}
    handoff = cast.submit(actions=[action(args={"a": 1})], context={"files": [file]})
    client = cast.client(cast.reviewer)
    before = page(client, handoff, "?edit=1")
    assert TOKEN not in before
    assert 'name="file-0"' not in before
    reveal(client, handoff, "files:1")
    assert 'name="file-0"' in page(client, handoff, "?edit=1")


def test_revealing_keeps_what_was_typed(cast: Cast) -> None:
    handoff, client = cast.submit(actions=[action()]), cast.client(cast.reviewer)
    url = f"{handoff.get_absolute_url()}reveal/?place=action:0&tab=audit"
    answer = client.post(url, {"note": "Half a thought"})
    text = answer.content.decode()
    assert answer.status_code == 200
    assert TOKEN in text
    assert "Half a thought" in text
    assert "secret.revealed" in text


@pytest.mark.parametrize(
    ("tab", "place", "context"),
    [
        ("files", "files:1", {"files": [{"path": "a.py", "content": f"x = '{TOKEN}'\n"}]}),
        ("files", "files:1", {"files": [{"path": "a.json", "content": f'{{"k": "{TOKEN}"}}'}]}),
        ("files", "files:1", {"files": [{"path": "a.md", "content": f"# A\n\nSay {TOKEN}\n"}]}),
        ("files", "files:1", {"files": [{"path": "a.csv", "content": f"a,b\n1,{TOKEN}\n"}]}),
        ("files", "files:1", {"files": [{"path": "a.pem", "content": f"{TOKEN}\n{KEY}\n"}]}),
        ("log", "log:1", {"logs": [{"path": "x.log", "content": f"INFO \x1b[1m{TOKEN}\x1b[0m\n"}]}),
        ("steps", "steps", {"steps": [{"action": "login", "observation": TOKEN}]}),
        ("prompts", "prompts", {"messages": [{"role": "user", "content": f"use {TOKEN}"}]}),
    ],
)
def test_each_tab_is_masked_and_revealed(
    cast: Cast, tab: str, place: str, context: dict[str, Any]
) -> None:
    for file in (*context.get("files", ()), *context.get("logs", ())):
        file["content_base64"] = base64.b64encode(file.pop("content").encode()).decode()
    handoff, client = cast.submit(context=context), cast.client(cast.reviewer)
    text = page(client, handoff, f"?tab={tab}")
    assert TOKEN not in text
    assert KEY.split("\n")[2] not in text
    assert re.search("secrets? (is|are) masked here", text)
    assert reveal(client, handoff, place) == 303
    assert TOKEN in page(client, handoff, f"?tab={tab}")
    assert re.search("secrets? (is|are) shown to you here", page(client, handoff, f"?tab={tab}"))


def test_the_agents_own_words_are_revealed_together(cast: Cast) -> None:
    handoff = cast.submit(
        f"Pay with {CARD}",
        summary=f"Key: `{TOKEN}`",
        error={"message": f"refused {TOKEN}", "traceback": f"Traceback\n{KEY}"},
        context={
            "links": [{"url": f"https://git.example.com/?access_token={TOKEN}", "title": "Build"}]
        },
    )
    client = cast.client(cast.reviewer)
    text = page(client, handoff)
    assert TOKEN not in text
    assert CARD not in text
    assert "3 secrets are masked here" in text
    assert reveal(client, handoff, "words") == 303
    shown = page(client, handoff)
    assert shown.count(TOKEN) >= 3
    assert CARD in shown
    assert CARD not in re.findall("<title>.*?</title>", shown, re.DOTALL)[0]


def test_what_was_found_at_intake_is_kept_as_places_and_kinds(cast: Cast) -> None:
    handoff = cast.submit(
        actions=[action(args={"a": {"password": "x"}, "b": ["no", TOKEN]})],
        context={"files": [{"path": "a.env", "content": f"GITHUB_TOKEN={TOKEN}\n"}]},
    )
    assert handoff.current.secrets == [
        {"at": "/actions/0/args/a/password", "kind": "password", "count": 1},
        {"at": "/actions/0/args/b/1", "kind": "github", "count": 1},
        {"at": "file:a.env", "kind": "github", "count": 1},
    ]
    assert TOKEN in handoff.current.document, "the document stays as received"
    checks = page(cast.client(cast.reviewer), handoff)
    assert "3 secrets were found and are masked: GitHub token, password" in checks


def test_an_honest_document_has_nothing_masked(cast: Cast) -> None:
    handoff = cast.submit(actions=[action(args={"sha": "9f86d081884c7d65"})], summary="All good.")
    assert handoff.current.secrets == []
    assert "masked" not in page(cast.client(cast.reviewer), handoff)


def test_a_changed_secret_shows_as_a_change_without_showing_it(cast: Cast) -> None:
    def sent(token: str) -> Handoff:
        file = {"path": "a.env", "content": f"A=1\nGITHUB_TOKEN={token}\n"}
        return cast.submit(id="x", context={"files": [file]})

    sent(TOKEN)
    handoff = sent("ghp_" + run(36, seed=4))
    text = page(cast.client(cast.reviewer), handoff, "?tab=files&as=since")
    assert re.search('<div class="a"[^>]*>.*?class="mask"', text)
    assert re.search('<div class="d"[^>]*>.*?class="mask"', text)
    assert TOKEN not in text


def test_a_diff_that_is_kept_still_counts_its_masks_and_is_shown_to_whom_it_was_revealed(
    cast: Cast,
) -> None:
    def files(word: str) -> dict[str, Any]:
        return {"files": [{"path": "a.env", "content": f"{word}\nTOKEN={TOKEN}\n"}]}

    handoff = cast.submit("Keys", context=files("one"))
    body = {"title": "Keys", "context": files("two")}
    answer = cast.api().post(
        f"/api/v1/handoffs/{handoff.public_id}/revisions", body, content_type="application/json"
    )
    assert answer.status_code == 201
    handoff.refresh_from_db()
    reviewer, owner = cast.client(cast.reviewer), cast.client(cast.owner)
    for _opening in range(2):
        html = page(reviewer, handoff, "?tab=files")
        assert TOKEN not in html and "1 secret is masked here" in html
    assert reveal(reviewer, handoff, "files:1") in (200, 302, 303)
    for _opening in range(2):
        html = page(reviewer, handoff, "?tab=files")
        assert TOKEN in html and "1 secret is shown to you here" in html
        other = page(owner, handoff, "?tab=files")
        assert TOKEN not in other and "1 secret is masked here" in other
