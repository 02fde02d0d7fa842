"""What outlives a restart: people's wishes, what decisions remember, what was written."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal, TypeVar
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, Field, TypeAdapter, ValidationError

from darkstar_common.contract.base import Part
from darkstar_executor.core.ledger import NO_LEDGER, Ledger
from darkstar_executor.core.legionella import UNWATCHED, LegionellaState
from darkstar_executor.core.memory import NO_MEMORY, Memory
from darkstar_executor.core.wishes import NO_WISHES, Wishes

VERSION = 2
"""Of the file. 1 held the wishes alone, at the top."""

LeavingWith = Literal["fallback", "release"]
M = TypeVar("M", bound=BaseModel)


class Leaving(Part):
    """The hands are being taken away: what is left behind is written until it is there.

    Attributes:
        asked: The request for that; None: nobody asked, or it is not known.
    """

    behind: LeavingWith
    rule: Literal["off", "shadow", "release", "stopped"]
    since: AwareDatetime
    asked: UUID | None = None


class Kept(Part):
    """The whole file.

    Attributes:
        working: Our hands are on the devices, so that something of ours may stand there.
        leaving: What is still to be left behind; None: nothing.
        ledger: Writes of the day, and settings as they were found.
    """

    version: int = VERSION
    wishes: Wishes = Field(default=NO_WISHES)
    memory: Memory = Field(default=NO_MEMORY)
    legionella: LegionellaState = Field(default=UNWATCHED)
    ledger: Ledger = Field(default=NO_LEDGER)
    working: bool = False
    leaving: Leaving | None = None


NOTHING_KEPT = Kept()


class UnreadableError(Exception):
    """The content is not all understood; `rest` is what is."""

    def __init__(self, reason: str, rest: Kept) -> None:
        super().__init__(reason)
        self.rest = rest


def kept_in(content: object) -> Kept:
    """What a file holds that was read as JSON.

    Raises:
        UnreadableError: It is from a newer version, or damaged. What can be understood of it is
            in the error: hands that a person took away must not come back for a typing mistake.
    """
    if not isinstance(content, Mapping):
        raise UnreadableError("it holds no JSON object", NOTHING_KEPT)
    version = content.get("version", 1)
    raw = {"wishes": content} if version == 1 else content
    if version not in {1, VERSION}:
        reason = f"it is of version {version}, this executor knows {VERSION}"
        raise UnreadableError(reason, _salvaged(Kept, raw))
    try:
        return Kept.model_validate({**raw, "version": VERSION})
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        place = ".".join(str(part) for part in first["loc"])
        raise UnreadableError(f"{place}: {first['msg']}", _salvaged(Kept, raw)) from None


def _salvaged(model: type[M], raw: Mapping[str, Any]) -> M:
    """`model` with those of its fields that can be read; the others are as by default."""
    found: dict[str, object] = {}
    for name, field in model.model_fields.items():
        value = raw.get(name)
        if value is None or name == "version":
            continue
        kind: Any = field.annotation
        if isinstance(kind, type) and issubclass(kind, BaseModel) and isinstance(value, Mapping):
            found[name] = _salvaged(kind, value)
            continue
        try:
            found[name] = TypeAdapter(kind).validate_python(value)
        except ValidationError:
            continue
    return model.model_validate(found)
