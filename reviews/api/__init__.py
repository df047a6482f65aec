"""The JSON API for agents, /api/v1."""
