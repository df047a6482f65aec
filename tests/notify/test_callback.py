import json
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from standardwebhooks import Webhook, WebhookVerificationError

from reviews import conversation, dispatch, lifecycle
from reviews.models import Channel, Delivery, Handoff, Status
from tests.notify.receivers import Call, Receiver
from tests.notify.stage import SECRET, Stage, only
from workspaces import clock
from workspaces.transactions import write

pytestmark = pytest.mark.both_databases

OLD_SECRET = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD"


def called_back(stage: Stage, receiver: Receiver, events: Sequence[str] = ()) -> Handoff:
    """A handoff whose callback is ``receiver``."""
    stage.agent.callback_hosts = [receiver.host]
    stage.agent.save()
    callback: dict[str, object] = {"url": receiver.url}
    if events:
        callback["events"] = list(events)
    return stage.hand_off(callback=callback, id="deploy-1")


def deliver(stage: Stage) -> Delivery:
    dispatch.run_once()
    dispatch.deliver_due()
    return only("callback")


def verified(call: Call, secret: str = SECRET) -> object:
    return Webhook(secret).verify(call.body, call.headers)


def test_an_answer_arrives_signed_with_the_decision_document_as_it_is(
    stage: Stage, receiver: Receiver
) -> None:
    handoff = called_back(stage, receiver)
    document = '{"n":1.50,"schema":"decision/v1","ü":12345678901234567890}'
    stage.answer(handoff, document=document)
    assert deliver(stage).status == Delivery.Status.DONE
    (call,) = receiver.calls
    verified(call)
    body = call.body.decode()
    assert f'"data": {document}}}' in body
    assert json.loads(body)["type"] == "handoff.decided"
    moment = datetime.fromisoformat(json.loads(body)["timestamp"])
    assert abs(moment - datetime.now(UTC)) < timedelta(minutes=1)
    assert call.headers["content-type"] == "application/json"


def test_a_changed_body_does_not_verify(stage: Stage, receiver: Receiver) -> None:
    stage.answer(called_back(stage, receiver))
    deliver(stage)
    (call,) = receiver.calls
    call.body = call.body.replace(b"1.0", b"2.0")
    with pytest.raises(WebhookVerificationError):
        verified(call)


def test_while_a_secret_rotates_both_sign(stage: Stage, receiver: Receiver) -> None:
    stage.agent.old_webhook_secret = OLD_SECRET
    stage.answer(called_back(stage, receiver))
    deliver(stage)
    (call,) = receiver.calls
    verified(call, SECRET)
    verified(call, OLD_SECRET)


def test_an_agent_without_a_secret_is_a_dead_letter(stage: Stage, receiver: Receiver) -> None:
    stage.agent.webhook_secret = ""
    stage.answer(called_back(stage, receiver))
    delivery = deliver(stage)
    assert (delivery.status, receiver.calls) == (Delivery.Status.DEAD, [])


def test_a_retry_has_the_same_id_and_a_new_timestamp(stage: Stage, receiver: Receiver) -> None:
    receiver.statuses = [500, 204]
    stage.answer(called_back(stage, receiver))
    assert deliver(stage).status == Delivery.Status.WAITING
    stage.pass_time(minutes=1)
    assert deliver(stage).status == Delivery.Status.DONE
    first, second = receiver.calls
    assert first.headers["webhook-id"] == second.headers["webhook-id"]
    assert first.headers["webhook-timestamp"] < second.headers["webhook-timestamp"]
    assert first.body == second.body


def test_two_answers_have_two_ids(stage: Stage, receiver: Receiver) -> None:
    handoff = called_back(stage, receiver)
    stage.answer(handoff, Status.CHANGES_REQUESTED)
    stage.hand_off("Mended", id="deploy-1", callback={"url": receiver.url})
    stage.answer(handoff)
    dispatch.run_once()
    dispatch.deliver_due()
    assert len({call.headers["webhook-id"] for call in receiver.calls}) == 2


@pytest.mark.parametrize("status", [301, 307, 400, 404, 429, 500, 503])
def test_what_is_not_2xx_is_tried_again(stage: Stage, receiver: Receiver, status: int) -> None:
    receiver.statuses = [status]
    stage.answer(called_back(stage, receiver))
    delivery = deliver(stage)
    assert delivery.status == Delivery.Status.WAITING
    assert str(status) in delivery.last_error


def test_a_redirect_to_the_inside_is_not_followed(stage: Stage, receiver: Receiver) -> None:
    receiver.statuses = [302]
    receiver.headers = {"Location": f"http://127.0.0.1:{receiver.port}/inside"}
    stage.answer(called_back(stage, receiver))
    assert "redirects are not followed" in deliver(stage).last_error
    assert [call.path for call in receiver.calls] == ["/hook"]


def test_410_switches_the_callback_off_for_good(stage: Stage, receiver: Receiver) -> None:
    receiver.statuses = [410]
    stage.answer(called_back(stage, receiver))
    assert deliver(stage).status == Delivery.Status.DEAD
    channel = Channel.objects.get(kind="callback")
    assert not channel.is_active and channel.disabled_at and "410" in channel.last_error
    stage.answer(stage.hand_off("Another", callback={"url": receiver.url}))
    dispatch.run_once()
    dispatch.deliver_due()
    assert len(receiver.calls) == 1


def test_410_leaves_the_agents_other_callbacks_on(stage: Stage, receiver: Receiver) -> None:
    receiver.statuses = [410, 204]
    stage.answer(called_back(stage, receiver))
    deliver(stage)
    stage.answer(stage.hand_off("Another", callback={"url": f"{receiver.url}/other"}))
    dispatch.run_once()
    dispatch.deliver_due()
    assert [call.path for call in receiver.calls] == ["/hook", "/hook/other"]


IN_TWO_HOURS = "in two hours"  # a date made when the test runs, which may be long after this


@pytest.mark.parametrize(
    ("value", "least", "most"),
    [
        ("3600", 3600, 3660),
        (IN_TWO_HOURS, 7000, 7260),
        ("0", 0, 10),
        ("-5", 0, 10),
        ("soon", 0, 10),
        ("Thu, 01 Jan 1970 00:00:00 GMT", 0, 10),
        ("99999999999", 23 * 3600, 25 * 3600),
    ],
    ids=["seconds", "date", "zero", "negative", "no number", "long ago", "too far"],
)
def test_retry_after_is_honoured(
    stage: Stage, receiver: Receiver, value: str, least: float, most: float
) -> None:
    if value == IN_TWO_HOURS:
        value = format_datetime(datetime.now(UTC) + timedelta(hours=2), usegmt=True)
    receiver.statuses, receiver.headers = [503], {"Retry-After": value}
    stage.answer(called_back(stage, receiver))
    pause = (deliver(stage).next_at - clock.now()).total_seconds()
    assert least - 5 < pause < most


def test_a_host_taken_off_the_list_since_is_not_called(stage: Stage, receiver: Receiver) -> None:
    stage.answer(called_back(stage, receiver))
    dispatch.run_once()
    stage.agent.callback_hosts = []
    stage.agent.save()
    dispatch.deliver_due()
    delivery = only("callback")
    assert delivery.status == Delivery.Status.DEAD
    assert "not among the agent's callback hosts" in delivery.last_error
    assert receiver.calls == []


def test_a_message_brings_its_words_and_the_state(stage: Stage, receiver: Receiver) -> None:
    handoff = called_back(stage, receiver, ["handoff.commented"])
    conversation.say(handoff=handoff, text="Which site?", user=stage.ana)
    deliver(stage)
    (call,) = receiver.calls
    verified(call)
    assert json.loads(call.body)["data"] == {
        "handoff": handoff.public_id,
        "id": "deploy-1",
        "status": "pending",
        "revision": 1,
        "message": "Which site?",
    }


def test_a_claim_is_told_where_it_is_asked_for(stage: Stage, receiver: Receiver) -> None:
    handoff = called_back(stage, receiver, ["handoff.claimed"])
    now = clock.now()
    until = now + timedelta(minutes=2)
    with write():
        lifecycle.claim(handoff, stage.ana, until=until, at=now, take_over=False)
    deliver(stage)
    (call,) = receiver.calls
    body = json.loads(call.body)
    assert (body["type"], body["data"]["status"]) == ("handoff.claimed", "claimed")
    assert "message" not in body["data"]
