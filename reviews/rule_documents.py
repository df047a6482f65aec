"""Rules of a scope as a JSON document, to be kept in a file and read back on any desk.

    {"rules": [{"name": …, "condition": …, "actions": …}, …, {"name": …, "is_otherwise": true, …}]}

Ids in it are those of this desk. A document for a workspace without an "Otherwise" keeps the one
that there is.
"""

from collections.abc import Iterator
from typing import Any

from django.utils.translation import gettext as _

from reviews.models import RuleVersion
from reviews.rule_forms import MOST_RULES, RuleForm, forms_of
from workspaces import strictjson
from workspaces.errors import Invalid, Problem

_TYPES: dict[str, type | tuple[type, ...]] = {
    "key": str,
    "name": str,
    "condition": (dict, type(None)),
    "actions": dict,
    "is_otherwise": bool,
    "is_active": bool,
}


def document_of(version: RuleVersion | None) -> dict[str, Any]:
    return {
        "rules": [
            {
                "key": form.key,
                "name": form.name,
                "condition": form.condition,
                "actions": form.actions,
                "is_otherwise": form.is_otherwise,
                "is_active": form.is_active,
            }
            for form in forms_of(version)
        ]
    }


def read(data: bytes) -> list[RuleForm]:
    """The rules in a document. Raises Invalid, strictjson.MalformedJson, TooLarge.

    Conditions and actions are checked when the forms are put into a draft.
    """
    value = strictjson.loads(data)
    rules = value.get("rules") if isinstance(value, dict) else None
    if not isinstance(rules, list) or len(rules) > MOST_RULES:
        told = _("This must be an object with a list “rules” of at most %(n)d.") % {"n": MOST_RULES}
        raise Invalid(told, errors=[Problem("/rules", told)])
    found = [problem for index, rule in enumerate(rules) for problem in _faults(rule, index)]
    if found:
        told = _("These rules are not valid: %(why)s") % {"why": found[0].detail}
        raise Invalid(told, errors=found)
    return [RuleForm(**{"condition": None, **rule}) for rule in rules]


def _faults(rule: object, index: int) -> Iterator[Problem]:
    at = f"/rules/{index}"
    if not isinstance(rule, dict):
        yield Problem(at, _("A rule must be an object."))
        return
    for name in ("name", "actions"):
        if name not in rule:
            yield Problem(f"{at}/{name}", _("“%(name)s” is missing.") % {"name": name})
    for name, value in rule.items():
        if name not in _TYPES:
            yield Problem(at, _("“%(name)s” is not known here.") % {"name": str(name)[:80]})
        elif not isinstance(value, _TYPES[name]):
            yield Problem(f"{at}/{name}", _("This is of the wrong type."))
