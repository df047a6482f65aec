"""Every address × everybody who may ask, against the table of ``tests.security.matrix``."""

import json
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.db import connection, transaction
from django.http import HttpResponse
from django.test import Client, override_settings
from django.urls import URLPattern, URLResolver, get_resolver, reverse
from pytest_django import DjangoDbBlocker, Settings

from tests.security import matrix
from tests.security.matrix import EXEMPTIONS, TABLE, UNNAMED, Cell
from tests.security.scene import MEMBERS, PEOPLE, ROLES, Scene, Side, bodies, build
from workspaces import throttle

pytestmark = pytest.mark.django_db

# --- the scene: made once, every request is rolled back ---


@pytest.fixture(scope="module")
def scene(
    django_db_setup: None,
    django_db_blocker: DjangoDbBlocker,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Scene]:
    folder = tmp_path_factory.mktemp("matrix")
    (folder / "workspaces").mkdir()
    key = str(folder / "signing_key")
    with (
        django_db_blocker.unblock(),
        override_settings(DATA_DIR=folder, HANDOFF_SIGNING_KEY=key, HANDOFF_WAKERS=[]),
        transaction.atomic(),
    ):
        yield build(folder)
        transaction.set_rollback(True)


@pytest.fixture(autouse=True)
def data_folder(scene: Scene, settings: Settings) -> Path:
    """The scene's, in place of one for each test."""
    throttle.sign_ins.clear()
    return Path(settings.DATA_DIR)


@contextmanager
def undone() -> Iterator[None]:
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


# --- addresses ---


def patterns(resolver: URLResolver, before: str = "", namespace: str = "") -> Iterator[str]:
    """The names of all addresses, with their namespace; the pattern itself where there is none."""
    for entry in resolver.url_patterns:
        route = before + str(entry.pattern)
        if isinstance(entry, URLPattern):
            yield f"{namespace}{entry.name}" if entry.name else route
        else:
            inner = f"{entry.namespace}:" if entry.namespace else ""
            yield from patterns(entry, route, namespace + inner)


NAMES = list(patterns(get_resolver("handoff_site.urls")))
