"""POST and GET /api/v1/handoffs, and what may be done with one of them."""

import base64
import binascii
import hashlib
from collections.abc import Callable
from datetime import datetime

from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.utils.dateparse import parse_datetime

from reviews import binding, conversation, decisions, dialects, intake, receipts, schema
from reviews.api import documents, idempotency
from reviews.models import Artifact, Comment, Handoff, Status
from workspaces import clock, strictjson
from workspaces.actors import Actor
from workspaces.auth import Bearer
from workspaces.errors import Forbidden, Invalid, NotFound, Problem
from workspaces.http import (
    agent_endpoint,
    as_object,
    authenticate,
    endpoint,
    json_response,
    read_body,
    read_object,
    whole_number,
)
from workspaces.models import Agent, Workspace


@endpoint("GET", "POST")
def collection(request: HttpRequest) -> HttpResponse:
    if request.method == "POST":
        return _submit(request, authenticate(request, "submit"))
    return _list(request, authenticate(request, "read"))


def _submit(request: HttpRequest, asking: Bearer) -> HttpResponse:
    body = read_body(request)

    def prepare() -> Callable[[], idempotency.Answer]:
        submission = _submission(body, asking, slug=request.GET.get("workspace"))
        package = intake.prepare(submission)
        return lambda: _taken(intake.submit(submission, package))

    return idempotency.answer(request, asking.token, body, prepare)


def _taken(taken: intake.Taken) -> idempotency.Answer:
    handoff, revision = taken.handoff, taken.revision
    answer = documents.submitted(handoff, revision.number, revision.warnings)
    if taken.is_replay:
        return 200, answer, {"Idempotent-Replayed": "true"}
    return 201, answer, {"Location": receipts.api_url(handoff)}


def _submission(
    body: bytes, asking: Bearer, workspace: Workspace | None = None, *, slug: str | None = None
) -> intake.Submission:
    """A handoff/v1 document or a framework's own body, which has no member for the workspace:
    ``slug`` names it."""
    value = strictjson.loads(body)
    native = dialects.translate(value, source=body)
    if native is None:
        document = schema.parse(value, now=clock.now(), origin="api", source=body)
        slug = document.workspace
    else:
        document = schema.parse(native.document, now=clock.now(), origin="api")
    return intake.Submission(
        workspace=workspace or _workspace_for(asking.agent, slug),
        submitter=asking.agent,
        document=document,
        received_sha256=hashlib.sha256(body).hexdigest(),
        token_id=asking.token.pk,
        dialect=native.dialect if native else "",
        native=strictjson.dumps(value) if native else "",
    )


def _workspace_for(agent: Agent, slug: str | None) -> Workspace:
    """The workspace a POST goes to. Raises Forbidden or Invalid with the way out."""
    granted = Workspace.objects.active().filter(agent_grants__agent=agent)
    if slug:
        found = granted.filter(slug=slug.replace("\0", "\ufffd")).first()  # PostgreSQL takes no NUL
        if found is None:
            raise Forbidden(f"This agent may not submit to a workspace “{slug[:100]}”.")
        return found
    choices = list(granted[:2])
    if len(choices) == 1:
        return choices[0]
    if not choices:
        raise Forbidden("This agent may not submit to any workspace; an admin can grant one.")
    detail = (
        "workspace: name one; this agent may submit to several. "
        "A framework's own body takes it from the address: ?workspace=…"
    )
    raise Invalid(detail, errors=[Problem("/workspace", detail)])


def own(asking: Bearer, public_id: str) -> Handoff:
    """A handoff of this agent. Another's is not found, as one that does not exist."""
    found = (
        Handoff.objects.select_related("workspace", "submitter", "claimed_by")
        .filter(public_id=public_id, submitter=asking.agent)
        .first()
    )
    if found is None:
        raise NotFound("This agent has no such handoff.")
    return found


def _list(request: HttpRequest, asking: Bearer) -> HttpResponse:
    now = clock.now()
    limit = whole_number(request, "limit", default=50, least=1, most=200)
    rows = Handoff.objects.filter(submitter=asking.agent).select_related("workspace")
    if status := request.GET.get("status"):
        rows = rows.filter(_has_status(status, now))
    if since := request.GET.get("updated_since"):
        rows = rows.filter(updated_at__gte=_moment("updated_since", since))
    if cursor := request.GET.get("cursor"):
        at, pk = _read_cursor(cursor)
        rows = rows.filter(Q(updated_at__gt=at) | Q(updated_at=at, pk__gt=pk))
    page = list(rows.order_by("updated_at", "pk")[: limit + 1])
    following = _cursor(page[limit - 1]) if len(page) > limit else None
    items = [documents.summary(handoff, now) for handoff in page[:limit]]
    return json_response({"items": items, "next_cursor": following})


def _has_status(status: str, now: datetime) -> Q:
    """As shown: "claimed" is pending with a live lease, so "pending" is pending without one."""
    claimed = Q(status=Status.PENDING, verdict="", claimed_until__gt=now)
    if status == "claimed":
        return claimed
    if status == Status.PENDING:
        return Q(status=status) & (
            ~Q(verdict="") | Q(claimed_until=None) | Q(claimed_until__lte=now)
        )
    if status in Status.values:
        return Q(status=status)
    detail = f"status: must be one of claimed, {', '.join(Status.values)}."
    raise Invalid(detail, errors=[Problem("/status", detail)])


def _moment(name: str, text: str) -> datetime:
    try:
        moment = parse_datetime(text.replace(" ", "+"))
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None:
        detail = f"{name}: must be a date and time with a zone, as 2026-11-22T10:00:00Z."
        raise Invalid(detail, errors=[Problem(f"/{name}", detail)])
    return moment


def _cursor(handoff: Handoff) -> str:
    text = f"{handoff.updated_at.isoformat()}|{handoff.pk}"
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def _read_cursor(cursor: str) -> tuple[datetime, int]:
    try:
        text = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode()
        at, _, pk = text.partition("|")
        moment = datetime.fromisoformat(at)
        if moment.tzinfo is not None and 0 < int(pk) < 2**63:
            return moment, int(pk)
    except (binascii.Error, ValueError):
        pass
    detail = "cursor: must be a next_cursor of an earlier page."
    raise Invalid(detail, errors=[Problem("/cursor", detail)])


@agent_endpoint("GET", scope="read")
def item(request: HttpRequest, asking: Bearer, public_id: str) -> HttpResponse:
    """One handoff now; a request that waits is served by ``reviews.api.waiting``."""
    return item_response(request, own(asking, public_id))


def item_response(request: HttpRequest, handoff: Handoff) -> HttpResponse:
    """200 with ETag, or 304. Showing a decision is what "picked up" means."""
    now = clock.now()
    answer = documents.latest_answer(handoff)
    tag = documents.etag(handoff, answer, now)
    if request.method == "GET" and answer is not None:
        receipts.pick_up(handoff, answer, at=now)
    if request.headers.get("If-None-Match") == tag:
        response = HttpResponse(status=304)
        response["ETag"] = tag
        return response
    return json_response(documents.detail(handoff, now), headers={"ETag": tag})


@agent_endpoint("POST", scope="submit")
def revisions(request: HttpRequest, asking: Bearer, public_id: str) -> HttpResponse:
    handoff = own(asking, public_id)
    body = read_body(request)

    def prepare() -> Callable[[], idempotency.Answer]:
        submission = _submission(body, asking, handoff.workspace)
        stated = submission.document.external_id
        if stated and stated != handoff.external_id:
            detail = "id: a round keeps the id of its handoff; leave it out or repeat it."
            raise Invalid(detail, errors=[Problem("/id", detail)])
        package = intake.prepare(submission)
        return lambda: _taken(intake.open_round(handoff, submission, package))

    return idempotency.answer(request, asking.token, body, prepare)


@agent_endpoint("POST", scope="submit")
def messages(request: HttpRequest, asking: Bearer, public_id: str) -> HttpResponse:
    handoff = own(asking, public_id)
    body = read_body(request)

    def prepare() -> Callable[[], idempotency.Answer]:
        text = as_object(body).get("text")
        if not isinstance(text, str):
            detail = "text: must be a string."
            raise Invalid(detail, errors=[Problem("/text", detail)])
        return lambda: _said(conversation.say(handoff=handoff, text=text, agent=asking.agent))

    return idempotency.answer(request, asking.token, body, prepare)


def _said(comment: Comment) -> idempotency.Answer:
    return 201, {"text": comment.body, "at": comment.created_at.isoformat()}, {}


@agent_endpoint("POST", scope="submit")
def withdraw(request: HttpRequest, asking: Bearer, public_id: str) -> HttpResponse:
    handoff = decisions.withdraw(handoff=own(asking, public_id), actor=Actor.agent(asking.agent))
    return json_response(documents.detail(handoff, clock.now()))


@agent_endpoint("POST", scope="submit")
def ack(request: HttpRequest, asking: Bearer, public_id: str) -> HttpResponse:
    body = receipts.ack_body(read_object(request))
    answer = receipts.acknowledge(
        own(asking, public_id), applied=body["applied"], result=body.get("result")
    )
    return json_response(
        {
            "applied": answer.was_applied,
            "result": answer.ack_result,
            "acked_at": answer.acked_at.isoformat() if answer.acked_at else None,
        }
    )


@agent_endpoint("GET", scope="read")
def file(request: HttpRequest, asking: Bearer, public_id: str, sha256: str) -> HttpResponse:
    """What was shown in any round, or edited by a reviewer, as an attachment that does nothing."""
    handoff = own(asking, public_id)
    shown = Artifact.objects.filter(revision__handoff=handoff, sha256=sha256, is_stored=True)
    if not (shown.exists() or sha256 in _edited(handoff)) or not binding.store().has(sha256):
        raise NotFound("This handoff has no stored file with this digest.")
    with binding.store().open(sha256) as stored:
        response = HttpResponse(stored.read(), content_type="application/octet-stream")
    response["Content-Disposition"] = "attachment"
    response["Content-Security-Policy"] = "sandbox; default-src 'none'"
    response["ETag"] = f'"{sha256}"'
    response["X-Content-Type-Options"] = "nosniff"
    return response


def _edited(handoff: Handoff) -> set[str]:
    """Digests of the files that released decisions edited."""
    released = handoff.decisions.filter(released_at__isnull=False, outcome__in=["edited", "mixed"])
    entries = [entry for decision in released for entry in decision.read_entries()]
    return {file["sha256"] for entry in entries for file in entry.get("edited_files", [])}
