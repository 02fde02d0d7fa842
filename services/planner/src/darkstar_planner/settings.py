"""What people have set, kept over restarts."""

from __future__ import annotations

from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

from darkstar_common.runtime import write_atomic

FILE = "settings.json"


class Settings(BaseModel):
    """Settings made over the bus; they go before the configuration."""

    model_config = ConfigDict(frozen=True)

    export_enabled: bool


def load_settings(state_dir: Path, *, default: bool) -> Settings:
    """What was last set, or export as configured where nothing readable was."""
    try:
        return Settings.model_validate_json((state_dir / FILE).read_bytes())
    except (OSError, ValidationError):
        return Settings(export_enabled=default)


def save_settings(state_dir: Path, *, export_enabled: bool) -> None:
    """Keep the settings.

    Raises:
        OSError: They cannot be written.
    """
    content = Settings(export_enabled=export_enabled).model_dump_json()
    write_atomic(state_dir / FILE, content.encode())
