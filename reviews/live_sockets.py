"""The desk's end of one browser page: who it is, what it may see, what it is still to be sent."""

import asyncio
import json
from dataclasses import dataclass, field

QUEUE_LENGTH = 64
# Close codes; static/js/live.js knows the first two and comes back after the third.
SIGNED_OUT, RIGHTS_CHANGED, TOO_MUCH = 4401, 4403, 4429


@dataclass(frozen=True)
class Session:
    """What a socket's right to be open hangs on; "" where there is none (tests)."""

    key: str = ""
    auth_hash: str = ""


NO_SESSION = Session()


@dataclass(eq=False)
class Socket:
    """One browser page. ``outbox`` is bounded: full means drop all and ask for a resync."""

    user_id: int
    workspaces: frozenset[int]
    name: str = ""
    session: Session = NO_SESSION
    close_code: int = RIGHTS_CHANGED
    outbox: "asyncio.Queue[str | None]" = field(default_factory=lambda: asyncio.Queue(QUEUE_LENGTH))

    def put(self, text: str | None) -> None:
        """Queue a message; None closes the socket, and what was queued is not sent any more."""
        if text is None or self.outbox.full():
            while not self.outbox.empty():
                self.outbox.get_nowait()
            text = text and json.dumps({"type": "resync"})
        self.outbox.put_nowait(text)

    def end(self, code: int) -> None:
        """Close it with this code."""
        self.close_code = code
        self.put(None)
