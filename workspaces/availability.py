"""Who is there to be given something: active, not away; and who stands in for whom.

By the rows alone: an absence counts from its time on, whether or not it has been swept.
"""

from collections.abc import Callable, Iterable
from datetime import datetime

from django.utils.functional import cached_property

from workspaces.models import Absence, User


def available(users: Iterable[User | int], at: datetime) -> set[int]:
    """Of these people (or primary keys), those who are active and not away, by primary key."""
    asked = {user if isinstance(user, int) else user.pk for user in users}
    active = User.objects.filter(pk__in=asked, is_active=True)
    away = Absence.objects.current(at).filter(user__in=asked)
    return set(active.exclude(pk__in=away.values("user")).values_list("pk", flat=True))


def stand_in(
    user: User, at: datetime, fits: Callable[[User], object] = lambda each: True
) -> User | None:
    """Who gets what would be this person's; None when they are not away or nobody is there.

    The delegate; who is away too, switched off or does not ``fits`` is followed to the one who
    stands in for them. Chains that come back to where they began end with nobody.
    """
    return Roster(at).stand_in(user.pk, fits)


class Roster:
    """Who is away at a moment, read once with one query when it is first asked."""

    def __init__(self, at: datetime) -> None:
        self.at = at

    @cached_property
    def _away(self) -> dict[int, Absence]:
        current = Absence.objects.current(self.at).select_related("user", "delegate")
        return {absence.user_id: absence for absence in current}

    def absence_of(self, user_id: int) -> Absence | None:
        return self._away.get(user_id)

    def is_there(self, user: User) -> bool:
        return user.is_active and user.pk not in self._away

    def stand_in(
        self, user_id: int, fits: Callable[[User], object] = lambda each: True
    ) -> User | None:
        """As the function of this name."""
        seen = {user_id}
        absence = self._away.get(user_id)
        while absence is not None and absence.delegate is not None:
            found = absence.delegate
            if found.pk in seen:
                return None
            if self.is_there(found) and fits(found):
                return found
            seen.add(found.pk)
            absence = self._away.get(found.pk)
        return None
