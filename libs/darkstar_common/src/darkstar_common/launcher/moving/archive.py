"""Writes and reads archives: a compressed tar file of plain files, whole or not there at all."""

from __future__ import annotations

import gzip
import hashlib
import io
import os
import tarfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from darkstar_common.launcher.moving.contents import (
    HEAD,
    LIST,
    Contents,
    Head,
    Member,
    belongs,
    head_bytes,
    head_in,
    is_newer,
    list_bytes,
    list_in,
)
from darkstar_common.launcher.moving.errors import ArchiveError, NewerError
from darkstar_common.launcher.moving.state import BROKEN

_CHUNK = 1 << 20
_LONGEST_LIST = 64 << 20
"""Of the first and the last member [B]; both are read into memory."""
_BROKEN = (*BROKEN, gzip.BadGzipFile, ValueError, KeyError)
"""What reading a damaged file raises, besides an OSError of the disk itself."""
_OURS = 0o600


class Writer:
    """Takes the members of an archive one by one."""

    def __init__(self, tar: tarfile.TarFile) -> None:
        self._tar = tar
        self._members: dict[str, Member] = {}

    def add(self, name: str, content: IO[bytes], size: int) -> None:
        """Append `size` bytes [B] of `content` as the member `name`.

        Raises:
            ValueError: No archive may have a member of that name, or this one has it already.
            OSError: `content` is shorter, or the archive cannot be written.
        """
        if not belongs(name) or name in self._members:
            raise ValueError(f"{name!r} can be no member of an archive")
        reader = _Counted(content)
        self._tar.addfile(_info(name, size), reader)
        self._members[name] = Member(size=size, sha256=reader.digest.hexdigest())

    def finish(self) -> None:
        """Append the list of all members."""
        _add_bytes(self._tar, LIST, list_bytes(self._members))


@contextmanager
def writing(path: Path, head: Head) -> Iterator[Writer]:
    """An archive at `path`, which appears when all of it is on disk; only its owner can read it.

    Raises:
        OSError: It cannot be written; there is nothing at `path` then.
    """
    part = path.with_name(f".{path.name}.part")
    part.unlink(missing_ok=True)
    try:
        with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _OURS), "wb") as file:
            with tarfile.open(fileobj=file, mode="w:gz", compresslevel=6) as tar:
                _add_bytes(tar, HEAD, head_bytes(head))
                writer = Writer(tar)
                yield writer
                writer.finish()
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


def verified(path: Path, own: str) -> Contents:
    """What is in the archive at `path`, every byte of which was compared with its checksum.

    Args:
        path: The file.
        own: The version of Darkstar that is to use it.

    Raises:
        ArchiveError: It is damaged, has members that do not belong, or is none of ours.
        NewerError: A later version made it.
    """
    try:
        with _opened(path) as tar:
            return _read_through(tar, path, own)
    except _BROKEN as error:
        raise ArchiveError(path, str(error) or type(error).__name__) from None
    except OSError as error:
        raise ArchiveError(path, error.strerror or str(error)) from None


def members(path: Path, place: str) -> Iterator[tuple[str, int, IO[bytes]]]:
    """The members below `place` of an archive that was verified: name below it, size [B], content.

    Raises:
        ArchiveError: It is not what it was.
    """
    try:
        with _opened(path) as tar:
            for info in tar:
                content = tar.extractfile(info)
                if content is not None and info.name.startswith(f"{place}/"):
                    yield info.name.removeprefix(f"{place}/"), info.size, content
    except _BROKEN as error:
        raise ArchiveError(path, str(error) or type(error).__name__) from None


def _read_through(tar: tarfile.TarFile, path: Path, own: str) -> Contents:
    found: dict[str, Member] = {}
    walk = iter(tar)
    first = next(walk, None)
    if first is None or first.name != HEAD:
        raise ArchiveError(path, "it is no archive of Darkstar's")
    head = head_in(_short(tar, first))
    if is_newer(head, own):
        raise NewerError(path, head.version, own)
    for info in walk:
        if info.name == LIST:
            _compared(path, found, list_in(_short(tar, info)))
            return Contents(head=head, members=found)
        if not info.isreg() or not belongs(info.name) or info.name in found:
            raise ArchiveError(path, f"{info.name!r} does not belong into an archive")
        found[info.name] = _measured(tar, info)
    raise ArchiveError(path, "its end is missing")


def _compared(path: Path, found: dict[str, Member], wanted: dict[str, Member]) -> None:
    for name in sorted({*found, *wanted}):
        if found.get(name) != wanted.get(name):
            raise ArchiveError(path, f"{name} is not what was packed")


def _measured(tar: tarfile.TarFile, info: tarfile.TarInfo) -> Member:
    content, digest, size = tar.extractfile(info), hashlib.sha256(), 0
    while content is not None and (chunk := content.read(_CHUNK)):
        digest.update(chunk)
        size += len(chunk)
    return Member(size=size, sha256=digest.hexdigest())


def _short(tar: tarfile.TarFile, info: tarfile.TarInfo) -> bytes:
    content = tar.extractfile(info) if info.isreg() and info.size <= _LONGEST_LIST else None
    if content is None:
        raise ValueError(f"{info.name} is not what it should be")
    return content.read()


@contextmanager
def _opened(path: Path) -> Iterator[tarfile.TarFile]:
    with path.open("rb") as file, tarfile.open(fileobj=file, mode="r|gz") as tar:
        yield tar


def _info(name: str, size: int) -> tarfile.TarInfo:
    info = tarfile.TarInfo(name)
    info.size, info.mode = size, _OURS
    return info


def _add_bytes(tar: tarfile.TarFile, name: str, content: bytes) -> None:
    tar.addfile(_info(name, len(content)), io.BytesIO(content))


class _Counted(io.RawIOBase):
    """Reads on, and keeps the checksum of what was read."""

    def __init__(self, content: IO[bytes]) -> None:
        self.digest = hashlib.sha256()
        self._content = content

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        try:
            chunk = self._content.read(size)
        except BROKEN as error:
            raise OSError(f"what was packed did not arrive whole: {error}") from None
        self.digest.update(chunk)
        return chunk
