"""What is called after a commit with new Events (settings.HANDOFF_WAKERS). Hints only."""

from celery import signature

from reviews import live


def outbox(workspaces: frozenset[int]) -> None:
    """Wake the dispatcher through Celery; with the broker dead the beat's sweep does it."""
    signature("reviews.tasks.dispatch").apply_async(retry=False, ignore_result=True)


def screens(workspaces: frozenset[int]) -> None:
    """Tell every web process's hub that these workspaces have something new."""
    live.announce(workspaces)
