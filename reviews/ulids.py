"""ULIDs: 48 bits of time and 80 random ones, in Crockford's base 32 (github.com/ulid/spec)."""

import secrets
import time

_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


def new(prefix: str = "ho_") -> str:
    number = (time.time_ns() // 1_000_000 << 80) | secrets.randbits(80)
    digits = [_ALPHABET[(number >> shift) & 31] for shift in range(125, -5, -5)]
    return prefix + "".join(digits)
