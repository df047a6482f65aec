"""Addresses of the reviewer's screens."""

from django.urls import include, path

from reviews.views import bell, decide, handoff, lease, live, preferences, queue, reveal

urlpatterns = [
    path("", queue.show, {"section": "queue"}, name="queue"),
    path("mine/", queue.show, {"section": "mine"}, name="mine"),
    path("decided/", queue.show, {"section": "decided"}, name="decided"),
    path("notifications/", bell.show, name="bell"),
    path("notifications/read/", bell.read, name="bell-read"),
    path("preferences/theme/", preferences.theme, name="theme"),
    path("h/<str:number>/", handoff.show, name="handoff"),
    path("h/<str:number>/picture/<str:sha256>/", handoff.picture, name="picture"),
    path("h/<str:number>/decide/", decide.decide, name="decide"),
    path("h/<str:number>/reveal/", reveal.reveal, name="reveal"),
    path("h/<str:number>/undo/", decide.undo, name="undo"),
    path("h/<str:number>/hold/", decide.hold, name="hold"),
    path("h/<str:number>/seen/", lease.seen, name="seen"),
    path("h/<str:number>/claim/", lease.claim, name="claim"),
    path("h/<str:number>/release/", lease.release, name="release"),
    path("h/<str:number>/message/", lease.message, name="message"),
    path("live/delta/", live.delta, name="live-delta"),
    path("", include("reviews.admin_urls")),
]
