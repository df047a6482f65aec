"""Public holidays by country, from the package ``holidays``: computed here, without a network.

The package takes 18 MB once it is loaded, so only a process that is asked for holidays loads it.
"""

from datetime import date
from functools import lru_cache
from importlib import import_module

FIRST, LAST = 2000, 2100


@lru_cache(maxsize=1)
def countries() -> list[tuple[str, str]]:
    """(ISO code, English name), by name."""
    known = import_module("holidays.registry").COUNTRIES
    named = ((names[1], place.replace("_", " ").title()) for place, names in known.items())
    return sorted(named, key=lambda each: each[1])


def of(country: str, year: int) -> dict[date, str]:
    """The national holidays of a country in one year, in English where that is known.

    Raises LookupError for a country or year that is not offered.
    """
    if country not in dict(countries()) or not FIRST <= year <= LAST:
        raise LookupError(f"no holidays are known of {country} in {year}")
    found = import_module("holidays").country_holidays(country, years=year, language="en_US")
    return {day: str(name) for day, name in sorted(found.items())}
