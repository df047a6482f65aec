"""What each term matches, against a second, plain-Python reading of the same words."""

import itertools
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from reviews.filtering import matching
from reviews.filtering.language import Query, Term, Value, parse
from reviews.filtering.order import Order
from reviews.models import Handoff
from reviews.models.handoffs import NO_DUE, TRIGGER_RANKS
from reviews.queue import Filter, Queue
from tests.cast import Cast, make_workspace
from workspaces import clock
from workspaces.models import Membership, Role, Team, TeamMember

pytestmark = pytest.mark.both_databases
RISKS = {"none": 0, "low": 1, "medium": 2, "high": 3, "critical": 4}
PRIORITIES = {"low": 0, "normal": 1, "high": 2, "urgent": 3}
SECONDS = {"m": 60, "h": 3600, "d": 86400}


@pytest.fixture
def desk(cast: Cast) -> Cast:
    """Thirty-six handoffs, unlike each other in everything that a term can ask for."""
    now = clock.now()
    web = Team.objects.create(name="Web people", slug="web")
    TeamMember.objects.create(team=web, user=cast.owner)
    statuses = ["pending"] * 7 + ["decided", "changes_requested"]
    people = [None, cast.reviewer, cast.owner]
    for place in range(36):
        handoff = cast.submit(
            f"Number {place}",
            agent=[cast.agent, cast.second_agent][place % 2],
            routing={"tags": [["red"], ["red", "Deep blue"], []][place % 3]},
        )
        status = statuses[place % 9]
        Handoff.objects.filter(pk=handoff.pk).update(
            trigger=list(TRIGGER_RANKS)[place % 5],
            confidence=[None, 0.25, 0.5, 0.75][place % 4],
            risk=place % 5,
            priority=place % 4,
            revision=place % 3 + 1,
            file_count=place % 13,
            queue_hint=["", "web", "other"][place % 3] if place % 7 == 0 else "",
            status=status,
            ended_at=now if status == "decided" else None,
            queued_at=now - timedelta(minutes=20 * place),
            due_at=[None, now + timedelta(hours=place - 9)][place % 2],
            expires_at=now + timedelta(days=1) if place % 6 == 0 else None,
            snoozed_until=[None, None, now - timedelta(hours=1), now + timedelta(hours=1)][
                place % 4 if place % 5 == 0 else 0
            ],
            assigned_to=people[place % 3] if place % 4 == 1 else None,
            claimed_by=people[(place + 1) % 3],
            claimed_until=[None, now + timedelta(hours=1), now - timedelta(hours=1)][place % 3]
            if people[(place + 1) % 3]
            else None,
        )
    return cast


def is_like(term: Term, row: Handoff, cast: Cast, now: datetime) -> bool:
    """The reference: one term, one row."""
    found = any(_is_one(term, value, row, cast, now) for value in term.values)
    return found != term.is_negated


def _is_one(term: Term, value: Value, row: Handoff, cast: Cast, now: datetime) -> bool:
    text = value.text
    is_claimed = row.claimed_until is not None and row.claimed_until > now
    is_snoozed = row.snoozed_until is not None and row.snoozed_until > now
    people = {"me": cast.reviewer, "Rae Reviewer": cast.reviewer, "owner": cast.owner}
    team = {cast.owner.pk}
    due = row.due_at or row.expires_at
    match term.key:
        case "":
            return all(
                any(each.startswith(part) for each in row.title.lower().split())
                for part in text.lower().split()
            )
        case "is":
            return {
                "open": row.status == "pending" and not is_snoozed,
                "snoozed": row.status == "pending" and is_snoozed,
                "waiting": row.status == "changes_requested",
                "decided": row.status == "decided",
                "mine": row.assigned_to == cast.reviewer
                or (is_claimed and row.claimed_by == cast.reviewer),
                "overdue": row.status == "pending" and due is not None and due <= now,
                "claimed": is_claimed,
                "unclaimed": not is_claimed,
            }[text]
        case "trigger":
            return row.trigger == text
        case "agent":
            return row.submitter.name.lower() == text.lower()
        case "workspace":
            return text.lower() in (row.workspace.slug.lower(), row.workspace.name.lower())
        case "assignee":
            return row.assigned_to == (None if text == "none" else people[text])
        case "claimed":
            if text == "none":
                return not is_claimed
            return is_claimed and row.claimed_by == people[text]
        case "team":
            return (
                row.assigned_to_id in team
                or (is_claimed and row.claimed_by_id in team)
                or row.queue_hint == text
            )
        case "tag":
            return text.lower() in [tag.lower() for tag in row.tags]
        case "number":
            return row.number == text
        case "due":
            if text == "none" or due is None:
                return text == "none" and due is None
            return _holds((due - now).total_seconds(), value.operator or "<=", _span(text))
        case "age":
            return _holds(
                (now - row.queued_at).total_seconds(), value.operator or ">=", _span(text)
            )
        case "confidence":
            if text == "none" or row.confidence is None:
                return text == "none" and row.confidence is None
            return _holds(row.confidence, value.operator, float(text))
    numbers = {
        "risk": (row.risk, RISKS.get(text, -1)),
        "priority": (row.priority, PRIORITIES.get(text, -1)),
        "round": (row.revision, int(text) if text.isdigit() else -1),
        "files": (row.file_count, int(text) if text.isdigit() else -1),
    }
    left, right = numbers[term.key]
    return _holds(left, value.operator, right)


def _span(text: str) -> float:
    return float(text[:-1]) * SECONDS[text[-1]]


def _holds(left: float, operator: str, right: float) -> bool:
    return {
        "": left == right,
        "<": left < right,
        "<=": left <= right,
        ">": left > right,
        ">=": left >= right,
    }[operator]


TERMS = [
    *("is:mine", "is:overdue", "is:claimed", "is:unclaimed", "is:claimed,overdue"),
    *("trigger:error", "trigger:error,question", "agent:BUILDER", "workspace:acme"),
    *("assignee:me", "assignee:none", "assignee:owner", 'assignee:"Rae Reviewer"'),
    *("claimed:me", "claimed:none", "claimed:owner", "team:web", "tag:red", 'tag:"deep blue"'),
    *("confidence:<0.5", "confidence:<=0.5", "confidence:0.5", "confidence:>0.3"),
    *("confidence:none", "risk:>=high", "risk:none", "risk:<medium", "priority:urgent"),
    *("age:>1h", "age:<2h", "age:30m", "due:<2h", "due:>1h", "due:none", "due:1d"),
    *("round:>1", "files:>10", "files:3", "number:HO-5", "numb", '"number"', "mber"),
]
LISTS = [
    "is:open",
    "is:snoozed",
    "is:waiting",
    "is:decided",
    "is:open,snoozed",
    "is:decided,waiting",
]


def expected(text: str, cast: Cast, now: datetime) -> set[int]:
    rows = Handoff.objects.select_related("submitter", "workspace", "assigned_to", "claimed_by")
    terms = parse(text).terms
    return {row.pk for row in rows if all(is_like(term, row, cast, now) for term in terms)}


def found(text: str, cast: Cast, now: datetime) -> set[int]:
    query = parse(text)
    assert query.faults == []
    condition = matching.condition(query, matching.Viewer(cast.reviewer, now))
    rows = Handoff.objects.filter(condition).values_list("pk", flat=True)
    assert len(rows) == len(set(rows))
    return set(rows)


def test_every_term_alone_and_turned_round_matches_what_it_says(desk: Cast) -> None:
    now = clock.now()
    for term in TERMS:
        for text in (f"is:open {term}", f"is:open -{term}"):
            assert found(text, desk, now) == expected(text, desk, now), text
    for text in LISTS:
        assert found(text, desk, now) == expected(text, desk, now) != set(), text


def test_two_terms_are_both_asked(desk: Cast) -> None:
    now = clock.now()
    for one, other in itertools.islice(itertools.combinations(TERMS, 2), 0, None, 7):
        text = f"{one} -{other} is:open,snoozed,decided"
        assert found(text, desk, now) == expected(text, desk, now), text


def test_the_usual_list_is_open_and_leaves_out_what_is_snoozed(desk: Cast) -> None:
    now = clock.now()
    assert found("", desk, now) == expected("is:open", desk, now)
    assert found("-is:snoozed", desk, now) == expected("is:open", desk, now)
    mine = matching.condition(Query(), matching.Viewer(desk.reviewer, now), "mine")
    rows = set(Handoff.objects.filter(mine).values_list("pk", flat=True))
    assert rows == expected("is:open is:mine", desk, now) != set()


def test_a_faulty_term_matches_neither_everything_nor_nothing(desk: Cast) -> None:
    viewer = matching.Viewer(desk.reviewer, clock.now())
    with_fault = matching.condition(parse("trigger:error confidence:2"), viewer)
    without = matching.condition(parse("trigger:error"), viewer)
    rows = Handoff.objects.order_by("pk")
    assert list(rows.filter(with_fault)) == list(rows.filter(without)) != list(rows)


def test_counts_and_neighbours_leave_out_what_is_snoozed(cast: Cast) -> None:
    first, second, third = (cast.submit(title) for title in ("one", "two", "three"))
    Handoff.objects.filter(pk=second.pk).update(snoozed_until=clock.now() + timedelta(hours=1))
    queue = Queue(cast.reviewer)
    assert queue.counts() == {"open": 2, "mine": 0}
    assert queue.neighbours(third) == (None, first)
    assert [row.pk for row in queue.page().rows] == [third.pk, first.pk]


def test_a_person_finds_nothing_of_a_workspace_they_may_not_see(desk: Cast) -> None:
    chosen = Filter(query=parse("is:open,decided,waiting,snoozed number workspace:acme"))
    assert Queue(desk.reviewer, chosen).page().rows
    assert not Queue(desk.stranger, chosen).page().rows


SORTS = ["priority", "due", "risk", "age", "newest"]


def key(row: Handoff, sort: str, group: str) -> tuple[float, ...]:
    """The reference order, smallest first."""
    due = (row.due_at or row.expires_at or NO_DUE).timestamp()
    queued = row.queued_at.timestamp()
    groups = {
        "": (),
        "workspace": (row.workspace_id,),
        "trigger": (TRIGGER_RANKS[row.trigger],),
        "agent": (row.submitter_id,),
    }
    sorts = {
        "priority": (-row.priority, -row.pk),
        "due": (due, row.pk),
        "risk": (-row.risk, -row.pk),
        "age": (queued, row.pk),
        "newest": (-queued, -row.pk),
    }
    return (*groups[group], *sorts[sort])


@pytest.mark.parametrize("group", ["", "workspace", "trigger", "agent"])
@pytest.mark.parametrize("sort", SORTS)
def test_pages_by_keyset_are_the_whole_list_in_order_once(
    desk: Cast, monkeypatch: pytest.MonkeyPatch, sort: str, group: str
) -> None:
    monkeypatch.setattr("reviews.queue.PAGE", 5)
    text = f"is:open,snoozed sort:{sort}" + (f" group:{group}" if group else "")
    queue = Queue(desk.reviewer, Filter(query=parse(text)))
    assert queue.filter.order == Order(sort, group)
    rows: list[Handoff] = []
    cursor = ""
    while True:
        page = queue.page(cursor)
        rows += page.rows
        cursor = page.next_cursor
        if not cursor:
            break
    wanted = sorted(queue.matching(), key=lambda row: key(row, sort, group))
    assert [row.pk for row in rows] == [row.pk for row in wanted]
    assert [queue.following(row) for row in rows] == [*(row.pk for row in rows[1:]), None]


@pytest.mark.parametrize("sort", SORTS)
def test_rows_that_come_and_go_between_pages_neither_repeat_nor_hide_another(
    cast: Cast, monkeypatch: pytest.MonkeyPatch, sort: str
) -> None:
    monkeypatch.setattr("reviews.queue.PAGE", 4)
    for place in range(12):
        handoff = cast.submit(f"Number {place}", routing={"priority": ["low", "high"][place % 2]})
        due = clock.now() + timedelta(hours=place % 4) if place % 3 else None
        Handoff.objects.filter(pk=handoff.pk).update(due_at=due, risk=place % 3)
    queue = Queue(cast.reviewer, Filter(query=parse(f"sort:{sort}")))
    there = set(queue.matching().values_list("pk", flat=True))
    seen: list[int] = []
    cursor, gone = "", set[int]()
    for _ in range(20):
        page = queue.page(cursor)
        seen += [row.pk for row in page.rows]
        cast.submit("New at the top", routing={"priority": "urgent"})
        cast.submit("New at the end", routing={"priority": "low"})
        last = page.rows[-1]
        Handoff.objects.filter(pk=last.pk).update(status="decided", ended_at=clock.now())
        gone.add(last.pk)
        cursor = page.next_cursor
        if not cursor or len(seen) > 60:
            break
    assert len(seen) == len(set(seen))
    assert there <= set(seen)


def test_a_cursor_of_another_order_or_of_nobody_is_the_first_page(desk: Cast) -> None:
    queue = Queue(desk.reviewer, Filter(query=parse("sort:due")))
    first = [row.pk for row in queue.page().rows]
    other = Order("risk").cursor(queue.page().rows[3])
    for cursor in (other, "x", "W10", "WyJkdWUiLCIiLDEsMl0", "WyJkdWUiLCIiLCJ4IixudWxsXQ"):
        assert [row.pk for row in queue.page(cursor).rows] == first


def test_decided_and_waiting_lists_have_the_newest_first(
    desk: Cast, make_cast: Callable[[], Cast]
) -> None:
    assert Filter("decided").order == Order("ended")
    assert Filter(query=parse("is:waiting")).order == Order("updated")
    assert Filter(query=parse("is:open,waiting")).order == Order("priority")
    assert Filter("decided", parse("sort:age")).order == Order("age")


def test_two_workspaces_of_one_person_are_told_apart(cast: Cast, data_folder: Path) -> None:
    cast.submit("here")
    other = make_workspace("other", data_folder)
    Membership.objects.create(user=cast.reviewer, workspace=other, role=Role.REVIEWER)
    cast.workspace = other
    cast.submit("there")
    chosen = Filter(query=parse("workspace:Other"))
    assert [row.title for row in Queue(cast.reviewer, chosen).page().rows] == ["there"]
