"""The small file that people's wishes survive a restart in."""

from __future__ import annotations

from pathlib import Path

from pydantic import ValidationError

from darkstar_common.runtime import write_atomic
from darkstar_executor.core.wishes import NO_WISHES, Wishes


class UnreadableStateError(Exception):
    """The file is there and cannot be used."""


class Store:
    """One JSON file in the service's state directory."""

    def __init__(self, directory: Path) -> None:
        self._path = directory / "wishes.json"

    def load(self) -> Wishes:
        """What was saved last; no wishes when nothing was.

        Raises:
            UnreadableStateError: The file cannot be read or understood.
        """
        try:
            return Wishes.model_validate_json(self._path.read_bytes())
        except FileNotFoundError:
            return NO_WISHES
        except (OSError, ValidationError) as error:
            raise UnreadableStateError(f"{self._path}: {error}") from None

    def save(self, wishes: Wishes) -> None:
        """Replace the file.

        Raises:
            OSError: It cannot be written.
        """
        write_atomic(self._path, wishes.model_dump_json().encode())
