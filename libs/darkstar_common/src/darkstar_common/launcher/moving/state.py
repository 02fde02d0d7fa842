"""Which files of a service's state are the house, and the way of such files through a pipe.

Left out are files that a service is just writing, sockets, and what the recorder keeps beside its
database: its file is copied by its own tool, which the caller names as `history.duckdb`.
"""

from __future__ import annotations

import os
import shutil
import tarfile
import zlib
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path, PurePosixPath
from typing import IO

from darkstar_common.launcher.moving.errors import MovingError

DATABASE = "history.duckdb"
BACKUPS = "backups"
BROKEN = (tarfile.TarError, EOFError, zlib.error)
"""What reading raises where the end is missing or something else stands there."""


def travels(name: PurePosixPath) -> bool:
    """Whether the file of that name, below a service's directory, is part of the house.

    Example:
        >>> [travels(PurePosixPath(one)) for one in ("wishes.json", ".wishes.x", "copy.duckdb")]
        [True, False, False]
    """
    hidden = any(part.startswith(".") for part in name.parts)
    of_the_database = name.parts[0].startswith(DATABASE) or name.suffix == ".duckdb"
    return not (hidden or of_the_database or name.suffix in {".part", ".lock"})


def files(directory: Path) -> dict[str, Path]:
    """The files of the service that keeps its state in `directory`, by name below it, sorted."""
    found = {}
    for base, _, names in os.walk(directory):
        for one in names:
            path = Path(base, one)
            below = PurePosixPath(path.relative_to(directory).as_posix())
            if travels(below) and path.is_file() and not path.is_symlink():
                found[str(below)] = path
    return dict(sorted(found.items()))


def opened(found: Mapping[str, Path]) -> Iterator[tuple[str, int, IO[bytes]]]:
    """Name, size [B] and content of each file; one that its service has removed by now is left out.

    Services replace their files whole, so what is open stays as it was.
    """
    for name, path in found.items():
        try:
            content = path.open("rb")
        except FileNotFoundError:
            continue
        with content:
            yield name, os.fstat(content.fileno()).st_size, content


def pack(found: Iterable[tuple[str, int, IO[bytes]]], out: IO[bytes]) -> None:
    """Write files, each with name, size [B] and content, into the pipe `out`.

    Raises:
        OSError: One cannot be read, or nobody reads the pipe.
    """
    with tarfile.open(fileobj=out, mode="w|") as tar:
        for name, size, content in found:
            info = tarfile.TarInfo(name)
            info.size = size
            tar.addfile(info, content)


def packed(source: IO[bytes]) -> Iterator[tuple[str, int, IO[bytes]]]:
    """What `pack` wrote: name, size [B] and content of each file.

    Raises:
        MovingError: The pipe ended too early, or carries something else.
    """
    try:
        with tarfile.open(fileobj=source, mode="r|") as tar:
            for info in tar:
                content = tar.extractfile(info)
                if content is not None:
                    yield info.name, info.size, content
    except BROKEN as error:
        raise MovingError(f"what was packed did not arrive whole: {error}") from None


def write(directory: Path, name: str, content: IO[bytes]) -> None:
    """Put a file below `directory`, which is the stage of a house that comes in.

    Raises:
        OSError: It cannot be written.
        MovingError: The name leads elsewhere, or the content ended too early.
    """
    parts = PurePosixPath(name).parts
    if not parts or ".." in parts or parts[0] == "/":
        raise MovingError(f"{name!r} leads out of the directory {directory}")
    path = directory.joinpath(*parts)
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("xb") as file:
        try:
            shutil.copyfileobj(content, file)
        except BROKEN as error:
            raise MovingError(f"{name} did not arrive whole: {error}") from None
        file.flush()
        os.fsync(file.fileno())
