"""The filter language: what is read, what is refused with which sentence, and round trips."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reviews.filtering import keys
from reviews.filtering.language import LONGEST, Query, Term, Value, parse


def fault(text: str) -> str:
    (term,) = parse(text).terms
    return term.fault


def test_each_form_of_the_brief_is_read_without_a_fault() -> None:
    text = (
        "is:open trigger:error agent:etl-3 workspace:acme confidence:<0.6 risk:>=high "
        "priority:urgent age:>1h due:<2h team:web assignee:me claimed:me tag:release round:>1 "
        "files:>10 number:HO-12 sort:due group:agent prices"
    )
    query = parse(text)
    assert query.faults == []
    assert str(query) == text


def test_a_minus_turns_a_term_round() -> None:
    (term,) = parse("-trigger:error").terms
    assert term == Term("trigger", (Value("error"),), is_negated=True)


def test_a_comma_is_an_or_and_quotation_marks_keep_words_together() -> None:
    (term,) = parse('agent:"night shift",etl-3').terms
    assert term.values == (Value("night shift"), Value("etl-3"))


def test_words_without_a_key_are_searched_and_a_number_is_one_handoff() -> None:
    words, exact, number = parse('prices "spring sale" ho-12').terms
    assert (words.key, words.is_exact) == ("", False)
    assert (exact.values[0].text, exact.is_exact) == ("spring sale", True)
    assert (number.key, number.values[0].text) == ("number", "HO-12")


def test_words_of_a_key_have_no_capitals_and_people_s_names_keep_theirs() -> None:
    assert str(parse("RISK:HIGH trigger:critical Assignee:ME agent:Etl")) == (
        "risk:high trigger:critical_action assignee:me agent:Etl"
    )


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("confidence:2", "confidence: wants a number from 0 to 1, as in confidence:<0.6."),
        ("confidence:nan", "confidence: wants a number from 0 to 1, as in confidence:<0.6."),
        ("trigger:eror", "trigger: knows no “eror”; did you mean trigger:error?"),
        ("tirgger:error", "There is no filter “tirgger”; did you mean trigger:?"),
        ("http://a", 'To search, put it in quotation marks: "http://a"'),
        ("agent:", "agent: wants a name, as in agent:etl-3."),
        ("agent:<3", "agent: knows no < and >; write agent:etl-3."),
        ("age:soon", "age: wants a length of time in m, h, d or w, as in age:>1h."),
        ("files:many", "files: wants a whole number, as in files:>10."),
        ("number:twelve", "number: wants a handoff's number, as in number:HO-12."),
        ("-sort:age", "sort: cannot be turned round with a minus."),
        ("sort:age,due", "sort: takes one value, as in sort:priority."),
        ('agent:"x', "A quotation mark is not closed"),
        ('agent:"x"y', "After a closing quotation mark comes a space or a comma."),
        ("???", "There is no letter or figure in it to search for."),
        ("is:", "is: wants one of open, mine, decided"),
    ],
)
def test_what_makes_no_sense_says_what_would(text: str, sentence: str) -> None:
    assert sentence in fault(text)


def test_a_fault_knows_its_place_and_leaves_the_others_alone() -> None:
    query = parse("trigger:error  confidence:2 prices")
    (wrong,) = query.faults
    assert (wrong.start, wrong.end) == (15, 27)
    assert [str(term) for term in query.good] == ["trigger:error", "prices"]


def test_an_order_stands_once() -> None:
    query = parse("sort:age sort:due")
    assert query.value("sort") == "age"
    assert query.faults[0].fault == "sort: stands twice; the first counts."


def test_what_is_too_long_is_a_fault_and_not_cut_silently() -> None:
    for text in ("word " * 40, "x" * (LONGEST + 1)):
        assert "at most 30 terms and 500 characters" in parse(text).faults[-1].fault


def test_a_term_is_taken_away_alone() -> None:
    query = parse("error error trigger:error")
    assert str(query.without(query.terms[1])) == "error trigger:error"


_SIGNS = st.text(
    alphabet=st.one_of(st.sampled_from('-:,"\\<>=. aeghirtHO12é§\t'), st.characters()),
    max_size=60,
)
_TERMS = st.lists(
    st.builds(
        "{}{}:{}{}".format,
        st.sampled_from(["", "-"]),
        st.sampled_from([*keys.KEYS, "tirgger"]),
        st.sampled_from(["", "<", "<=", ">", ">=", "="]),
        _SIGNS,
    ),
    max_size=4,
).map(" ".join)


@given(st.one_of(_SIGNS, _TERMS))
def test_any_text_is_read_and_what_was_read_is_written_and_read_again(text: str) -> None:
    query = parse(text)
    again = parse(str(query))
    assert len(str(query)) > LONGEST or again == query
    assert all(term.fault or term.values for term in query.terms)


@given(_TERMS)
def test_nothing_said_is_lost_from_sight(text: str) -> None:
    """Every term is either obeyed or shown as left out: no third way."""
    query = parse(text)
    assert len(query.good) + len(query.faults) == len(query.terms)
    assert isinstance(query, Query)
    assert bool(query.terms) == bool(text.strip())
