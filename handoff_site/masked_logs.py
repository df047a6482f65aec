"""The desk's own log: what agents wrote may stand in a message or a traceback, its secrets not."""

import logging

from reviews import secrets


class Formatter(logging.Formatter):
    """As configured, with words in place of every secret."""

    def format(self, record: logging.LogRecord) -> str:
        return secrets.masked(super().format(record))
