"""Takes handoff files within milliseconds of their being written, below every workspace's root."""

import logging
import threading
from contextlib import suppress

from django.conf import settings
from django.db import close_old_connections
from django.db.utils import Error

from reviews import scan, tasks
from workspaces import watching
from workspaces.models import Workspace

logger = logging.getLogger("handoff.watcher")


def run(stop: threading.Event) -> None:
    """Watch until ``stop`` is set. What is missed here, the rescan finds."""
    if not settings.HANDOFF_WATCH:
        stop.wait()
        return
    watching.watch(_places, _changed, stop, on_overflow=_overflow)


def _places() -> dict[int, watching.Place]:
    """What to watch. A database that is away raises: the watches stay as they are."""
    try:
        rows = Workspace.objects.with_folder().values_list("pk", "root", "intake_folders")
        return {pk: watching.Place(root, tuple(folders)) for pk, root, folders in rows}
    finally:
        close_old_connections()


def _changed(workspace_id: int, path: str, is_complete: bool) -> None:
    try:
        workspace = Workspace.objects.with_folder().filter(pk=workspace_id).first()
        if workspace is not None:
            scan.take_path(workspace, path, is_complete=is_complete)
    except Error as error:
        logger.warning("%s is left to the rescan: %s", path, error)
    finally:
        close_old_connections()


def _overflow(workspace_id: int) -> None:
    """Something may have been missed: wake a rescan of this folder."""
    with suppress(Exception):  # a hint: with the broker dead the beat's rescan comes anyway
        tasks.scan_one.apply_async((workspace_id,), retry=False)
