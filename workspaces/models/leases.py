"""A named lease: whoever holds it is the only one doing that job."""

from datetime import datetime, timedelta

from django.db import IntegrityError, models, transaction
from django.db.models import Q


class LeaseManager(models.Manager["Lease"]):
    def take(self, name: str, holder: str, seconds: float, now: datetime) -> bool:
        """True when ``holder`` has the lease until ``now`` + ``seconds``; renewing counts."""
        until = now + timedelta(seconds=seconds)
        free = Q(until__lte=now) | Q(holder=holder)
        if self.filter(free, name=name).update(holder=holder, until=until):
            return True
        try:
            with transaction.atomic():
                if not self.filter(name=name).exists():
                    self.create(name=name, holder=holder, until=until)
                    return True
        except IntegrityError:
            pass  # somebody else made the row first: they have it
        return False

    def give_back(self, name: str, holder: str, now: datetime) -> None:
        self.filter(name=name, holder=holder).update(until=now)


class Lease(models.Model):
    name = models.CharField(max_length=80, unique=True)
    holder = models.CharField(max_length=80)
    until = models.DateTimeField()

    objects = LeaseManager()

    def __str__(self) -> str:
        return f"{self.name}: {self.holder}"
