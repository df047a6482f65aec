"""Everything the handoff page says, gathered once; templates only place it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Any

from django.http import QueryDict
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from reviews import policy, votes
from reviews.models import (
    Answer,
    Artifact,
    Decision,
    Handoff,
    Outcome,
    Revision,
    RoutingRun,
    Status,
)
from reviews.schema import HandoffDocument
from reviews.templatetags.reviewing import Mark, outcome_mark
from reviews.views import (
    agent_words,
    bars,
    changes,
    demands,
    edit_page,
    edits,
    masks,
    overview,
    plans,
    receipts,
    taken_back,
    timing,
)
from reviews.views import evidence as below
from reviews.views.origin import Origin
from reviews.views.place import Place
from reviews.views.routing_desk import why
from reviews.views.words import Words
from workspaces import clock
from workspaces.models import User

FILES_LISTED = 40
BACK = {
    "queue": gettext_lazy("Queue"),
    "mine": gettext_lazy("Mine"),
    "decided": gettext_lazy("Decided"),
}


@dataclass(frozen=True)
class Round:
    number: int
    url: str
    is_shown: bool


@dataclass(frozen=True)
class Conflict:
    """Why a decision was not saved."""

    status: int
    title: str
    detail: str
    url: str = ""
    action: str = ""


@dataclass(frozen=True)
class Check:
    is_good: bool
    text: str
    url: str = ""


@dataclass
class HandoffPage:
    """One handoff, one of its rounds, one reader."""

    handoff: Handoff
    revision: Revision
    user: User
    place: Place
    words: Words = field(default_factory=Words)
    mode: str = "show"
    conflict: Conflict | None = None
    posted: QueryDict | None = None
    just_revealed: str = ""
    must_reveal: list[str] = field(default_factory=list)
    origin: Origin = field(default_factory=Origin)
    previous_url: str = ""
    next_url: str = ""
    now: datetime = field(default_factory=clock.now)

    @cached_property
    def document(self) -> HandoffDocument:
        return self.revision.parsed

    @cached_property
    def url(self) -> str:
        return self.place.url()

    @property
    def evidence_url(self) -> str:
        kept = {
            k: v for k, v in self.place.asked.items() if k in {"tab", "file", "as", "from", "whole"}
        }
        return self.place.url(**kept)

    @property
    def title(self) -> SafeString:
        return self.said.title

    @property
    def ask(self) -> str:
        return plans.ask(self.handoff, self.document)

    @property
    def back(self) -> str:
        if self.origin.is_usual:
            return _("Queue") if self.is_open else _("Decided")
        return str(BACK[self.origin.section])

    @property
    def back_url(self) -> str:
        """The list it was opened from; by a link from elsewhere, the one it is in."""
        return "/decided/" if self.origin.is_usual and not self.is_open else self.origin.url

    @property
    def is_open(self) -> bool:
        return self.handoff.status == Status.PENDING

    @property
    def is_newest(self) -> bool:
        return self.revision.number == self.handoff.revision

    @cached_property
    def rounds(self) -> list[Round]:
        base, more = self.origin.url_of(self.handoff), self.origin.more
        newest = self.handoff.revision
        return [
            Round(
                number,
                base
                if number == newest
                else f"{self.handoff.get_absolute_url()}?round={number}{more}",
                number == self.revision.number,
            )
            for number in range(1, newest + 1)
        ]

    # What the server knows, then what the agent says.
    @cached_property
    def decision(self) -> Decision | None:
        """The vote that gave the shown round its verdict."""
        return (
            self.revision.decisions.filter(undone_at=None, gives_verdict=True)
            .select_related("reviewer")
            .first()
        )

    @cached_property
    def answer(self) -> Answer | None:
        if self.is_open and self.is_newest and not self.handoff.verdict:
            return None
        return Answer.objects.filter(revision=self.revision).first()

    @cached_property
    def outcome(self) -> Mark | None:
        if self.answer:
            return outcome_mark(self.answer.outcome, self.answer.status)
        return outcome_mark(self.decision.outcome) if self.decision else None

    @cached_property
    def routing(self) -> RoutingRun | None:
        runs = RoutingRun.objects.filter(revision=self.revision).order_by("-pk")
        return runs.select_related("rule__version__workspace").first()

    @cached_property
    def policy(self) -> policy.Policy:
        return policy.of_run(self.routing, self.handoff.workspace)

    @cached_property
    def votes(self) -> list[Decision]:
        """Those that stand on the round, where several are needed."""
        return votes.standing(self.revision) if self.policy.is_quorum else []

    @cached_property
    def demands(self) -> list[demands.Line]:
        return demands.of(self)

    @property
    def routing_url(self) -> str:
        return why.version_url(self.routing, self.user) if self.routing else ""

    @cached_property
    def receipt(self) -> receipts.Receipt | None:
        return receipts.of(self.decision, self.answer, self.user, self.votes)

    @cached_property
    def claim(self) -> bars.Claim:
        return bars.claim_of(self.handoff, self.user, self.now)

    @cached_property
    def reviewer(self) -> Mapping[str, str]:
        if rule := receipts.by_rule(self.answer):
            return {"name": rule, "text": _("the rule, by itself")}
        return bars.reviewer_of(self.handoff, self.decision, self.user, self.now)

    @cached_property
    def bar(self) -> bars.Bar:
        return bars.of(self)

    @property
    def several(self) -> bool:
        return len(self.document.actions) > 1

    @cached_property
    def actions(self) -> list[plans.ActionView]:
        return plans.actions(self.document, self.decision, self.words, self.place)

    @property
    def plan_title(self) -> str:
        return plans.title(self.decision, self.handoff, self.revision, self.user)

    @cached_property
    def artifacts(self) -> list[Artifact]:
        return sorted(self.place.files, key=lambda artifact: artifact.path)

    @property
    def files(self) -> list[dict[str, Any]]:
        return [plans.seal(artifact) for artifact in self.artifacts[:FILES_LISTED]]

    @property
    def files_left(self) -> str:
        left = len(self.artifacts) - FILES_LISTED
        if left <= 0:
            return ""
        return ngettext(
            "and %(n)d more, listed under Files", "and %(n)d more, listed under Files", left
        ) % {"n": left}

    @property
    def told(self) -> str:
        return plans.told(self.handoff, self.document)

    @property
    def when_told(self) -> str:
        told = plans.when_told(self.handoff, self.routing, self.document, self.user)
        return demands.when_told(self, told)

    @cached_property
    def timing(self) -> timing.Timing:
        return timing.of(self.handoff, self.routing, self.user, self.now)

    @cached_property
    def checks(self) -> list[Check]:
        return [
            Check(good, text, self.place.url(tab="files") if linked else "")
            for good, text, linked in plans.checks(self.revision, self.artifacts)
        ]

    @cached_property
    def _said(self) -> tuple[agent_words.AgentWords, masks.Masks]:
        return masks.drawn(self.place, "words", lambda: agent_words.of(self.document))

    @property
    def said(self) -> agent_words.AgentWords:
        return self._said[0]

    @property
    def words_masks(self) -> masks.Masks:
        return self._said[1]

    @property
    def summary(self) -> SafeString | str:
        return self.said.summary

    @property
    def confidence_reason(self) -> SafeString | str:
        return self.said.confidence_reason

    @property
    def error_message(self) -> SafeString | str:
        return self.said.error_message

    @property
    def traceback(self) -> SafeString | str:
        return self.said.traceback

    @property
    def links(self) -> list[agent_words.Link]:
        return self.said.links

    @property
    def log_url(self) -> str:
        return self.place.url(tab="log") + "#evidence"

    @cached_property
    def changes(self) -> changes.ChangeList:
        """The reader's own list for a request, and the last request's points."""
        return changes.ChangeList(self.place, may_write=self.may_write, posted=self.posted)

    @property
    def may_write(self) -> bool:
        """May this reader collect points? Also while somebody else holds the claim."""
        return self.bar.is_open or self.bar.take_over

    @cached_property
    def overview(self) -> overview.Overview | None:
        return overview.of(self.place, self.artifacts)

    @cached_property
    def tab(self) -> str:
        return below.chosen_tab(self.place)

    @property
    def tabs(self) -> list[below.Tab]:
        return below.tabs(self.place, self.tab)

    @cached_property
    def evidence(self) -> dict[str, Any]:
        return below.show(self.place, self.tab)

    def begin_editing(self) -> None:
        """Show the form for edits, with what was typed or else what was taken back."""
        self.mode = "edit"
        taken_back.fill(self.words, self.revision, self.user)

    @cached_property
    def editing(self) -> edit_page.EditPage:
        """The form for edits, where the page shows it."""
        return edit_page.of(self.place, self.actions, self.words)

    @cached_property
    def edits(self) -> edits.Edits | None:
        """What the reviewer changed: of the decision that stands, else about to be sent."""
        if self.decision is not None:
            is_edited = self.decision.outcome in {Outcome.EDITED, Outcome.MIXED}
            return edits.of_decision(self.decision, self.place.revealed) if is_edited else None
        return edit_page.about_to_be(self.place, self.words) if self.mode == "review" else None

    # Typed words
    @property
    def note(self) -> str:
        return self.words.note

    @property
    def problem(self) -> str:
        return self.words.problem
