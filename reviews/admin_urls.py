"""Addresses of the administration's screens that show handoffs, problems and deliveries."""

from django.urls import path

from reviews.views import (
    absences,
    admin_agents,
    admin_deliveries,
    admin_hours,
    admin_problems,
    admin_workspaces,
    channel_acts,
    channels,
    departures,
    notices,
)

urlpatterns = [
    path("w/", admin_workspaces.listing, name="workspaces"),
    path("w/<slug:slug>/", admin_workspaces.page, name="workspace"),
    path("settings/notifications/", notices.own, name="notices"),
    path("teams/<int:pk>/notifications/", notices.of_team, name="team-notices"),
    path("mails-off/<str:signed>/", notices.mails_off, name="mails-off"),
    path("away/", absences.own, name="away"),
    path("people/<int:pk>/away/", absences.of_person, name="person-away"),
    path("people/<int:pk>/deactivate/", departures.page, name="person-deactivate"),
    path("people/<int:pk>/reactivate/", departures.reactivate, name="person-reactivate"),
    path("w/<slug:slug>/hours/", admin_hours.page, name="workspace-hours"),
    path("problems/", admin_problems.listing, name="problems"),
    path("problems/<int:pk>/retry/", admin_problems.retry, name="problem-retry"),
    path("problems/<int:pk>/set-aside/", admin_problems.set_aside, name="problem-set-aside"),
    path("agents/", admin_agents.listing, name="agents"),
    path("agents/<int:pk>/", admin_agents.page, name="agent"),
    path("agents/<int:pk>/received/", admin_agents.received, name="agent-received"),
    path("deliveries/", admin_deliveries.listing, name="deliveries"),
    path("deliveries/replay/", admin_deliveries.replay_all, name="deliveries-replay"),
    path("deliveries/<int:pk>/replay/", admin_deliveries.replay, name="delivery-replay"),
    path("channels/", channels.listing, name="channels"),
    path("channels/new/webhook/", channels.new, {"kind": "webhook"}, name="webhook-new"),
    path("channels/new/service/", channels.new, {"kind": "apprise"}, name="service-new"),
    path("channels/<int:pk>/", channels.page, name="channel"),
    path("channels/<int:pk>/test/", channel_acts.test, name="channel-test"),
    path("channels/<int:pk>/switch/", channel_acts.switch, name="channel-switch"),
    path("channels/<int:pk>/secret/", channel_acts.rotate, name="channel-secret"),
    path("channels/<int:pk>/delete/", channel_acts.remove, name="channel-delete"),
]
