"""The settings: what they are, what can be set, whether a change is sound, and saving it."""

from __future__ import annotations

import json
from http import HTTPStatus
from typing import Any

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field, model_validator

from darkstar_common.config import Config
from darkstar_common.contract import Part
from darkstar_common.runtime import Secrets
from darkstar_gateway.api.problems import Problem, ProblemDetail, documented
from darkstar_gateway.api.wired import Wired
from darkstar_gateway.configuring import Configuring, Saved, Standing, UnusableError
from darkstar_gateway.core.settings.changes import RefusedError, SettingProblem, keys_of
from darkstar_gateway.core.settings.edit import EditError
from darkstar_gateway.core.settings.tree import Group, tree
from darkstar_gateway.saving import (
    ChangedMeanwhileError,
    NoBackupError,
    SavingError,
    UnwritableError,
)

_KEYS = 1000
"""More than there are [keys]."""


class SettingsState(Part):
    """All there is to know about the settings; of secrets only whether they are there."""

    revision: str = Field(description="Names this state of the file; a save says which it changes")
    values: dict[str, Any] = Field(description="What holds, by section, as in the file")
    defaults: dict[str, Any] = Field(description="What would hold with nothing in the file")
    set: tuple[str, ...] = Field(description="Keys that stand in the file")
    groups: tuple[Group, ...] = Field(description="What can be set, in the order it is shown")
    secrets: dict[str, bool] = Field(description="Variable of the environment: whether it is set")
    file: str | None = Field(description="Where the file is, as the gateway was told")
    writable: bool = Field(description="Whether it can be changed here")
    reason: str | None = Field(description="Why not")


class Changes(BaseModel):
    """Keys to their new values, and keys that are to have their default again.

    A list is given whole; a map, such as executor.roles, whole or key by key
    (`executor.roles.battery_soc`). A key of a section that is null makes the section.
    """

    model_config = ConfigDict(extra="forbid")

    changes: dict[str, Any] = Field(default={}, max_length=_KEYS)
    remove: list[str] = Field(default=[], max_length=_KEYS)

    @model_validator(mode="after")
    def _plain(self) -> Changes:
        try:
            said = json.dumps([self.changes, self.remove], allow_nan=False, ensure_ascii=False)
            said.encode()
        except (ValueError, RecursionError):
            raise ValueError("no file can hold such a text or number") from None
        return self


class SaveSettings(Changes):
    """Changes to the file of that revision."""

    revision: str


class Checked(Part):
    """What is wrong with some changes; nothing, where the list is empty."""

    problems: tuple[SettingProblem, ...]


class SettingsSaved(Part):
    """What a save has done."""

    revision: str = Field(description="Of the file as it is now")
    changed: tuple[str, ...] = Field(description="Keys that hold something else than before")
    restart: tuple[str, ...] = Field(
        description="Those of them that are in force only when the services are started again"
    )
    notes: tuple[str, ...] = Field(description="What people should know, mostly nothing")


class SettingsBackup(Part):
    """An earlier state of the file."""

    name: str
    size: int = Field(description="[bytes]")


class SettingsBackups(Part):
    """The earlier states of the file that are kept, newest first."""

    backups: tuple[SettingsBackup, ...]


class RestoreSettings(BaseModel):
    """Which backup is to replace the file of that revision."""

    model_config = ConfigDict(extra="forbid")

    revision: str
    name: str


class SettingsRefused(ProblemDetail):
    """Why changes cannot be saved, key by key; empty where it is the file itself."""

    problems: tuple[SettingProblem, ...] = ()


class SettingsConflict(ProblemDetail):
    """The file is another by now."""

    revision: str


_REFUSALS: dict[int | str, dict[str, Any]] = {
    **documented(HTTPStatus.SERVICE_UNAVAILABLE),
    409: {"model": SettingsConflict, "description": "The file was changed meanwhile"},
    422: {"model": SettingsRefused, "description": "The changes cannot be made"},
}


def settings_router(wired: Wired) -> APIRouter:
    """`/api/settings` and what is below it."""
    router = APIRouter(tags=["settings"])
    configuring = Configuring(wired)

    @router.get("/settings", summary="The settings, and what can be set")
    async def settings() -> SettingsState:
        """Values, defaults and the tree of keys; of secrets only whether they are set."""
        return _state(wired, await configuring.standing())

    @router.post("/settings/check", summary="Whether changes could be saved", responses=_REFUSALS)
    async def check(asked: Changes) -> Checked:
        """What is wrong with some changes, key by key; nothing is written."""
        try:
            await configuring.wanted(asked.changes, asked.remove)
        except RefusedError as error:
            return Checked(problems=error.problems)
        except UnusableError as error:
            raise _problem(error) from None
        return Checked(problems=())

    @router.post("/settings", summary="Save changes", responses=_REFUSALS)
    async def save(asked: SaveSettings) -> SettingsSaved:
        """Change the file, keep a copy of what it was, and let the services read it again."""
        try:
            return _answer(await configuring.save(asked.revision, asked.changes, asked.remove))
        except (RefusedError, UnusableError, EditError, SavingError) as error:
            raise _problem(error) from None

    @router.get("/settings/backups", summary="Earlier states of the file")
    async def backups() -> SettingsBackups:
        """Each save keeps what was there before; the last twenty stay."""
        kept = await configuring.backups()
        return SettingsBackups(
            backups=tuple(SettingsBackup(name=one.name, size=one.size) for one in kept)
        )

    @router.post(
        "/settings/restore",
        summary="Put an earlier state back",
        responses={**_REFUSALS, **documented(HTTPStatus.NOT_FOUND)},
    )
    async def restore(asked: RestoreSettings) -> SettingsSaved:
        """Replace the file by a backup; the present one becomes a backup itself."""
        try:
            return _answer(await configuring.restore(asked.revision, asked.name))
        except (UnusableError, SavingError) as error:
            raise _problem(error) from None

    return router


def _state(wired: Wired, standing: Standing) -> SettingsState:
    return SettingsState(
        revision=standing.revision,
        values=standing.config.model_dump(mode="json"),
        defaults=Config().model_dump(mode="json"),
        set=keys_of(standing.content),
        groups=tree(),
        secrets=_secrets(wired.secrets),
        file=str(wired.config_path) if wired.config_path else None,
        writable=standing.reason is None,
        reason=standing.reason,
    )


def _secrets(secrets: Secrets) -> dict[str, bool]:
    return {
        "DARKSTAR_GATEWAY_PASSWORD": secrets.gateway_password is not None,
        "DARKSTAR_VIEWER_PASSWORD": secrets.viewer_password is not None,
        "DARKSTAR_GATEWAY_TOKEN": secrets.gateway_token is not None,
        "DARKSTAR_HOME_ASSISTANT_TOKEN": secrets.home_assistant_token is not None,
        "DARKSTAR_NOTIFY_URLS": bool(secrets.notify_urls),
    }


def _answer(saved: Saved) -> SettingsSaved:
    return SettingsSaved(
        revision=saved.revision, changed=saved.changed, restart=saved.restart, notes=saved.notes
    )


def _problem(error: Exception) -> Problem:
    match error:
        case ChangedMeanwhileError():
            return Problem(HTTPStatus.CONFLICT, str(error), revision=error.revision)
        case NoBackupError():
            return Problem(HTTPStatus.NOT_FOUND, str(error))
        case UnwritableError():
            return Problem(HTTPStatus.SERVICE_UNAVAILABLE, str(error))
        case RefusedError():
            problems = [one.model_dump(mode="json") for one in error.problems]
            detail = "Nothing was saved. " + " ".join(
                f"{one.key}: {one.message.rstrip('.')}." for one in error.problems[:3]
            )
            return Problem(HTTPStatus.UNPROCESSABLE_ENTITY, detail, problems=problems)
    text = str(error)
    return Problem(HTTPStatus.UNPROCESSABLE_ENTITY, f"{text[:1].upper()}{text[1:]}", problems=[])
