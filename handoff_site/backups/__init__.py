"""A copy of a whole desk, taken while it serves, and a desk made from one.

The database is copied first, the store after it: an object is kept before the row that names it
and never leaves, so that a later copy of the store has everything the database names. The
manifest comes last and by a rename: a folder whose backup broke off still holds the one before.

``manifest.json``: ``{"format": 1, "made_at", "database": {"vendor", "file", "sha256", "size"},
"migrations": {app: [name]}, "objects": {"count", "bytes"}, "keys": {name: sha256}, "secret"}``.
"""

from handoff_site.backups.making import make
from handoff_site.backups.manifest import BackupError, Manifest
from handoff_site.backups.restoring import restore

__all__ = ["BackupError", "Manifest", "make", "restore"]
