"""The undo bar of the person who asks."""

from django.http import HttpRequest

from reviews import undoing
from reviews.views.signed_in import person


def bar_for(request: HttpRequest) -> undoing.UndoBar | None:
    return undoing.bar_for(person(request))
