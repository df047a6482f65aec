"""Draws what agents wrote: pure functions from bytes or JSON to safe HTML and plain facts.

Nothing here reads models, settings' data or the disk, and nothing raises on hostile input: what
cannot be drawn comes back as a sentence in a `note`.
"""
