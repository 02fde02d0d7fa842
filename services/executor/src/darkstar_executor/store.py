"""The small file that people's wishes survive a restart in."""

from __future__ import annotations

import json
from contextlib import suppress
from itertools import count
from pathlib import Path

from darkstar_common.runtime import write_atomic
from darkstar_executor.core.kept import NOTHING_KEPT, Kept, UnreadableError, kept_in

_LARGEST = 1024 * 1024


class Store:
    """One JSON file in the service's state directory."""

    def __init__(self, directory: Path) -> None:
        self._path = directory / "wishes.json"

    def load(self) -> tuple[Kept, str | None]:
        """What was saved last, and what is wrong with it.

        A file that is not all understood is kept aside, under a name of its own, for a person
        or the version that wrote it.
        """
        try:
            content = self._path.read_bytes()
        except FileNotFoundError:
            return NOTHING_KEPT, None
        except OSError as error:
            return NOTHING_KEPT, f"{self._path} cannot be read: {error.strerror}"
        try:
            return kept_in(_json(content)), None
        except UnreadableError as error:
            aside = self._kept_aside()
            place = f"it is kept aside as {aside.name}" if aside else "it could not be kept aside"
            return error.rest, f"{self._path} is not all understood ({error}); {place}"

    def save(self, kept: Kept) -> None:
        """Replace the file.

        Raises:
            OSError: It cannot be written; the old one is untouched.
        """
        write_atomic(self._path, kept.model_dump_json().encode())

    def _kept_aside(self) -> Path | None:
        """The name under which the file lies now."""
        names = (self._path.with_name(f"wishes.aside-{number}.json") for number in count(1))
        aside = next(name for name in names if not name.exists())
        with suppress(OSError):
            return self._path.rename(aside)
        return None


def _json(content: bytes) -> object:
    """`content` as JSON.

    Raises:
        UnreadableError: It is none.
    """
    if len(content) > _LARGEST:
        raise UnreadableError(f"it holds {len(content)} bytes", NOTHING_KEPT)
    try:
        return json.loads(content)
    except (ValueError, RecursionError) as error:
        raise UnreadableError(f"it is no JSON: {error}", NOTHING_KEPT) from None
