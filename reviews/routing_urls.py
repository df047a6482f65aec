"""Addresses of the routing screens; a scope is ``desk`` or the name of a workspace."""

from django.urls import path

from reviews.views.routing_desk import edit, publish, rules, trying

urlpatterns = [
    path("routing/", rules.start, name="routing"),
    path("routing/<slug:scope>/", rules.listing, name="routing-rules"),
    path("routing/<slug:scope>/draft/", rules.draft, name="routing-draft"),
    path("routing/<slug:scope>/rules/new/", edit.new, name="rule-new"),
    path("routing/<slug:scope>/rules/reads/", edit.reads, name="rule-reads"),
    path("routing/<slug:scope>/rules/<str:key>/", edit.change, name="rule"),
    path("routing/<slug:scope>/test/", trying.test, name="routing-test"),
    path("routing/<slug:scope>/simulate/", trying.simulate, name="routing-simulate"),
    path(
        "routing/<slug:scope>/simulations/<int:pk>/", trying.simulation, name="routing-simulation"
    ),
    path(
        "routing/<slug:scope>/simulations/<int:pk>/cancel/",
        trying.cancel,
        name="routing-simulation-cancel",
    ),
    path("routing/<slug:scope>/publish/", publish.publish, name="routing-publish"),
    path("routing/<slug:scope>/versions/", publish.versions, name="routing-versions"),
    path("routing/<slug:scope>/versions/<int:version>/", publish.one, name="routing-version"),
    path(
        "routing/<slug:scope>/versions/<int:version>/back/",
        publish.roll_back,
        name="routing-roll-back",
    ),
]
