"""Addresses of signing in and of the administration's screens."""

from django.contrib.auth import views as auth
from django.urls import path

from workspaces.views import (
    agents,
    audit,
    folders,
    members,
    people,
    preferences,
    settings,
    signing_in,
    teams,
)

urlpatterns = [
    path("sign-in/", signing_in.SignIn.as_view(), name="login"),
    path("sign-out/", auth.LogoutView.as_view(), name="logout"),
    path("password/", auth.PasswordChangeView.as_view(), name="password_change"),
    path("password/done/", auth.PasswordChangeDoneView.as_view(), name="password_change_done"),
    path("password/reset/", signing_in.PasswordReset.as_view(), name="password_reset"),
    path(
        "password/reset/sent/",
        auth.PasswordResetDoneView.as_view(),
        name="password_reset_done",
    ),
    path(
        "password/reset/complete/",
        auth.PasswordResetCompleteView.as_view(),
        name="password_reset_complete",
    ),
    path(
        "password/reset/<uidb64>/<token>/",
        auth.PasswordResetConfirmView.as_view(),
        name="password_reset_confirm",
    ),
    path("settings/", preferences.show, name="settings"),
    path("w/new/", settings.new, name="workspace-new"),
    path("w/<slug:slug>/settings/", settings.change, name="workspace-settings"),
    path("w/<slug:slug>/archive/", settings.archive, name="workspace-archive"),
    path("w/<slug:slug>/members/", members.page, name="workspace-members"),
    path("w/<slug:slug>/members/<int:pk>/", members.change, name="workspace-member"),
    path("w/<slug:slug>/agents/", folders.page, name="workspace-agents"),
    path("w/<slug:slug>/audit/", audit.page, name="workspace-audit"),
    path("w/<slug:slug>/teams/", members.team, name="workspace-team"),
    path("teams/", teams.listing, name="teams"),
    path("teams/new/", teams.new, name="team-new"),
    path("teams/<int:pk>/", teams.page, name="team"),
    path("teams/<int:pk>/change/", teams.change, name="team-change"),
    path("teams/<int:pk>/members/<int:user_pk>/", teams.member, name="team-member"),
    path("people/", people.listing, name="people"),
    path("people/invite/", people.invite, name="person-invite"),
    path("people/<int:pk>/", people.page, name="person"),
    path("people/<int:pk>/change/", people.change, name="person-change"),
    path("people/<int:pk>/invite/", people.reinvite, name="person-reinvite"),
    path("agents/new/", agents.new, name="agent-new"),
    path("agents/<int:pk>/settings/", agents.change, name="agent-settings"),
    path("agents/<int:pk>/switch/", agents.switch, name="agent-switch"),
    path("agents/<int:pk>/workspaces/", agents.grant, name="agent-grant"),
    path("agents/<int:pk>/secret/", agents.new_secret, name="agent-secret"),
    path("agents/<int:pk>/tokens/new/", agents.issue, name="token-new"),
    path("agents/<int:pk>/tokens/<int:token_pk>/rotate/", agents.rotate, name="token-rotate"),
    path("agents/<int:pk>/tokens/<int:token_pk>/revoke/", agents.revoke, name="token-revoke"),
]
