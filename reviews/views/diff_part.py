"""The later parts of a long diff, which its page asks for when it has shown the first."""

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.views.decorators.http import require_safe

from reviews.views import masks, reading, viewer
from reviews.views.handoff import handoff_or_404, page_of


@login_required
@require_safe
def show(request: HttpRequest, number: str) -> HttpResponse:
    """The part as rows; without a script, the page with all of them."""
    page = page_of(request, handoff_or_404(request, number))
    place = page.place
    file = place.number("file", 1)
    if not reading.is_script(request):
        return HttpResponseRedirect(place.url(tab="files", file=file, all=1) + "#evidence")
    if not 0 < file <= len(place.files):
        raise Http404
    place.asked.update({name: request.GET[name] for name in ("part", "of") if name in request.GET})
    artifact = place.files[file - 1]
    rows, _masks = masks.drawn(place, f"files:{file}", lambda: viewer.part(place, artifact))
    if rows is None:
        raise Http404
    return HttpResponse(rows)
