"""Saved views: whose they are, who sees them, and what the rail says of them."""

import pytest
from django.test import Client

from reviews import saved_views
from reviews.models import SavedView
from tests.cast import Cast, make_user
from workspaces.models import Team, TeamMember, User

Sharing = SavedView.Sharing


def save(
    user: User, query: str = "trigger:error", *, sharing: Sharing = Sharing.OWN, **more: object
) -> SavedView:
    given = {"name": f"Errors of {user}", "team": None, **more}
    return saved_views.save(user, query=query, sharing=sharing, **given)  # type: ignore[arg-type]


def rail(client: Client) -> list[tuple[str, str]]:
    context = client.get("/").context
    return [(saved.view.name, saved.count) for saved in context["saved_views"]]


def test_a_filter_is_saved_with_a_name_and_then_stands_in_the_rail(cast: Cast) -> None:
    cast.submit("Broken", error="boom")
    client = cast.client(cast.reviewer)
    page = client.get("/?q=trigger:error")
    assert page.context["save_url"] == "/views/?q=trigger%3Aerror"
    assert 'value="trigger:error"' in client.get(page.context["save_url"]).content.decode()
    given = {"name": "Errors", "query": "Trigger:ERROR", "shared": "own"}
    answer = client.post("/views/", given)
    assert answer["location"] == "/?q=trigger%3Aerror"
    assert rail(client) == [("Errors", "1")]
    html = client.get("/?q=trigger:error").content.decode()
    assert 'aria-current="page" data-key="1" aria-keyshortcuts="1"><span>Errors</span>' in html
    assert html.count('aria-current="page"') == 2  # the view, and "Open" of the three lists


def test_saving_from_mine_keeps_what_the_address_says(cast: Cast) -> None:
    url = cast.client(cast.reviewer).get("/mine/?q=prices").context["save_url"]
    assert url == "/views/?q=is%3Amine+prices"


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"query": "confidence:2"}, "wants a number from 0 to 1"),
        ({"query": " "}, "This field is required"),
        ({"name": ""}, "This field is required"),
        ({"shared": "team-999"}, "Select a valid choice"),
    ],
)
def test_what_cannot_be_saved_says_why_and_keeps_what_was_typed(
    cast: Cast, given: dict[str, str], sentence: str
) -> None:
    client = cast.client(cast.reviewer)
    usual = {"name": "Kept", "query": "trigger:error", "shared": "own"}
    html = client.post("/views/", usual | given).content.decode()
    assert sentence in html
    assert not SavedView.objects.exists()


def test_views_are_shared_with_nobody_with_a_team_or_with_the_desk(cast: Cast) -> None:
    team = Team.objects.create(name="Web", slug="web")
    for user in (cast.owner, cast.reviewer):
        TeamMember.objects.create(team=team, user=user)
    save(cast.owner, name="own")
    save(cast.owner, name="team", sharing=Sharing.TEAM, team=team)
    save(cast.owner, name="desk", sharing=Sharing.DESK)
    assert [name for name, _ in rail(cast.client(cast.owner))] == ["own", "team", "desk"]
    assert [name for name, _ in rail(cast.client(cast.reviewer))] == ["desk", "team"]
    assert [name for name, _ in rail(cast.client(cast.stranger))] == ["desk"]


def test_a_shared_view_counts_only_what_its_reader_may_see(cast: Cast) -> None:
    cast.submit("Broken", error="boom")
    save(cast.owner, name="Errors", sharing=Sharing.DESK)
    assert rail(cast.client(cast.reviewer)) == [("Errors", "1")]
    assert rail(cast.client(cast.stranger)) == [("Errors", "0")]


def test_only_its_owner_changes_a_view_and_a_site_admin_may_remove_a_shared_one(
    cast: Cast,
) -> None:
    shared = save(cast.owner, name="Errors", sharing=Sharing.DESK)
    other = cast.client(cast.reviewer)
    assert other.post(f"/views/{shared.pk}/", {"name": "Mine"}).status_code == 403
    assert other.post(f"/views/{shared.pk}/move/", {"to": "up"}).status_code == 403
    assert other.post(f"/views/{shared.pk}/remove/").status_code == 403
    owner = cast.client(cast.owner)
    owner.post(f"/views/{shared.pk}/", {"name": "Renamed", "shared": "desk"})
    assert SavedView.objects.get().name == "Renamed"
    admin = cast.client(make_user("admin@example.com", is_site_admin=True))
    assert admin.post(f"/views/{shared.pk}/", {"name": "Mine"}).status_code == 403
    admin.post(f"/views/{shared.pk}/remove/")
    assert not SavedView.objects.exists()


def test_nobody_else_knows_of_a_view_that_is_not_shared(cast: Cast) -> None:
    view = save(cast.owner)
    for user in (cast.reviewer, make_user("admin@example.com", is_site_admin=True)):
        client = cast.client(user)
        assert view.name not in client.get("/views/").content.decode()
        for path in ("", "move/", "remove/"):
            assert client.post(f"/views/{view.pk}/{path}").status_code == 404


def test_views_are_put_in_order_and_the_first_nine_have_keys(cast: Cast) -> None:
    made = [save(cast.reviewer, name=f"View {number}") for number in range(11)]
    client = cast.client(cast.reviewer)
    client.post(f"/views/{made[10].pk}/move/", {"to": "up"})
    client.post(f"/views/{made[0].pk}/move/", {"to": "up"})  # the first stays
    client.post(f"/views/{made[0].pk}/move/", {"to": "down"})
    names = [name for name, _ in rail(client)]
    assert names == [f"View {number}" for number in (1, 0, 2, 3, 4, 5, 6, 7, 8)]
    order = [view.name for view in saved_views.ordered(cast.reviewer)]
    assert order[-2:] == ["View 10", "View 9"]


def test_counts_are_exact_up_to_ninety_nine(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(saved_views, "MOST_COUNTED", 3)
    made = [cast.submit(f"Broken {number}", error="boom") for number in range(4)]
    save(cast.reviewer, name="many")
    save(cast.reviewer, name="one", query=f"number:{made[0].number}")
    view = save(cast.reviewer, name="two", query='"0"')
    client = cast.client(cast.reviewer)
    assert rail(client) == [("many", "2+"), ("one", "1"), ("two", "1")]
    counts = client.get("/views/counts/").json()["counts"]
    assert counts[str(view.pk)] == "1"


def test_there_is_an_end_to_one_s_views(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(saved_views, "MOST_OWN", 1)
    save(cast.reviewer)
    given = {"name": "More", "query": "is:mine", "shared": "own"}
    html = cast.client(cast.reviewer).post("/views/", given).content.decode()
    assert "You have 1 views; remove one first." in html
