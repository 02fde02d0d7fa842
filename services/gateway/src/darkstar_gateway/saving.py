"""The configuration file: read whole, replaced whole, with what it was kept beside the state.

SavingError
├── ChangedMeanwhileError   somebody else has changed it since it was read
├── UnwritableError         it, or a copy of it, cannot be written
└── NoBackupError           there is no such copy
"""

from __future__ import annotations

import os
import re
import stat
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Final

_KEPT: Final = 20
"""So many copies stay; older ones are removed."""
_IN_PLACE: Final = (
    "The file was written in place, as it cannot be replaced as a whole there; a power cut in that "
    "moment would have damaged it. Mount its directory instead of the file."
)
_NAME: Final = re.compile(r"config-\d{8}T\d{6}Z-[0-9a-f]{8}\.yaml")


class SavingError(Exception):
    """The file cannot be changed; nothing has been."""


class ChangedMeanwhileError(SavingError):
    """The file is another than the one the change was made from."""

    def __init__(self, revision: str) -> None:
        super().__init__(
            "The configuration file was changed meanwhile, by hand or from another page. Load "
            "it again, and make your changes to what it says now."
        )
        self.revision = revision


class UnwritableError(SavingError):
    """It cannot be written; the text says why and what to do."""


class NoBackupError(SavingError):
    """There is no copy of that name."""


@dataclass(frozen=True, slots=True)
class Kept:
    """What the file holds."""

    content: bytes

    @property
    def revision(self) -> str:
        """SHA-256 of it, in hexadecimal."""
        return sha256(self.content).hexdigest()


@dataclass(frozen=True, slots=True)
class Backup:
    """An earlier state of the file."""

    name: str
    size: int


class SettingsFile:
    """The file at a path, or at what that path is a link to."""

    def __init__(self, path: Path, backups: Path) -> None:
        self.path = path
        self._backups = backups

    def read(self) -> Kept:
        """What it holds.

        Raises:
            OSError: It cannot be read.
        """
        return Kept(self.path.read_bytes())

    def obstacle(self) -> str | None:
        """Why it cannot be written; None where it can."""
        place = self.path.resolve()
        if not place.exists():
            return f"There is no file {self.path}; copy config.example.yaml there."
        if os.access(place, os.W_OK, effective_ids=os.access in os.supports_effective_ids):
            return None
        return (
            f"The gateway may not write {self.path}: it is read-only here, or belongs to somebody "
            "else. Change it by hand, or let the gateway's user write it and its directory."
        )

    def replace(self, content: bytes, revision: str, now: datetime) -> tuple[str, ...]:
        """Write `content`, with what was there kept as a backup.

        Args:
            content: The whole file.
            revision: Of the file that `content` was made from.
            now: Names the backup.

        Returns:
            What there is to know about how it was written; mostly nothing.

        Raises:
            ChangedMeanwhileError: It is another file by now.
            UnwritableError: It cannot be written.
        """
        place = self.path.resolve()
        try:
            before = self.read()
            if before.revision != revision:
                raise ChangedMeanwhileError(before.revision)
            self._keep(before, now)
        except OSError as error:
            raise UnwritableError(
                f"No copy of the configuration can be kept in {self._backups} "
                f"({error.strerror}), so it was not changed. Make room, or let the gateway's user "
                "write there."
            ) from None
        return self._write(place, content)

    def backups(self) -> tuple[Backup, ...]:
        """The copies, newest first."""
        found = [one for one in self._folder() if _NAME.fullmatch(one.name)]
        named = sorted(found, key=lambda one: one.name, reverse=True)
        return tuple(Backup(one.name, one.stat().st_size) for one in named)

    def backup(self, name: str) -> Kept:
        """What the copy of that name holds.

        Raises:
            NoBackupError: There is none.
        """
        if name not in {one.name for one in self.backups()}:
            raise NoBackupError("There is no such backup; see api/settings/backups for those.")
        try:
            return Kept((self._backups / name).read_bytes())
        except OSError as error:
            raise NoBackupError(f"The backup cannot be read ({error.strerror}).") from None

    def _folder(self) -> tuple[Path, ...]:
        try:
            return tuple(self._backups.iterdir())
        except OSError:
            return ()

    def _keep(self, kept: Kept, now: datetime) -> None:
        self._backups.mkdir(parents=True, exist_ok=True)
        path = self._backups / f"config-{now:%Y%m%dT%H%M%SZ}-{kept.revision[:8]}.yaml"
        with path.open("wb") as file:
            file.write(kept.content)
            file.flush()
            os.fsync(file.fileno())
        for old in self.backups()[_KEPT:]:
            (self._backups / old.name).unlink(missing_ok=True)

    def _write(self, place: Path, content: bytes) -> tuple[str, ...]:
        try:
            _replace(place, content)
        except OSError:  # the directory is not ours, or the file alone is mounted
            pass
        else:
            return ()
        try:
            _overwrite(place, content)
        except OSError as error:
            raise UnwritableError(
                f"{self.path} cannot be written ({error.strerror}). Let the gateway's user write "
                "it, or change it by hand."
            ) from None
        return (_IN_PLACE,)


def _replace(place: Path, content: bytes) -> None:
    """Put a new file where the old one is, with its owner and mode: one of them is always whole."""
    was = place.stat()
    with (
        ExitStack() as undo,
        NamedTemporaryFile(dir=place.parent, prefix=f".{place.name}.", delete=False) as file,
    ):
        undo.callback(Path(file.name).unlink, missing_ok=True)
        os.fchmod(file.fileno(), was.st_mode & 0o7777)
        _give(file.fileno(), was)
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
        Path(file.name).replace(place)
        undo.pop_all()
    entry = os.open(place.parent, os.O_RDONLY)
    try:
        os.fsync(entry)
    finally:
        os.close(entry)


def _give(number: int, was: os.stat_result) -> None:
    """Give a file to whom the one before belongs.

    Raises:
        PermissionError: It cannot be given away, and they could not write it then.
    """
    if (was.st_uid, was.st_gid) == (os.geteuid(), os.getegid()):
        return
    try:
        os.fchown(number, was.st_uid, was.st_gid)
    except PermissionError:
        if not was.st_mode & stat.S_IWOTH:
            raise


def _overwrite(place: Path, content: bytes) -> None:
    with place.open("r+b") as file:
        file.write(content)
        file.truncate()
        file.flush()
        os.fsync(file.fileno())
