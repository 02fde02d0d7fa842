"""What can go wrong with the database file for its user.

StoreError
├── StoreLockedError   another process has it open
├── StoreNewerError    a newer Darkstar wrote it
├── StoreRefusedError   a message that no disk would take
├── StoreUnwritableError   it takes nothing for now
├── StoreUnreadableError   it is no database, or the disk refuses
├── StoreCopyError     a copy of it cannot be written or read
│   └── StoreNotCopiedError   the disk takes none there
├── StoreTroubleError  something in it cannot be changed
└── StoreFailedError   the database refused what a tool asked of it
"""

from __future__ import annotations

from pathlib import Path
from uuid import UUID


class StoreError(Exception):
    """Base of all errors of the store; `path` is the file."""

    detail: str = ""
    """What the disk or the database says."""

    def __init__(self, path: Path, sentence: str) -> None:
        super().__init__(f"{path}: {sentence}")
        self.path = path


class StoreLockedError(StoreError):
    """Another process has the file open."""

    def __init__(self, path: Path) -> None:
        super().__init__(
            path, "another process has it open, most likely the recorder; stop that one first"
        )


class StoreNewerError(StoreError):
    """The file was written by a newer version."""

    def __init__(self, path: Path, found: int, known: int) -> None:
        super().__init__(
            path,
            f"it has schema version {found}, this recorder knows versions up to {known}; "
            "install the newer Darkstar again, or restore the backup made before it",
        )
        self.found = found
        self.known = known


class StoreUnreadableError(StoreError):
    """The file cannot be opened as a database."""

    def __init__(self, path: Path, detail: str) -> None:
        super().__init__(path, f"cannot be opened as a DuckDB database ({detail})")
        self.detail = detail


class StoreCopyError(StoreError):
    """A copy of the file cannot be made or used; `path` is the copy."""

    def __init__(self, path: Path, detail: str) -> None:
        super().__init__(path, f"is no copy of the recorder's file that can be used ({detail})")
        self.detail = detail


class StoreNotCopiedError(StoreCopyError):
    """A copy cannot be written there; nothing is left of it."""

    def __init__(self, path: Path, detail: str) -> None:
        StoreError.__init__(self, path, f"no copy can be written there ({detail})")
        self.detail = detail


class StoreTroubleError(StoreError):
    """What was to be changed in the file stays as it was."""

    def __init__(self, path: Path, detail: str) -> None:
        super().__init__(path, f"cannot be written ({detail}); look whether its disk is full")


class StoreFailedError(StoreError):
    """The database refused what was asked of it, on the way to something else."""

    def __init__(self, path: Path, detail: str) -> None:
        super().__init__(path, f"the database refused this ({detail})")


class StoreUnwritableError(StoreError):
    """The file takes nothing for now: the disk is full, read-only or broken."""

    def __init__(self, path: Path, detail: str) -> None:
        super().__init__(path, f"cannot be written ({detail})")
        self.detail = detail


class StoreRefusedError(StoreError):
    """A message cannot be written, now or later."""

    def __init__(self, path: Path, message_id: UUID, detail: str) -> None:
        super().__init__(path, f"message {message_id} cannot be written ({detail})")
        self.message_id = message_id
