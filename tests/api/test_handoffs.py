"""The JSON API: the protocol's REST table, call by call."""

import json
from datetime import timedelta
from typing import Any

import jsonschema
import pytest
from django.test import Client

from reviews.models import Answer, Handoff, IdempotencyKey
from reviews.schema import sources
from tests.cast import Cast
from tests.domain.test_intake import decide, let_go
from workspaces import clock, throttle
from workspaces.models import AgentToken, AgentWorkspace

pytestmark = pytest.mark.django_db
URL = "/api/v1/handoffs"


def post(client: Client, body: Any, url: str = URL, **headers: str) -> Any:
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    return client.post(url, data, content_type="application/json", headers=headers)


def check_problem(response: Any, status: int) -> dict[str, Any]:
    assert response.status_code == status, response.content
    assert response["Content-Type"] == "application/problem+json"
    body: dict[str, Any] = response.json()
    assert {"type", "title", "status", "detail", "instance", "errors"} == set(body)
    assert body["status"] == status
    return body


def test_a_post_is_answered_with_where_the_handoff_is(cast: Cast) -> None:
    response = post(cast.api(), {"title": "Nightly report is ready"})
    assert response.status_code == 201
    body = response.json()
    handoff = Handoff.objects.get()
    assert body["id"] == handoff.public_id
    assert response["Location"] == body["url"]
    assert body["web_url"].endswith(f"/h/HO-{handoff.pk}/")
    assert (body["status"], body["revision"], body["warnings"]) == ("pending", 1, [])


def test_a_near_misspelling_comes_back_as_a_warning(cast: Cast) -> None:
    body = post(cast.api(), {"title": "x", "sumary": "y"}).json()
    assert body["warnings"][0]["pointer"] == "/sumary"


def test_a_replay_is_200_with_the_same_answer(cast: Cast) -> None:
    first = post(cast.api(), {"title": "x", "id": "run-1"})
    again = post(cast.api(), {"title": "x", "id": "run-1"})
    assert (first.status_code, again.status_code) == (201, 200)
    assert again["Idempotent-Replayed"] == "true"
    assert again.json() == first.json()


def test_an_idempotency_key_makes_one_handoff_and_refuses_another_body(cast: Cast) -> None:
    first = post(cast.api(), {"title": "x"}, **{"Idempotency-Key": "k1"})
    again = post(cast.api(), {"title": "x"}, **{"Idempotency-Key": "k1"})
    assert (first.status_code, again.status_code) == (201, 200)
    assert again.json() == first.json()
    assert Handoff.objects.count() == 1
    check_problem(post(cast.api(), {"title": "y"}, **{"Idempotency-Key": "k1"}), 422)
    theirs = post(cast.api(cast.second_token), {"title": "y"}, **{"Idempotency-Key": "k1"})
    assert theirs.status_code == 201


def test_an_idempotency_key_is_forgotten_after_a_day(cast: Cast) -> None:
    post(cast.api(), {"title": "x"}, **{"Idempotency-Key": "k1"})
    IdempotencyKey.objects.update(created_at=clock.now() - timedelta(hours=25))
    from reviews.tasks import sweep

    sweep()
    post(cast.api(), {"title": "y"}, **{"Idempotency-Key": "k1"})
    assert Handoff.objects.count() == 2


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"{", 400),
        (b'{"title": "x", "title": "y"}', 400),
        (b'{"title": "x", "confidence": NaN}', 400),
        (b'{"title": "\\ud800"}', 400),
        (b'\xef\xbb\xbf{"title": "x"}', 400),
        (b'{"title": "a\\u0000b"}', 400),
        (b'{"title": "x", "metadata": ' + b"[" * 100_000 + b"]" * 100_000 + b"}", 400),
        (b"[]", 422),
        (b'{"trigger": "error"}', 422),
        (b'{"title": "x", "expires_at": "2020-01-01T00:00:00Z"}', 422),
        (b'{"title": "x", "actions": [{"id": "1", "name": "a"}, {"id": "1", "name": "b"}]}', 422),
        (b'{"title": "' + b"x" * (3 * 1024 * 1024) + b'"}', 413),
    ],
)
def test_bad_input_is_a_problem_with_a_sentence_and_nothing_is_made(
    cast: Cast, body: bytes, status: int
) -> None:
    problem = check_problem(post(cast.api(), body), status)
    assert problem["detail"]
    assert not Handoff.objects.exists()


def test_another_media_type_is_415(cast: Cast) -> None:
    response = cast.api().post(URL, b"title=x", content_type="application/x-www-form-urlencoded")
    check_problem(response, 415)


@pytest.mark.parametrize("header", ["", "Basic eDp5", "Bearer hdk_short", "Bearer hdk_" + "a" * 49])
def test_a_wrong_token_is_401_and_says_what_is_wrong(cast: Cast, header: str) -> None:
    client = Client(headers={"authorization": header})
    response = post(client, {"title": "x"})
    check_problem(response, 401)
    assert response["WWW-Authenticate"].startswith("Bearer")


def test_a_revoked_an_expired_and_a_deactivated_agents_token_are_401(cast: Cast) -> None:
    AgentToken.objects.update(revoked_at=clock.now())
    assert "revoked" in check_problem(post(cast.api(), {"title": "x"}), 401)["detail"]
    AgentToken.objects.update(revoked_at=None, expires_at=clock.now() - timedelta(seconds=1))
    assert "expired" in check_problem(post(cast.api(), {"title": "x"}), 401)["detail"]
    AgentToken.objects.update(expires_at=None)
    cast.agent.is_active = False
    cast.agent.save()
    check_problem(post(cast.api(), {"title": "x"}), 401)


def test_a_token_without_the_scope_is_403(cast: Cast) -> None:
    AgentToken.objects.update(scopes=["read"])
    check_problem(post(cast.api(), {"title": "x"}), 403)
    assert cast.api().get(URL).status_code == 200


def test_a_workspace_that_was_not_granted_is_403(cast: Cast) -> None:
    check_problem(post(cast.api(), {"title": "x", "workspace": "other"}), 403)
    AgentWorkspace.objects.all().delete()
    check_problem(post(cast.api(), {"title": "x"}), 403)


def test_another_agents_handoff_is_404_for_every_call(cast: Cast) -> None:
    theirs = cast.submit(agent=cast.second_agent).public_id
    api = cast.api()
    check_problem(api.get(f"{URL}/{theirs}"), 404)
    for call, body in (
        ("revisions", {"title": "x"}),
        ("messages", {"text": "x"}),
        ("withdraw", {}),
        ("ack", {"applied": True}),
    ):
        check_problem(post(api, body, f"{URL}/{theirs}/{call}"), 404)
    check_problem(api.get(f"{URL}/{theirs}/files/{'0' * 64}"), 404)


def test_a_handoff_shows_its_decision_and_is_picked_up_by_that(cast: Cast) -> None:
    handoff = cast.submit(id="run-1", metadata={"thread": 7})
    before = cast.api().get(f"{URL}/{handoff.public_id}")
    assert before.json()["decision"] is None
    let_go(decide(cast, handoff))
    assert Answer.objects.get().picked_up_at is None
    after = cast.api().get(f"{URL}/{handoff.public_id}")
    assert after["ETag"] != before["ETag"]
    document = after.json()["decision"]
    jsonschema.validate(document, sources.load("decision-v1"))
    assert document["metadata"] == {"thread": 7}
    assert Answer.objects.get().picked_up_at is not None
    same = cast.api().get(f"{URL}/{handoff.public_id}", headers={"If-None-Match": after["ETag"]})
    assert same.status_code == 304


def test_until_the_window_closes_the_agent_sees_pending(cast: Cast) -> None:
    handoff = cast.submit()
    decide(cast, handoff)
    body = cast.api().get(f"{URL}/{handoff.public_id}").json()
    assert (body["status"], body["decision"]) == ("pending", None)
    response = post(cast.api(), {"title": "x"}, f"{URL}/{handoff.public_id}/revisions")
    assert check_problem(response, 409)["type"].endswith("answer-on-its-way")
    assert int(response["Retry-After"]) >= 1
    check_problem(post(cast.api(), {}, f"{URL}/{handoff.public_id}/withdraw"), 409)


def test_a_claim_is_shown_to_the_agent(cast: Cast) -> None:
    from reviews import claims

    handoff = cast.submit()
    claims.claim(handoff=handoff, user=cast.reviewer)
    assert cast.api().get(f"{URL}/{handoff.public_id}").json()["status"] == "claimed"
    cast.submit("unclaimed")
    shown = {
        status: [item["title"] for item in cast.api().get(URL, {"status": status}).json()["items"]]
        for status in ("claimed", "pending")
    }
    assert shown == {"claimed": ["Deploy?"], "pending": ["unclaimed"]}


def test_a_revision_opens_the_next_round(cast: Cast) -> None:
    handoff = cast.submit()
    response = post(cast.api(), {"title": "Round two"}, f"{URL}/{handoff.public_id}/revisions")
    assert (response.status_code, response.json()["revision"]) == (201, 2)


def test_messages_go_both_ways(cast: Cast) -> None:
    from reviews import conversation

    handoff = cast.submit()
    url = f"{URL}/{handoff.public_id}"
    conversation.say(handoff=handoff, text="Why 4.12?", user=cast.reviewer)
    assert post(cast.api(), {"text": "It fixes the leak."}, f"{url}/messages").status_code == 201
    said = [(m["from"], m["text"]) for m in cast.api().get(url).json()["messages"]]
    assert said == [("human", "Why 4.12?"), ("agent", "It fixes the leak.")]
    check_problem(post(cast.api(), {"text": " "}, f"{url}/messages"), 422)
    check_problem(post(cast.api(), {"text": 7}, f"{url}/messages"), 422)


def test_withdraw_and_ack_are_idempotent(cast: Cast) -> None:
    handoff = cast.submit()
    url = f"{URL}/{handoff.public_id}"
    check_problem(post(cast.api(), {"applied": True}, f"{url}/ack"), 409)
    for _ in range(2):
        assert post(cast.api(), {}, f"{url}/withdraw").json()["status"] == "withdrawn"
    for _ in range(2):
        acked = post(cast.api(), {"applied": True, "result": 1}, f"{url}/ack")
        assert acked.json()["applied"] is True
    check_problem(post(cast.api(), {"applied": "yes"}, f"{url}/ack"), 422)


def test_a_file_is_served_by_its_digest_as_it_was_shown(cast: Cast) -> None:
    cast.write("page.html", "<script>alert(1)</script>")
    handoff = cast.submit(context={"files": ["page.html"]})
    sha256 = handoff.current.artifacts.get().sha256
    cast.write("page.html", "changed since")
    response = cast.api().get(f"{URL}/{handoff.public_id}/files/{sha256}")
    assert response.content == b"<script>alert(1)</script>"
    assert response["Content-Security-Policy"] == "sandbox; default-src 'none'"
    assert response["Content-Disposition"] == "attachment"
    check_problem(cast.api().get(f"{URL}/{handoff.public_id}/files/{'0' * 64}"), 404)


def test_the_list_is_paged_by_key_and_holds_only_ones_own(cast: Cast) -> None:
    for number in range(5):
        cast.submit(f"n{number}")
    cast.submit("theirs", agent=cast.second_agent)
    titles, cursor = [], ""
    while True:
        asked = {"limit": "2", "cursor": cursor} if cursor else {"limit": "2"}
        page = cast.api().get(URL, asked).json()
        titles += [item["title"] for item in page["items"]]
        cursor = page["next_cursor"]
        if not cursor:
            break
    assert titles == ["n0", "n1", "n2", "n3", "n4"]
    for query in ("status=lost", "limit=0", "limit=x", "cursor=zzz", "updated_since=yesterday"):
        check_problem(cast.api().get(f"{URL}?{query}"), 422)


def test_too_many_requests_are_429_with_retry_after(cast: Cast) -> None:
    throttle.tokens.clear()
    AgentToken.objects.update(rate=1)
    responses = [cast.api().get(URL) for _ in range(4)]
    assert [r.status_code for r in responses[:2]] == [200, 200]
    check_problem(responses[3], 429)
    assert int(responses[3]["Retry-After"]) >= 1
    throttle.tokens.clear()


def test_intake_stops_below_the_floor_of_free_space_and_deciding_goes_on(
    cast: Cast, settings: Any
) -> None:
    handoff = cast.submit()
    settings.HANDOFF_FREE_BYTES = 1 << 62
    check_problem(post(cast.api(), {"title": "x"}), 507)
    let_go(decide(cast, handoff))


def test_every_error_below_api_is_a_problem(cast: Cast) -> None:
    check_problem(cast.api().get("/api/v1/nothing"), 404)
    check_problem(cast.api().get("/api/nothing"), 404)
    check_problem(cast.api().put(URL), 405)
    assert cast.api().put(URL)["Allow"] == "GET, POST"


def test_a_failure_of_the_desk_is_a_problem_without_a_traceback(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*args: object, **options: object) -> None:
        raise RuntimeError("secret detail")

    monkeypatch.setattr("reviews.intake.submit", fail)
    problem = check_problem(post(cast.api(), {"title": "x"}), 500)
    assert "secret" not in json.dumps(problem)


def test_keys_schemas_and_openapi_are_served(cast: Cast) -> None:
    client = Client()
    assert client.get("/api/v1/keys").json()["keys"][0]["crv"] == "Ed25519"
    for name in sources.NAMES:
        assert client.get(f"/api/v1/schemas/{name}").status_code == 200
    check_problem(client.get("/api/v1/schemas/passwd"), 404)
    assert client.get("/api/v1/openapi.json").json()["openapi"].startswith("3.1")
    page = client.get("/api/v1/docs")
    assert page.status_code == 200
    assert b"/handoffs/{id}" in page.content
