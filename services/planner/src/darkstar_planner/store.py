"""The small files that outlive a restart: what people set, and the last plan."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError

from darkstar_common.contract import Schedule
from darkstar_common.runtime import write_atomic
from darkstar_planner.core.settings import Settings


class UnreadableSettingsError(Exception):
    """The file is there and cannot be used; it was put aside."""


class LastPlan(BaseModel):
    """The schedule that was last published, and the solution behind it as JSON."""

    model_config = ConfigDict(frozen=True)

    schedule: Schedule
    hint: dict[str, Any]


class Store:
    """Two JSON files in the service's state directory."""

    def __init__(self, directory: Path) -> None:
        self._path = directory / "settings.json"
        self._plan_path = directory / "plan.json"

    def load(self) -> Settings:
        """What was saved last; nothing set when nothing was.

        Raises:
            UnreadableSettingsError: The file cannot be used; it is beside its place now.
        """
        try:
            return Settings.model_validate_json(self._path.read_bytes())
        except FileNotFoundError:
            return Settings()
        except (OSError, ValidationError) as error:
            raise UnreadableSettingsError(f"{self._path}: {_first_line(error)}") from None

    def put_aside(self) -> Path | None:
        """Move an unreadable file out of the way; where it is now, None where that failed."""
        aside = self._path.with_suffix(".unreadable")
        try:
            return self._path.replace(aside)
        except OSError:
            return None

    def save(self, settings: Settings) -> None:
        """Replace the file.

        Raises:
            OSError: It cannot be written; the old one is whole.
        """
        write_atomic(self._path, settings.model_dump_json(exclude_defaults=True).encode())

    def load_plan(self) -> LastPlan | None:
        """The plan that was saved last; None when none was, or none that can be read.

        Nobody made it by hand and the next one replaces it, so no more is said about that.
        """
        try:
            return LastPlan.model_validate_json(self._plan_path.read_bytes())
        except (OSError, ValidationError):
            return None

    def save_plan(self, last: LastPlan) -> None:
        """Replace the last plan.

        Raises:
            OSError: It cannot be written.
        """
        write_atomic(self._plan_path, last.model_dump_json().encode())


def _first_line(error: OSError | ValidationError) -> str:
    if isinstance(error, OSError):
        return str(error.strerror)
    first = error.errors(include_url=False, include_context=False, include_input=False)[0]
    place = ".".join(str(part) for part in first["loc"])
    return f"{place}: {first['msg']}" if place else first["msg"]
