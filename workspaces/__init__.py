"""Shared state: files, people, agents, rights and events."""
