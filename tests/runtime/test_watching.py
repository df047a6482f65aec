"""What an operator watches: request ids, log lines for machines, metrics."""

import json
import logging
import re
from typing import Any

import httpx
import pytest
from django.test import Client, override_settings
from prometheus_client.parser import text_string_to_metric_families

from handoff_site import masked_logs, request_ids
from tests.cast import Cast
from tests.services.desk import Installation
from tests.services.players import found

KEY = "AKIAIOSFODNN7EXAMPLE"


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("given", "kept"), [("trace-1.a_B", True), ("a b", False), ("x" * 65, False), ("", False)]
)
def test_a_plain_id_of_the_proxy_is_kept(client: Client, given: str, kept: bool) -> None:
    answer = client.get("/healthz", headers={"X-Request-ID": given} if given else {})
    found = answer["X-Request-ID"]
    assert (found == given) is kept
    assert kept or re.fullmatch(r"[0-9a-f]{16}", found)
    assert request_ids.current.get() == ""


def test_a_line_for_machines_is_one_object_without_secrets() -> None:
    def line(message: str, *args: object, error: BaseException | None = None) -> dict[str, Any]:
        given = (type(error), error, None) if error else None
        record = logging.LogRecord("handoff.x", logging.ERROR, "", 1, message, args, given)
        token = request_ids.current.set("r-1")
        try:
            assert masked_logs.RequestFilter().filter(record)
        finally:
            request_ids.current.reset(token)
        text = masked_logs.JsonFormatter().format(record)
        assert "\n" not in text and KEY not in text
        return dict(json.loads(text))

    told = line("key %s\nand more", KEY)
    assert (told["level"], told["logger"], told["request"]) == ("ERROR", "handoff.x", "r-1")
    assert told["message"].endswith("\nand more") and told["at"].endswith("+00:00")
    assert "ValueError" in line("failed", error=ValueError(KEY))["exception"]


def test_a_line_for_people_ends_with_its_request() -> None:
    record = logging.LogRecord("handoff.x", logging.ERROR, "", 1, "broke", (), None)
    record.request_id = "r-2"
    assert masked_logs.Formatter("{message}", style="{").format(record) == "broke [r-2]"


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("token", "headers", "remote", "status"),
    [
        ("", {}, "127.0.0.1", 200),
        ("", {}, "::1", 200),
        ("", {}, "10.0.0.8", 403),
        ("", {"X-Forwarded-For": "10.0.0.8"}, "127.0.0.1", 403),
        ("", {"Forwarded": "for=10.0.0.8"}, "127.0.0.1", 403),
        ("t0ken", {}, "127.0.0.1", 403),
        ("t0ken", {"Authorization": "Bearer other"}, "127.0.0.1", 403),
        ("t0ken", {"Authorization": "Bearer t0ken"}, "10.0.0.8", 200),
        ("t0ken", {"Authorization": "Bearer tökén"}, "127.0.0.1", 403),
    ],
)
def test_who_may_read_metrics(
    client: Client, token: str, headers: dict[str, str], remote: str, status: int
) -> None:
    with override_settings(HANDOFF_METRICS_TOKEN=token):
        assert client.get("/metrics", headers=headers, REMOTE_ADDR=remote).status_code == status


def values(text: str) -> dict[str, float]:
    """{name and labels: value}, read by Prometheus' own parser."""
    return {
        f"{sample.name}{sorted(sample.labels.items()) or ''}": sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def test_the_gauges_are_of_the_database(cast: Cast, client: Client) -> None:
    before = values(client.get("/metrics").content.decode())
    cast.submit()
    cast.submit()
    after = values(client.get("/metrics").content.decode())
    assert after["handoff_open"] - before["handoff_open"] == 2
    assert after["handoff_events_waiting"] > before["handoff_events_waiting"]
    assert after["handoff_open_oldest_seconds"] >= 0


def test_requests_are_counted_by_the_pattern_they_met(cast: Cast, client: Client) -> None:
    def count() -> float:
        found = values(client.get("/metrics").content.decode())
        return sum(
            value
            for name, value in found.items()
            if name.startswith("handoff_http_requests_total") and "/h/<" in name
        )

    before = count()
    for number in (1, 2, 3):
        client.get(f"/h/HO-{number}/")
    assert count() - before == 3


@pytest.mark.services
def test_a_running_desk_says_what_it_did(desk: Installation) -> None:
    site = found(desk, "watched")
    site.hand_off()
    with site.api() as api:
        waited = api.get(
            f"/handoffs/{site.hand_off()['id']}?wait=1", headers={"X-Request-ID": "me"}
        )
    assert waited.headers["X-Request-ID"] == "me"  # a waiting request too
    found_values = values(httpx.get(f"{desk.url}/metrics").raise_for_status().text)
    posts = [name for name in found_values if "POST" in name and "'201'" in name]
    assert posts and found_values[posts[0]] >= 2
    assert found_values["handoff_open"] >= 2
