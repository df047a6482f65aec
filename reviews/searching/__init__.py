"""Plain words: what of a handoff can be found by them, and the index that finds it."""
