"""Editing the draft of a scope's rules, which its admins share.

Every edit names the ``edition`` that its author saw; somebody else's edit in between is told by
``EditedMeanwhile``. ``by`` is the person, whose rights are checked; None is the operator at the
command line.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils.translation import gettext as _

from reviews import conditions, routing, rule_actions, rule_names
from reviews.models import Rule, RuleVersion
from reviews.models.routing import new_key
from reviews.rule_forms import (
    MOST_RULES,
    RuleForm,
    Scope,
    check,
    check_all,
    copy,
    demand,
    draft_of,
    fill,
    forms_of,
    insert,
    published,
)
from workspaces import clock
from workspaces.errors import Conflict, Invalid
from workspaces.models import User
from workspaces.transactions import write

_EDITS_KEPT = 50


@dataclass(frozen=True)
class Edit:
    """One change of a draft, as it is told to whoever was editing at the same time."""

    edition: int
    by: str
    at: datetime
    what: str
    rule: str  # its key, "" for the draft as a whole


class EditedMeanwhile(Conflict):
    """Somebody changed the draft since it was seen: ``edits`` says who, when and what."""

    code, title = "edited-meanwhile", "Somebody else changed these rules"

    def __init__(self, detail: str, edits: Sequence[Edit] = (), draft: RuleVersion | None = None):
        super().__init__(detail)
        self.edits = tuple(edits)
        self.draft = draft


def open_draft(scope: Scope, *, by: User | None) -> RuleVersion:
    """The draft of a scope; where there is none, a copy of what is in force. Raises Forbidden."""
    demand(by, scope)
    if scope is not None:
        routing.ensure_otherwise(scope)
    for _try in range(2):
        if (draft := draft_of(scope)) is not None:
            return draft
        try:
            with write(), transaction.atomic():
                based_on = published(scope)
                return copy(forms_of(based_on), scope, based_on=based_on, by=by)
        except IntegrityError:
            continue
    raise Conflict(_("The draft was published meanwhile; open it once more."))


def add(
    draft: RuleVersion, form: RuleForm, *, seen: int, by: User | None, at: int | None = None
) -> Rule:
    """Put a new rule into a draft at position ``at`` (from 0), else last before "Otherwise".

    Raises EditedMeanwhile, Invalid (with JSON pointers below /condition and /actions), Forbidden.
    """
    with _editing(draft, seen=seen, by=by) as log:
        rows = _ordered(draft)
        if len(rows) >= MOST_RULES:
            raise Invalid(_("A scope has %(n)d rules at most.") % {"n": MOST_RULES})
        check(form, draft.workspace)
        if form.is_otherwise:
            raise Invalid(_("There is one “Otherwise”, and it is there already."))
        rule = Rule(version=draft, key=form.key or new_key())
        fill(rule, form)
        rule.save(force_insert=True)
        rows.insert(len(rows) if at is None else max(0, at), rule)
        _number(rows)
        log.append((_("added “%(rule)s”") % {"rule": rule.name}, rule.key))
    return rule


def change(rule: Rule, form: RuleForm, *, seen: int, by: User | None) -> Rule:
    """Write a rule of a draft anew. Raises as ``add``."""
    with _editing(rule.version, seen=seen, by=by) as log:
        check(form, rule.version.workspace, is_otherwise=rule.is_otherwise)
        before = _told(rule)
        fill(rule, form)
        rule.save(force_update=True)
        log.append(
            (
                _("changed “%(rule)s” from %(before)s to %(after)s")
                % {"rule": rule.name, "before": before, "after": _told(rule)},
                rule.key,
            )
        )
    return rule


def switch(rule: Rule, *, is_active: bool, seen: int, by: User | None) -> Rule:
    """Switch a rule of a draft on or off; "Otherwise" is always on."""
    with _editing(rule.version, seen=seen, by=by) as log:
        if rule.is_otherwise and not is_active:
            raise Invalid(_("“Otherwise” cannot be switched off."))
        rule.is_active = is_active
        rule.save(update_fields=["is_active"])
        told = _("switched “%(rule)s” on") if is_active else _("switched “%(rule)s” off")
        log.append((told % {"rule": rule.name}, rule.key))
    return rule


def move(rule: Rule, to: int, *, seen: int, by: User | None) -> None:
    """Put a rule of a draft at position ``to``, from 0; "Otherwise" stays last."""
    with _editing(rule.version, seen=seen, by=by) as log:
        if rule.is_otherwise:
            raise Invalid(_("“Otherwise” stays last."))
        rows = [each for each in _ordered(rule.version) if each.pk != rule.pk]
        rows.insert(max(0, to), rule)
        _number(rows)
        told = _("moved “%(rule)s” to place %(n)d")
        log.append((told % {"rule": rule.name, "n": rows.index(rule) + 1}, rule.key))


def remove(rule: Rule, *, seen: int, by: User | None) -> None:
    """Take a rule out of a draft."""
    with _editing(rule.version, seen=seen, by=by) as log:
        if rule.is_otherwise:
            raise Invalid(_("“Otherwise” cannot be removed."))
        log.append((_("removed “%(rule)s”") % {"rule": rule.name}, rule.key))
        rule.delete()
        _number(_ordered(rule.version))


def replace(
    draft: RuleVersion, forms: Sequence[RuleForm], *, seen: int, by: User | None
) -> RuleVersion:
    """Put ``forms`` in place of all rules of a draft (an import). Raises as ``add``."""
    with _editing(draft, seen=seen, by=by) as log:
        check_all(forms, draft.workspace)
        draft.rules.all().delete()
        insert(draft, forms)
        log.append((_("replaced all rules"), ""))
    return draft


def discard(draft: RuleVersion, *, seen: int, by: User | None) -> None:
    """Throw a draft away. Raises EditedMeanwhile, Forbidden."""
    with _editing(draft, seen=seen, by=by):
        draft.delete()


@contextmanager
def _editing(draft: RuleVersion, *, seen: int, by: User | None) -> Iterator[list[tuple[str, str]]]:
    """One edit in one transaction; what the caller appends (words, rule key) is kept with it."""
    demand(by, draft.workspace)
    with claimed(draft, seen):
        log: list[tuple[str, str]] = []
        yield log
        if not log:
            return  # discarded
        now = clock.now()
        name = str(by) if by else _("the operator")
        draft.edits = [
            *draft.edits,
            *(
                {
                    "edition": draft.edition,
                    "by": name,
                    "at": now.isoformat(),
                    "what": what,
                    "rule": key,
                }
                for what, key in log
            ),
        ][-_EDITS_KEPT:]
        draft.edited_by, draft.edited_at = by, now
        draft.save(update_fields=["edits", "edited_by", "edited_at"])


@contextmanager
def claimed(draft: RuleVersion, seen: int) -> Iterator[None]:
    """One transaction that nobody else's edit of ``draft`` comes before. What is refused in it
    leaves the draft's edition as it was seen."""
    try:
        with write():
            _claim(draft, seen)
            yield
    except Exception:
        draft.edition = seen
        raise


def _claim(draft: RuleVersion, seen: int) -> None:
    """Compare-and-set of the draft's edition; nobody else's edit is written over."""
    moved = RuleVersion.objects.filter(
        pk=draft.pk, status=RuleVersion.Status.DRAFT, edition=seen
    ).update(edition=F("edition") + 1)
    fresh = RuleVersion.objects.filter(pk=draft.pk).first()
    if not moved:
        raise _edited_meanwhile(fresh, seen)
    assert fresh is not None
    draft.edition, draft.edits, draft.status = fresh.edition, fresh.edits, fresh.status


def _edited_meanwhile(draft: RuleVersion | None, seen: int) -> EditedMeanwhile:
    if draft is None:
        return EditedMeanwhile(_("This draft was thrown away meanwhile."))
    edits = [
        Edit(
            each["edition"],
            each["by"],
            datetime.fromisoformat(each["at"]),
            each["what"],
            each["rule"],
        )
        for each in draft.edits
        if each["edition"] > seen
    ]
    if draft.status != RuleVersion.Status.DRAFT:
        told = _("%(who)s published this draft meanwhile, as version %(n)s.")
        who = draft.published_by or _("The operator")
        return EditedMeanwhile(told % {"who": who, "n": draft.number}, edits, draft)
    told = "; ".join(f"{edit.by} {edit.what}" for edit in edits[:3])
    return EditedMeanwhile(
        _("Somebody else changed this draft meanwhile: %(what)s.") % {"what": told}, edits, draft
    )


def _ordered(draft: RuleVersion) -> list[Rule]:
    """The rows of a draft but "Otherwise", which has no place among them."""
    return list(draft.rules.filter(is_otherwise=False).order_by("position", "id"))


def _number(rows: Sequence[Rule]) -> None:
    for position, rule in enumerate(rows):
        rule.position = position
    Rule.objects.bulk_update(rows, ["position"])


def _told(rule: Rule) -> str:
    names = rule_names.of([(rule.condition, rule.actions)])
    place = str(rule.version.workspace or _("each workspace"))
    told = rule_actions.sentence(rule.actions, names, place=place)
    return f"“{conditions.sentence(rule.condition, names)} → {told}”"
