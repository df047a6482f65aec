"""How far each person has read a handoff's conversation."""

from django.db.models import Max, Q, Subquery
from django.db.models.functions import Coalesce

from reviews.models import Handoff, TalkRead
from workspaces.models import User
from workspaces.transactions import write


def unread(handoff: Handoff, user: User) -> int:
    """Others' messages after the last that was shown; 0 without a query where nobody wrote."""
    if not handoff.message_count:
        return 0
    last = TalkRead.objects.filter(handoff=handoff, user=user).values("last")
    others = handoff.comments.filter(~Q(user=user) | Q(user=None))
    return others.filter(pk__gt=Coalesce(Subquery(last), 0)).count()


def read(*, handoff: Handoff, user: User, last: int) -> None:
    """Note that everything up to the comment ``last`` was shown; it never goes back."""
    newest = handoff.comments.aggregate(newest=Max("pk"))["newest"] or 0
    upto = min(last, newest)
    with write():
        row, is_new = TalkRead.objects.get_or_create(
            handoff=handoff, user=user, defaults={"last": upto}
        )
        if not is_new and row.last < upto:
            TalkRead.objects.filter(pk=row.pk, last__lt=upto).update(last=upto)
