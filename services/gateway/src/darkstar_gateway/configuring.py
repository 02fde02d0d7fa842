"""The configuration as people see and change it over the API."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pydantic import ValidationError
from ruamel.yaml.error import YAMLError

from darkstar_common.config import Config, ConfigError
from darkstar_common.config.load import parsed_config
from darkstar_common.config.reloading import changed_keys, needs_restart, within
from darkstar_common.contract import CONFIG, ConfigState, Service
from darkstar_common.runtime import read_settings
from darkstar_gateway.api.wired import Wired
from darkstar_gateway.core.access.start import refusal
from darkstar_gateway.core.settings.changes import (
    RefusedError,
    SettingProblem,
    Wanted,
    meaning,
    wanted,
)
from darkstar_gateway.core.settings.edit import edited, loaded
from darkstar_gateway.saving import Backup, ChangedMeanwhileError, Kept, SettingsFile

_NO_FILE = "This gateway was started without a configuration file, so nothing can be saved."


class UnusableError(Exception):
    """The file cannot be read or used as it is; the text says why and what to do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """What the file holds, as far as it can be used."""

    revision: str
    content: dict[str, Any]
    config: Config
    """What it means; where it cannot be used, what the gateway runs with."""
    reason: str | None
    """Why it cannot be changed here; None where it can."""
    usable: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Saved:
    """What a save has done."""

    revision: str
    changed: tuple[str, ...]
    restart: tuple[str, ...]
    """Those of the changed keys that are in force only when the services are started again."""
    notes: tuple[str, ...]


class Configuring:
    """One at a time reads the file, or changes it and tells the services."""

    def __init__(self, wired: Wired) -> None:
        self._wired = wired
        path = wired.config_path
        self._file = SettingsFile(path, wired.state_dir / "backups") if path else None
        self._busy = asyncio.Lock()
        self._known: tuple[str, dict[str, Any], Config] | None = None

    async def standing(self) -> Standing:
        """What the file holds now."""
        async with self._busy:
            return await asyncio.to_thread(self._standing)

    async def wanted(self, changes: Mapping[str, Any], removed: Sequence[str]) -> Wanted:
        """What the file would be with these changes; nothing is written.

        Raises:
            RefusedError: They cannot be made.
            UnusableError: The file cannot be used as it is.
        """
        async with self._busy:
            return await asyncio.to_thread(self._wanted, changes, removed)

    async def save(
        self, revision: str, changes: Mapping[str, Any], removed: Sequence[str]
    ) -> Saved:
        """Change the file, if it is still that of `revision`, and tell the services.

        Raises:
            RefusedError: The changes cannot be made.
            UnusableError: The file cannot be used as it is.
            EditError: It is written in a way that cannot be kept.
            SavingError: It is another by now, or cannot be written.
        """
        async with self._busy:
            now = self._wired.clock.now()
            saved = await asyncio.to_thread(self._save, revision, changes, removed, now)
            await self._tell(saved, now)
        return saved

    async def backups(self) -> tuple[Backup, ...]:
        """Earlier states of the file, newest first."""
        return await asyncio.to_thread(self._file.backups) if self._file else ()

    async def restore(self, revision: str, name: str) -> Saved:
        """Put the backup of that name in the place of the file of `revision`.

        Raises:
            UnusableError: The backup cannot be used by this version.
            SavingError: There is none, the file is another by now, or cannot be written.
        """
        async with self._busy:
            now = self._wired.clock.now()
            saved = await asyncio.to_thread(self._restore, revision, name, now)
            await self._tell(saved, now)
        return saved

    async def _tell(self, saved: Saved, now: datetime) -> None:
        state = ConfigState(
            sender=Service.GATEWAY,
            emitted_at=now,
            revision=saved.revision,
            saved_at=now,
            changed=saved.changed,
        )
        await self._wired.bus.publish(CONFIG, state)
        self._wired.reread.ask(told=saved.revision)

    def _standing(self) -> Standing:
        file = self._file
        if file is None:
            return self._fallback("", _NO_FILE)
        try:
            kept, content, config = self._usable()
        except UnusableError as error:
            return self._fallback(_revision(file), str(error))
        return Standing(
            revision=kept.revision,
            content=content,
            config=config,
            reason=file.obstacle(),
            usable=True,
        )

    def _fallback(self, revision: str, reason: str) -> Standing:
        return Standing(
            revision=revision,
            content={},
            config=self._wired.config,
            reason=reason,
            usable=False,
        )

    def _usable(self) -> tuple[Kept, dict[str, Any], Config]:
        """What the file holds.

        Raises:
            UnusableError: It cannot be read or used.
        """
        if self._file is None:
            raise UnusableError(_NO_FILE)
        try:
            kept = self._file.read()
        except OSError as error:
            raise UnusableError(
                f"{self._file.path} cannot be read ({error.strerror}). The services go on with "
                "what they have read before; put the file back."
            ) from None
        if self._known is None or self._known[0] != kept.revision:
            self._known = (kept.revision, *_read(kept, self._file))
        return kept, self._known[1], self._known[2]

    def _wanted(self, changes: Mapping[str, Any], removed: Sequence[str]) -> Wanted:
        _, content, before = self._usable()
        made = wanted(content, changes, removed)
        doors = [key for key in changed_keys(before, made.config) if _is_door(key)]
        told, gateway = self._wired.secrets, read_settings().applied(made.config).gateway
        sentence = doors and refusal(
            gateway,
            password=told.gateway_password,
            viewer=told.viewer_password,
            token=told.gateway_token,
        )
        if sentence:
            raise RefusedError([SettingProblem(key=doors[0], message=sentence)])
        return made

    def _save(
        self, revision: str, changes: Mapping[str, Any], removed: Sequence[str], now: datetime
    ) -> Saved:
        kept, _, before = self._usable()
        if self._file is None or kept.revision != revision:
            raise ChangedMeanwhileError(kept.revision)
        made = self._wanted(changes, removed)
        after = edited(kept.content.decode("utf-8"), made.content, meaning).encode()
        notes = () if after == kept.content else self._file.replace(after, revision, now)
        return _saved(Kept(after).revision, before, made.config, notes)

    def _restore(self, revision: str, name: str, now: datetime) -> Saved:
        if self._file is None:
            raise UnusableError(_NO_FILE)
        earlier = self._file.backup(name)
        _, after = _read(earlier, self._file)
        try:
            before = self._usable()[2]
        except UnusableError:
            before = self._wired.config
        notes = self._file.replace(earlier.content, revision, now)
        return _saved(earlier.revision, before, after, notes)


def _is_door(key: str) -> bool:
    """Whether `key` says who gets in."""
    return key == "gateway.host" or within(key, "gateway.access")


def _saved(revision: str, before: Config, after: Config, notes: tuple[str, ...] = ()) -> Saved:
    changed = tuple(changed_keys(before, after))
    restart = tuple(key for key in changed if needs_restart(key))
    return Saved(revision=revision, changed=changed, restart=restart, notes=notes)


def _revision(file: SettingsFile) -> str:
    try:
        return file.read().revision
    except OSError:
        return ""


def _read(kept: Kept, file: SettingsFile) -> tuple[dict[str, Any], Config]:
    """What it holds and means, its paths as they stand in it.

    Raises:
        UnusableError: It is no configuration.
    """
    try:
        parsed_config(kept.content, file.path)
        content = loaded(kept.content.decode("utf-8"))
        return content, Config.model_validate(content)
    except (ConfigError, ValidationError, YAMLError, UnicodeDecodeError) as error:
        said = error.problems[0] if isinstance(error, ConfigError) else str(error)
        raise UnusableError(
            f"The file cannot be used as it is: {said}. The services go on with what they have "
            "read before. Change it by hand, or restore an earlier one."
        ) from None
