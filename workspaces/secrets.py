"""Webhook secrets in Standard Webhooks' form."""

import base64
import secrets


def new_webhook_secret() -> str:
    """``whsec_`` + base64 of 32 random bytes (Standard Webhooks 1.0.0)."""
    return "whsec_" + base64.b64encode(secrets.token_bytes(32)).decode()
