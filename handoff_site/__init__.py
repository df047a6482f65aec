"""Composition: settings, URLs, servers and the one-process desk."""
