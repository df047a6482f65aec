"""Does a condition fit? Trees become closures once; a handoff then costs microseconds."""

from collections.abc import Callable, Sequence
from typing import Any

from reviews.conditions import globs, hours
from reviews.conditions.facts import Facts, words_of
from reviews.conditions.values import asking, at_pointer, parts_of
from reviews.conditions.vocabulary import RISKS
from reviews.conditions.walking import Node, Tree

Test = Callable[[Facts], bool]
Reader = Callable[[Facts], Sequence[Any]]

_READERS: dict[str, Reader] = {
    "trigger": lambda facts: (facts.trigger,),
    "agent": lambda facts: (facts.agent,),
    "workspace": lambda facts: (facts.workspace,),
    "queue": lambda facts: (facts.queue,) if facts.queue else (),
    "tags": lambda facts: facts.tags,
    "confidence": lambda facts: () if facts.confidence is None else (facts.confidence,),
    "risk": lambda facts: (facts.risk,),
    "action": lambda facts: [action.name for action in facts.actions],
    "files": lambda facts: facts.files,
    "file_count": lambda facts: (len(facts.files),),
    "file_bytes": lambda facts: (facts.file_bytes,),
    "error_type": lambda facts: (facts.error_type,) if facts.error_type else (),
    "round": lambda facts: (facts.round,),
}


def evaluate(tree: Tree, facts: Facts) -> bool:
    """Does ``tree``, which was validated, fit? None fits always."""
    return compiled(tree)(facts)


def compiled(tree: Tree) -> Test:
    """A function that evaluates ``tree``, to be kept and asked often."""
    if tree is None:
        return lambda facts: True
    if "not" in tree:
        inner = compiled(tree["not"])
        return lambda facts: not inner(facts)
    if "and" in tree:
        return _every([compiled(part) for part in tree["and"]])
    if "or" in tree:
        return _some([compiled(part) for part in tree["or"]])
    return of_leaf(tree)


def _every(tests: list[Test]) -> Test:
    def test_all(facts: Facts) -> bool:
        for test in tests:  # noqa: SIM110 - a third faster, and asked of all handoffs
            if not test(facts):
                return False
        return True

    return test_all


def _some(tests: list[Test]) -> Test:
    def test_any(facts: Facts) -> bool:
        for test in tests:  # noqa: SIM110 - the same
            if test(facts):
                return True
        return False

    return test_any


def of_leaf(leaf: Node) -> Test:
    name, op, wanted = leaf["fact"], leaf["op"], leaf.get("value", True)
    if name == "text":
        return _words(op, wanted)
    if name == "time":
        return lambda facts: hours.within(facts.at, wanted)
    if op in ("match", "match_all"):
        return _files(op, wanted)
    if name == "risk":
        wanted = [RISKS.index(each) for each in wanted] if op == "in" else RISKS.index(wanted)
    read, ask = reader(leaf), asking(op, wanted)
    return lambda facts: ask(read(facts))


def reader(leaf: Node) -> Reader:
    """What a leaf looks at: the values that a handoff has of its fact."""
    if leaf["fact"] != "argument":
        return _READERS[leaf["fact"]]
    parts, name = parts_of(leaf["pointer"]), leaf.get("action")

    def read(facts: Facts) -> Sequence[Any]:
        return [
            value
            for action in facts.actions
            if name is None or action.name == name
            for value in at_pointer(action.args, parts)
        ]

    return read


def _words(op: str, wanted: str | list[str]) -> Test:
    texts = wanted if isinstance(wanted, list) else [wanted]
    sets = [words_of([text]) for text in texts]
    return lambda facts: any(each <= facts.words for each in sets)


def _files(op: str, patterns: list[str]) -> Test:
    def fits(path: str) -> bool:
        return any(globs.matches(path, glob) for glob in patterns)

    if op == "match":
        return lambda facts: any(fits(path) for path in facts.files)
    return lambda facts: bool(facts.files) and all(fits(path) for path in facts.files)
