"""``/metrics`` for Prometheus: this process's requests, and what the database says of the desk.

Every process answers for itself; the gauges of the database are the same from each. Names and
units follow https://prometheus.io/docs/practices/naming/.
"""

import hmac
from collections.abc import Iterator
from datetime import datetime

from django.conf import settings
from django.db.models import Count, Min
from django.http import HttpRequest, HttpResponse
from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.exposition import CONTENT_TYPE_LATEST
from prometheus_client.registry import Collector

from reviews import live
from reviews.models import Delivery, Handoff, Problem
from workspaces import clock
from workspaces.errors import Forbidden
from workspaces.http import endpoint
from workspaces.models import Event, Lease

registry = CollectorRegistry()
_requests = Counter(
    "handoff_http_requests",
    "Requests answered by this process.",
    ["method", "route", "status"],
    registry=registry,
)
_seconds = Histogram(
    "handoff_http_request_seconds",
    "Time to answer, waiting agents left out.",
    ["route"],
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10),
    registry=registry,
)
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


def answered(method: str, route: str, status: int, seconds: float) -> None:
    """Count one request; ``route`` is the pattern it met, so that there are only so many."""
    _requests.labels(method if method in _METHODS else "other", route, str(status)).inc()
    _seconds.labels(route).observe(seconds)


class Desk(Collector):
    """Asked of the database at every scrape."""

    def collect(self) -> Iterator[GaugeMetricFamily]:
        now = clock.now()

        def age(moment: datetime | None) -> float:
            return max(0.0, (now - moment).total_seconds()) if moment else 0.0

        rows = Handoff.objects.open().aggregate(n=Count("pk"), oldest=Min("queued_at"))
        yield _gauge("handoff_open", "Handoffs that wait for a person.", rows["n"])
        yield _gauge(
            "handoff_open_oldest_seconds", "Age of the oldest of them.", age(rows["oldest"])
        )
        events = Event.objects.filter(dispatched_at=None).aggregate(n=Count("pk"), at=Min("at"))
        yield _gauge("handoff_events_waiting", "Events whose deliveries are not made.", events["n"])
        yield _gauge(
            "handoff_events_waiting_oldest_seconds", "Age of the oldest.", age(events["at"])
        )
        waiting, dead = Delivery.Status.WAITING, Delivery.Status.DEAD
        due = Delivery.objects.filter(status=waiting, next_at__lte=now)
        found = due.aggregate(n=Count("pk"), at=Min("next_at"))
        yield _gauge("handoff_deliveries_due", "Deliveries that could leave now.", found["n"])
        yield _gauge(
            "handoff_deliveries_due_oldest_seconds", "Delay of the oldest.", age(found["at"])
        )
        yield _gauge(
            "handoff_deliveries_dead",
            "Dead letters, which a person may replay.",
            Delivery.objects.filter(status=dead).count(),
        )
        yield _gauge(
            "handoff_problems",
            "Problems to look at.",
            Problem.objects.filter(resolved_at=None).count(),
        )
        held = Lease.objects.filter(until__gt=now).count()
        yield _gauge("handoff_leases_held", "Jobs that some process is doing alone.", held)
        yield _gauge("handoff_sockets", "Open pages of this process.", live.socket_count())


registry.register(Desk())


@endpoint("GET", "HEAD")
def metrics(request: HttpRequest) -> HttpResponse:
    """With ``Authorization: Bearer`` of HANDOFF_METRICS_TOKEN; without one set, from this machine
    only."""
    if not _may_read(request):
        raise Forbidden(
            "Metrics are read with Authorization: Bearer and the desk's HANDOFF_METRICS_TOKEN."
        )
    return HttpResponse(generate_latest(registry), content_type=CONTENT_TYPE_LATEST)


def _may_read(request: HttpRequest) -> bool:
    token = settings.HANDOFF_METRICS_TOKEN
    if token:
        given = request.headers.get("Authorization", "")
        return hmac.compare_digest(given.encode(), f"Bearer {token}".encode())
    # What a proxy on this machine passes on comes from elsewhere.
    is_passed_on = any(name in request.headers for name in ("X-Forwarded-For", "Forwarded"))
    return request.META.get("REMOTE_ADDR") in ("127.0.0.1", "::1") and not is_passed_on


def _gauge(name: str, meaning: str, value: float) -> GaugeMetricFamily:
    return GaugeMetricFamily(name, meaning, value=value)
