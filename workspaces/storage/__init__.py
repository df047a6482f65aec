"""Files of workspaces, opened safely: nothing outside this package opens one by name."""

from workspaces.storage.errors import (
    AlreadyThere,
    DiskFull,
    FileDenied,
    FileMissing,
    FileTooLarge,
    NotRegular,
    OutsideRoot,
    RootMissing,
    StorageError,
    StorageFailed,
    Unstable,
)
from workspaces.storage.root import FileFacts, Root, is_temporary
from workspaces.storage.root_rules import BadRoot, check_root

__all__ = [
    "AlreadyThere",
    "BadRoot",
    "DiskFull",
    "FileDenied",
    "FileFacts",
    "FileMissing",
    "FileTooLarge",
    "NotRegular",
    "OutsideRoot",
    "Root",
    "RootMissing",
    "StorageError",
    "StorageFailed",
    "Unstable",
    "check_root",
    "is_temporary",
]
