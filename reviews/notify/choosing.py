"""Who is told of something, by what and when: their own choice, their teams', the desk's.

Read for everybody a batch may concern with two queries, however many they are.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from reviews.models import NoticeSettings
from reviews.notify import groups, moments
from reviews.notify.groups import BELL, DEFAULTS, DIGEST, MAIL, NOW, OFF, URGENT, Way
from workspaces.models import TeamMember, User

_LOUDEST = (NOW, DIGEST, OFF)


@dataclass(frozen=True)
class Route:
    """``ring``: on the bell; ``outside``: the ways it leaves by at once; ``held_until``: it is a
    line of the digest of that moment."""

    ring: bool = False
    outside: frozenset[str] = frozenset()
    held_until: datetime | None = None


class Choices:
    """What these people chose."""

    def __init__(self, people: Iterable[User]) -> None:
        self._people = {person.pk: person for person in people}
        own = NoticeSettings.objects.filter(user__in=self._people)
        self._own = {each.user_id: each for each in own}
        self._teams = _of_teams(self._people)
        self._ways: dict[int, dict[str, Way]] = {}

    def way(self, user_id: int, cell: str) -> Way:
        if user_id not in self._ways:
            settings = self._own.get(user_id)
            chosen = groups.read(settings.choices) if settings else {}
            self._ways[user_id] = DEFAULTS | self._teams.get(user_id, {}) | chosen
        return self._ways[user_id][cell]

    def route(self, user_id: int, cell: str, at: datetime) -> Route:
        """Without regard to what they were told already (``pacing``)."""
        way = self.way(user_id, cell)
        if way.how == OFF:
            return Route()
        rings, by_mail = BELL in way.by, MAIL in way.by
        held: datetime | None = None
        if way.how == DIGEST:
            held = self.digest_after(user_id, at)
        elif not self._may_pass(user_id, cell):
            held = moments.quiet_until(self._quiet(user_id), at)
        if held is None:
            return Route(rings, way.by - {BELL})
        # A digest is a mail; who takes no mail of this finds it on the bell.
        is_loud = bool(way.by - {BELL}) and not by_mail
        return Route(rings or is_loud, held_until=held if by_mail else None)

    def digest_after(self, user_id: int, at: datetime) -> datetime:
        """When this person's next digest leaves, never in their quiet hours."""
        settings, zone = self._own.get(user_id), self._zone(user_id)
        if settings is None or settings.digest_every == NoticeSettings.Every.HOUR:
            moment = moments.next_hour(zone, at)
        else:
            moment = moments.next_daily(zone, settings.digest_at, settings.digest_days, at)
        return moments.quiet_until(self._quiet(user_id), moment) or moment

    def overflow_at(self, user_id: int, at: datetime) -> datetime:
        """When what is more than the pings of an hour leaves together."""
        moment = moments.next_hour(self._zone(user_id), at)
        return moments.quiet_until(self._quiet(user_id), moment) or moment

    def most_an_hour(self, user_id: int) -> int:
        settings = self._own.get(user_id)
        return (settings or _BLANK).most_an_hour

    def _may_pass(self, user_id: int, cell: str) -> bool:
        settings = self._own.get(user_id)
        return settings is not None and settings.lets_urgent_pass and cell.endswith(f":{URGENT}")

    def _quiet(self, user_id: int) -> moments.Quiet:
        settings = self._own.get(user_id) or _BLANK
        return moments.Quiet(
            self._zone(user_id),
            settings.quiet_from,
            settings.quiet_until,
            settings.quiet_days,
            settings.has_quiet_weekends,
        )

    def _zone(self, user_id: int) -> ZoneInfo:
        return zone_of(self._people[user_id])


_BLANK = NoticeSettings()


def zone_of(person: User) -> ZoneInfo:
    try:
        return ZoneInfo(person.time_zone)
    except (ZoneInfoNotFoundError, ValueError):
        return ZoneInfo("UTC")


def of_teams(user: User) -> dict[str, Way]:
    """What this person's teams say, before their own choice."""
    return _of_teams([user.pk]).get(user.pk, {})


def _of_teams(user_ids: Collection[int]) -> dict[int, dict[str, Way]]:
    """In several teams: the soonest of what they say, by all that they name."""
    rows = TeamMember.objects.filter(
        user__in=user_ids, team__archived_at=None, team__notices__isnull=False
    ).values_list("user_id", "team__notices__choices")
    found: dict[int, dict[str, Way]] = {}
    for user_id, choices in rows:
        ways = found.setdefault(user_id, {})
        for cell, way in groups.read(choices).items():
            ways[cell] = _louder(ways.get(cell), way)
    return found


def _louder(one: Way | None, other: Way) -> Way:
    if one is None or one.how == OFF:
        return other
    if other.how == OFF:
        return one
    return Way(one.by | other.by, min(one.how, other.how, key=_LOUDEST.index))
