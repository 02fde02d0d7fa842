"""What may go wrong with a house that is packed or put in place; each text is for a person.

MovingError
  ArchiveError     the file is damaged, or no archive of ours
  NewerError       a newer version made it
  NotEmptyError    there is a house already
  SpaceError       the disk has too little room
  DatabaseError    the recorder's own tool refused
"""

from __future__ import annotations

from pathlib import Path


class MovingError(Exception):
    """It cannot be done, and nothing was changed; the text names the thing and the way out."""


class ArchiveError(MovingError):
    """The file is damaged, or no archive of ours."""

    def __init__(self, path: Path, reason: str) -> None:
        super().__init__(f"{path} cannot be used: {reason}. Nothing was changed; take another copy")
        self.path, self.reason = path, reason


class NewerError(MovingError):
    """A newer version made the archive."""

    def __init__(self, path: Path, made_by: str, own: str) -> None:
        super().__init__(
            f"{path} was made by Darkstar {made_by}, and this is {own}, which may not understand "
            "it. Nothing was changed; update Darkstar here first"
        )
        self.path, self.made_by, self.own = path, made_by, own


class NotEmptyError(MovingError):
    """There is a house already."""

    def __init__(self, found: str, way_out: str) -> None:
        super().__init__(f"there is a house here already: {found}. Nothing was changed; {way_out}")
        self.found = found


class SpaceError(MovingError):
    """The disk has too little room."""

    def __init__(self, place: Path, needed: int, free: int) -> None:
        super().__init__(
            f"{place} has {free / 1e6:.0f} MB free, and {needed / 1e6:.0f} MB are needed. "
            "Nothing was changed; make room and try again"
        )
        self.place, self.needed, self.free = place, needed, free


class DatabaseError(MovingError):
    """The recorder's own tool refused; the text is its own."""
