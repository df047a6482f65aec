"""For load balancers and scripts: is the process up, and can it do its work?"""

import redis
from django.conf import settings
from django.db import Error, connection
from django.http import HttpRequest, HttpResponse

from workspaces.http import endpoint, json_response


@endpoint("GET", "HEAD")
def healthz(request: HttpRequest) -> HttpResponse:
    """200 while the process answers."""
    return json_response({"status": "ok"})


@endpoint("GET", "HEAD")
def readyz(request: HttpRequest) -> HttpResponse:
    """503 without its database; with Redis away it is degraded, and decisions go on."""
    database, hints = _database(), _redis()
    status = "ok" if database and hints is not False else "degraded" if database else "unavailable"
    body = {"status": status, "database": database, "redis": hints}
    return json_response(body, status=200 if database else 503)


def _database() -> bool:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except Error:
        return False
    return True


def _redis() -> bool | None:
    """None where no Redis is used."""
    if not settings.REDIS_URL:
        return None
    client = redis.Redis.from_url(settings.REDIS_URL, socket_timeout=1, socket_connect_timeout=1)
    try:
        return bool(client.ping())
    except (redis.RedisError, OSError):
        return False
    finally:
        client.close()
