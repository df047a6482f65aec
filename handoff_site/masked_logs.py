"""The desk's own log: what agents wrote may stand in a message or a traceback, its secrets not."""

import json
import logging
from datetime import UTC, datetime

from handoff_site.request_ids import current
from reviews import secrets


class RequestFilter(logging.Filter):
    """Gives every record ``request_id``: "" outside of requests."""

    def filter(self, record: logging.LogRecord) -> bool:
        record.request_id = current.get()
        return True


class Formatter(logging.Formatter):
    """As configured, with words in place of every secret; the id of the request at its end."""

    def format(self, record: logging.LogRecord) -> str:
        text = secrets.masked(super().format(record))
        found = getattr(record, "request_id", "")
        return f"{text} [{found}]" if found else text


class JsonFormatter(logging.Formatter):
    """One JSON object a line: ``at`` (UTC), ``level``, ``logger``, ``message``, ``process``, and
    ``request`` and ``exception`` where there are any. Secrets are masked in all of them."""

    def format(self, record: logging.LogRecord) -> str:
        said = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": secrets.masked(record.getMessage()),
            "process": record.process,
        }
        if request := getattr(record, "request_id", ""):
            said["request"] = request
        if record.exc_info:
            said["exception"] = secrets.masked(self.formatException(record.exc_info))
        return json.dumps(said, ensure_ascii=False)
