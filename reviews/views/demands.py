"""What the policy asks for before a round goes out, in plain words beside the decision bar."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from reviews import policy, viewed, votes
from reviews.models import Decision, Outcome
from workspaces import roles
from workspaces.models import Role, Team, TeamMember

if TYPE_CHECKING:
    from reviews.views.page import HandoffPage

NAMES_SHOWN = 3


@dataclass(frozen=True)
class Line:
    """``is_met``: nothing is missing here (any more)."""

    text: str
    is_met: bool = False
    url: str = ""
    link: str = ""


def of(page: "HandoffPage") -> list[Line]:
    """Few lines, what is missing first; none where one look and one vote are enough."""
    demanded = page.policy
    if not page.is_open or not page.is_newest or page.handoff.verdict:
        return []
    found: list[Line] = []
    if demanded.is_quorum:
        found += _votes(page, demanded)
    if not page.bar.is_open:
        return found
    if demanded.needs_viewed and page.artifacts:
        found.append(_viewed(page))
    elif demanded.needs_password:
        found.append(Line(_("Approving asks for your password.")))
    return found


def _votes(page: "HandoffPage", demanded: policy.Policy) -> Iterable[Line]:
    tally = votes.count(demanded, page.votes)
    wanted = len(tally.approvals) + tally.least
    text = ngettext("%(n)d of %(wanted)d approval", "%(n)d of %(wanted)d approvals", wanted) % {
        "n": len(tally.approvals),
        "wanted": wanted,
    }
    if tally.approvals:
        text = f"{text}: {_who_and_when(tally.approvals)}"
    yield Line(f"{text}; {_more(page, demanded, tally)}.")
    if tally.against:
        told = _("Against: %(who)s. %(n)d votes against end it.")
        who = _who_and_when(tally.against)
        yield Line(told % {"who": who, "n": demanded.needed})


def _who_and_when(cast: Sequence[Decision]) -> str:
    return ", ".join(
        f"{each.reviewer} {timezone.localtime(each.decided_at):%H:%M}" for each in cast
    )


def _more(page: "HandoffPage", demanded: policy.Policy, tally: votes.Tally) -> str:
    """ "needs 1 more from Security (Ann, Bob)", or whoever else may review here"""
    teams = {each.pk: each for each in Team.objects.filter(pk__in=tally.by_team)}
    said = [
        _("%(n)d more from %(team)s%(who)s")
        % {
            "n": left,
            "team": teams[team].name if team in teams else _("a team that is gone"),
            "who": _members(page, demanded, team),
        }
        for team, left in tally.by_team.items()
    ]
    others = tally.least - sum(tally.by_team.values())
    if others > 0:
        said.append(_("%(n)d more from any other reviewer") % {"n": others})
    return _("needs %(what)s") % {"what": _(" and ").join(said)}


def _members(page: "HandoffPage", demanded: policy.Policy, team: int) -> str:
    """Who of a team may give it, or that nobody can: then only a rejection ends it."""
    handoff = page.handoff
    voted = {vote.reviewer_id for vote in page.votes} | policy.kept_out(demanded)
    if demanded.is_four_eyes and handoff.submitter.owner_id:
        voted.add(handoff.submitter.owner_id)
    there = roles.people_in([handoff.workspace], Role.REVIEWER).filter(is_active=True)
    members = TeamMember.objects.filter(team=team, user__in=there.values("pk"))
    people = [each.user for each in members.exclude(user__in=voted).select_related("user")[:9]]
    if not people:
        return _(" (nobody of them may decide here: an admin can add somebody)")
    names = ", ".join(str(each) for each in people[:NAMES_SHOWN])
    return f" ({names}, …)" if len(people) > NAMES_SHOWN else f" ({names})"


def _viewed(page: "HandoffPage") -> Line:
    bound = {artifact.pk: artifact for artifact in page.artifacts}
    states = viewed.states(page.handoff, page.user, bound.values())
    left = [bound[pk] for pk, state in states.items() if state != viewed.VIEWED]
    text = _("%(n)d of %(all)d files viewed") % {"n": len(bound) - len(left), "all": len(bound)}
    asks_password = page.policy.needs_password
    if not left:
        if asks_password:
            return Line(_("%(viewed)s. Approving asks for your password.") % {"viewed": text})
        return Line(f"{text}.", is_met=True)
    url = page.place.url(tab="files", file=left[0].position + 1) + "#evidence"
    told = _("%(viewed)s; approving needs all of them.")
    if asks_password:
        told = _("%(viewed)s; approving needs all of them, and your password.")
    return Line(told % {"viewed": text}, url=url, link=_("Next file"))


def when_told(page: "HandoffPage", told: str) -> str:
    """When the agent learns of it; ``told`` is so where one vote is enough."""
    if not page.policy.is_quorum or votes.count(page.policy, page.votes).least < 2:
        return told
    return _("once all the approvals are there; yours you can take back while its bar is shown")


def voted(page: "HandoffPage") -> str:
    """To who has voted, in place of the buttons."""
    mine = next(vote for vote in page.votes if vote.reviewer_id == page.user.pk)
    return _("%(what)s by you at %(when)s. It waits for the votes of others.") % {
        "what": Outcome(mine.outcome).label,
        "when": f"{timezone.localtime(mine.decided_at):%H:%M}",
    }


def has_voted(page: "HandoffPage") -> bool:
    return any(vote.reviewer_id == page.user.pk for vote in page.votes)
