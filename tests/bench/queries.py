"""How many SQL queries a page takes, counted in a process of its own beside the desk:
``python -m tests.bench.queries EMAIL PUBLIC_ID`` prints ``{"queue": n, "handoff": n}``."""

import json
import os
import sys

import django


def main(email: str, public_id: str) -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "handoff_site.settings")
    django.setup()
    print(json.dumps(counted(email, public_id)))


def counted(email: str, public_id: str) -> dict[str, int]:
    # Only now: models cannot be imported before django.setup().
    from django.db import connection
    from django.test import Client
    from django.test.utils import CaptureQueriesContext

    from reviews.models import Handoff
    from workspaces.models import User

    client = Client(headers={"host": "127.0.0.1"})
    client.force_login(User.objects.get(email__iexact=email))
    handoff = Handoff.objects.get(public_id=public_id)
    found = {}
    for name, path in {"queue": "/", "handoff": handoff.get_absolute_url()}.items():
        client.get(path)  # the first fills caches
        with CaptureQueriesContext(connection) as captured:
            answer = client.get(path)
        assert answer.status_code == 200, f"{path}: {answer.status_code}"
        found[name] = len(captured)
    return found


if __name__ == "__main__":
    main(*sys.argv[1:])
