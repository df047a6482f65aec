"""What differs between two versions of rules, for people: rule by rule, in words."""

from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

from reviews.rule_forms import RuleForm


@dataclass(frozen=True)
class Change:
    """``kinds``: of "new", "removed", "edited", "renamed", "moved", "on", "off"."""

    key: str
    kinds: tuple[str, ...]
    before: RuleForm | None = None
    after: RuleForm | None = None
    was_at: int = 0  # from 1
    is_at: int = 0

    @property
    def name(self) -> str:
        form = self.after or self.before
        return form.name if form else ""


def between(before: Sequence[RuleForm], after: Sequence[RuleForm]) -> list[Change]:
    """Every rule that is not the same in both, in the order of ``after``; removed ones last."""
    old = {form.key: (place, form) for place, form in enumerate(before, 1)}
    new = {form.key: (place, form) for place, form in enumerate(after, 1)}
    moved = _moved([key for key in old if key in new], [key for key in new if key in old])
    found = []
    for key, (place, form) in new.items():
        if key not in old:
            found.append(Change(key, ("new",), None, form, is_at=place))
            continue
        was_at, was = old[key]
        kinds = _kinds(was, form) + (("moved",) if key in moved else ())
        if kinds:
            found.append(Change(key, kinds, was, form, was_at, place))
    found += [
        Change(key, ("removed",), form, None, was_at=place)
        for key, (place, form) in old.items()
        if key not in new
    ]
    return found


def _kinds(before: RuleForm, after: RuleForm) -> tuple[str, ...]:
    kinds = []
    if (before.condition, before.actions) != (after.condition, after.actions):
        kinds.append("edited")
    if before.name != after.name:
        kinds.append("renamed")
    if before.is_active != after.is_active:
        kinds.append("on" if after.is_active else "off")
    return tuple(kinds)


def _moved(before: list[str], after: list[str]) -> set[str]:
    """The fewest that have to move to make one order of the other."""
    blocks = SequenceMatcher(a=before, b=after, autojunk=False).get_matching_blocks()
    stayed = {key for block in blocks for key in before[block.a : block.a + block.size]}
    return set(after) - stayed
