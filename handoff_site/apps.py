from django.apps import AppConfig


class HandoffSiteConfig(AppConfig):
    name = "handoff_site"

    def ready(self) -> None:
        """Tasks are published through our Celery app from every process that has Django set up."""
        from handoff_site import celery, checks  # noqa: F401
