"""A person's own settings of the screen."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST

from reviews.views.signed_in import person

THEMES = ("auto", "light", "dark")


@login_required
@require_POST
def theme(request: HttpRequest) -> HttpResponse:
    user = person(request)
    chosen = request.POST.get("theme", "")
    if chosen in THEMES:
        user.theme = chosen
        user.save(update_fields=["theme"])
    back = request.POST.get("next", "")
    if not url_has_allowed_host_and_scheme(back, allowed_hosts={request.get_host()}):
        back = "/"
    return HttpResponseRedirect(back)
