"""What the forms share: refusals of the domain, and text areas with one entry a line."""

from django import forms

from workspaces.errors import HandoffError


def show(form: forms.BaseForm, error: HandoffError, field: str | None = None) -> None:
    """Put a refusal of the domain beside the field it names, else beside ``field``."""
    named = [(problem.pointer.strip("/"), problem.detail) for problem in error.errors]
    for name, detail in named or [(field or "", error.detail)]:
        form.add_error(name if name in form.fields else field, detail)


def lines(text: str) -> list[str]:
    """One entry a line; blank lines and repetitions go."""
    return list(dict.fromkeys(line.strip() for line in text.splitlines() if line.strip()))
