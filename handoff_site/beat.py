"""Celery's beat on a thread: it publishes the hints of `handoff_site.celery` on time."""

from threading import Event, Thread

from celery.beat import Service

from handoff_site.celery import app


def run(stop: Event) -> None:
    """Run beat on this thread until ``stop``; it looks at least once a second."""
    # Unless told so, it keeps the schedule in a file of the working folder.
    service = Service(app, scheduler_cls=app.conf.beat_scheduler)

    def end() -> None:
        stop.wait()
        service.stop()

    Thread(target=end, name="beat-stop", daemon=True).start()
    service.start()
