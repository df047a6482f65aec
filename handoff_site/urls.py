from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.templatetags.static import static
from django.urls import include, path, re_path
from django.views.decorators.http import require_safe

from handoff_site import health, metrics
from reviews.api import meta
from workspaces.errors import Failed, Forbidden, HandoffError, NotFound
from workspaces.http import FAILED, problem_response


@require_safe
def favicon(request: HttpRequest) -> HttpResponse:
    """Where browsers look by themselves, on pages that name no icon."""
    return redirect(static("icons/favicon.svg"))


urlpatterns = [
    path("favicon.ico", favicon, name="favicon"),
    path("healthz", health.healthz, name="healthz"),
    path("readyz", health.readyz, name="readyz"),
    path("metrics", metrics.metrics, name="metrics"),
    path("api/v1/", include("reviews.api.urls")),
    re_path(r"^api/", meta.unknown),
    path("", include("workspaces.urls")),
    path("", include("reviews.urls")),
]


def _page_or_problem(request: HttpRequest, error: HandoffError) -> HttpResponse:
    """Errors of the framework: problem+json below /api, else a page without a traceback."""
    if request.path.startswith("/api/"):
        return problem_response(request, error)
    return render(request, f"errors/{error.status}.html", status=error.status)


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponseBase:
    return _page_or_problem(request, HandoffError("The request is malformed."))


def forbidden(request: HttpRequest, exception: Exception | None = None) -> HttpResponseBase:
    return _page_or_problem(request, Forbidden("You may not do this."))


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponseBase:
    return _page_or_problem(request, NotFound("There is nothing at this address."))


def failed(request: HttpRequest) -> HttpResponseBase:
    return _page_or_problem(request, Failed(FAILED))


handler400, handler403, handler404, handler500 = bad_request, forbidden, not_found, failed
