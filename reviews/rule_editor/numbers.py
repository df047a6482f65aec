"""Numbers as typed; what is none stays text, so that the check says what is wrong with it."""


def number(text: str) -> int | float | str:
    try:
        found = float(text.replace(",", "."))
    except ValueError:
        return text
    return int(found) if found.is_integer() and abs(found) < 1e15 else found


def whole(text: str) -> int | str:
    try:
        return int(text)
    except ValueError:
        return text
