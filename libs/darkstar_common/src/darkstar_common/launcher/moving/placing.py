"""Puts the state of a house in place: first beside what is there, then by a rename for each.

```
state/planner               what the planner uses
state/.incoming-planner     what comes in, until all of every service is on disk
state/.replaced-planner     what was there, until every service has what came in
state/.committed-planner    every service has it: nobody goes back behind this of his own accord
```
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from darkstar_common.launcher.moving.errors import SpaceError
from darkstar_common.launcher.moving.state import BACKUPS, DATABASE, files

SPARE = 32 * 1024 * 1024
"""What has to be free beyond the house [B]; services write while they start."""


def incoming(place: Path) -> Path:
    """Where the state for `place` waits."""
    return place.with_name(f".incoming-{place.name}")


def replaced(place: Path) -> Path:
    """Where the state that was at `place` is kept until all is well."""
    return place.with_name(f".replaced-{place.name}")


def committed(place: Path) -> Path:
    """The mark that what is at `place` is in force, and services may have gone on from it."""
    return place.with_name(f".committed-{place.name}")


def is_lived_in(place: Path) -> bool:
    """Whether a service has kept anything at `place`."""
    return bool(files(place)) or (place / DATABASE).exists()


def need_room(directory: Path, size: int) -> None:
    """See to it that `size` [B] go into `directory`.

    Raises:
        SpaceError: They do not.
    """
    existing = next(one for one in (directory, *directory.parents) if one.exists())
    free = shutil.disk_usage(existing).free
    if free < size + SPARE:
        raise SpaceError(directory, size + SPARE, free)


def stage(place: Path) -> Path:
    """An empty directory for what is to be at `place`, after `recover`.

    Raises:
        OSError: It cannot be made.
    """
    recover((place,))
    fresh = incoming(place)
    shutil.rmtree(fresh, ignore_errors=True)
    fresh.mkdir(parents=True, mode=0o750)
    return fresh


def recover(places: Sequence[Path]) -> None:
    """End what an earlier import left at `places`: taken back if it was cut off before its commit.

    What was committed and not settled is in force, and services may have written there since.
    """
    if any(committed(place).exists() for place in places):
        settle(places)
    else:
        undo(places)


def commit(places: Sequence[Path]) -> None:
    """Put what waits into all places, or leave all as they were.

    Raises:
        OSError: It could not be done; all is as it was.
    """
    done: list[Path] = []
    try:
        for place in places:
            owned_alike(incoming(place), place.parent)
            done.append(place)
            _swap(place)
        for place in places:
            committed(place).touch()
    except OSError:
        undo(done)
        raise


def undo(places: Sequence[Path]) -> None:
    """Have what was there before at each place again, as far as it was moved away."""
    for place in places:
        committed(place).unlink(missing_ok=True)
    for place in reversed(places):
        if replaced(place).exists():
            if place.exists():
                shutil.rmtree(incoming(place), ignore_errors=True)
                place.rename(incoming(place))
            replaced(place).rename(place)


def settle(places: Sequence[Path]) -> None:
    """Remove what was there before, and what waits in vain; the copies of each night stay."""
    for place in places:
        if place.exists() and replaced(place).exists():
            _keep_copies(replaced(place), place)
            replaced(place).rename(_settled(place))
        shutil.rmtree(_settled(place), ignore_errors=True)
        shutil.rmtree(incoming(place), ignore_errors=True)
    for place in places:
        committed(place).unlink(missing_ok=True)


def _settled(place: Path) -> Path:
    """What was there, once nobody goes back to it; half of it may be removed."""
    return place.with_name(f".settled-{place.name}")


def _swap(place: Path) -> None:
    if place.exists():
        place.rename(replaced(place))
    else:
        replaced(place).mkdir()
    incoming(place).rename(place)


def _keep_copies(source: Path, target: Path) -> None:
    """Have the recorder's own copies, which do not travel, at `target`."""
    if (source / BACKUPS).is_dir() and not (target / BACKUPS).exists() and source != target:
        with suppress(OSError):
            (source / BACKUPS).rename(target / BACKUPS)


def owned_alike(directory: Path, model: Path) -> None:
    """Give a file, or all of a directory, to the owner of `model`; root alone can, and has to."""
    if os.geteuid() != 0:
        return
    owner = model.stat()
    os.chown(directory, owner.st_uid, owner.st_gid)
    for one in directory.rglob("*"):
        os.chown(one, owner.st_uid, owner.st_gid)
