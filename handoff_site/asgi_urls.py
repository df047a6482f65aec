"""URLs of requests that wait: the waiting views first, then all others, for ``reverse``."""

from django.urls import path

from handoff_site import urls
from handoff_site.urls import handler400, handler403, handler404, handler500
from reviews.api import waiting

__all__ = ["handler400", "handler403", "handler404", "handler500", "urlpatterns"]

urlpatterns = [
    path("api/v1/handoffs/<str:public_id>", waiting.item),
    *urls.urlpatterns,
]
