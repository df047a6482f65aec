"""Handoffs, routing, decisions and notifications: people deciding about agents' work."""
