"""The envelope, and the quantity types every message is built from."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from enum import StrEnum
from typing import Annotated, ClassVar, Self
from uuid import UUID, uuid4

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field, ValidationError

from darkstar_common.slots import on_grid

_FIRST, _LAST = datetime(1970, 1, 1, tzinfo=UTC), datetime(2200, 1, 1, tzinfo=UTC)


def _thinkable(moment: datetime) -> datetime:
    if not _FIRST <= moment < _LAST:
        raise ValueError(f"{moment.isoformat()} is no time of a house")
    return moment


def _grid(moment: datetime) -> datetime:
    if not on_grid(moment):
        raise ValueError(
            f"{moment.isoformat()} is no slot start; slots begin at :00, :15, :30, :45"
        )
    return moment


Moment = Annotated[AwareDatetime, AfterValidator(_thinkable)]
"""A time with its zone, so far from the ends of the calendar that hours and days can be added."""
SlotStart = Annotated[Moment, AfterValidator(_grid)]
Kilowatts = Annotated[float, Field(ge=0, description="Mean power [kW], never negative")]
KilowattHours = Annotated[float, Field(ge=0, description="Energy [kWh], never negative")]
Percent = Annotated[float, Field(ge=0, le=100, description="Share [%]")]
PricePerKwh = Annotated[float, Field(description="Price, may be negative [currency/kWh]")]
Minutes = Annotated[float, Field(gt=0, le=7 * 24 * 60, description="Duration [min]")]


class Service(StrEnum):
    """Who may send a message: the services as they name themselves, and people."""

    PLANNER = "planner"
    EXECUTOR = "executor"
    RECORDER = "recorder"
    FORECASTER = "forecaster"
    GATEWAY = "gateway"
    PEOPLE = "people"


SERVICES = tuple(one for one in Service if one is not Service.PEOPLE)


class Part(BaseModel):
    """A value inside a message; immutable, without NaN or infinity."""

    model_config = ConfigDict(frozen=True, extra="ignore", allow_inf_nan=False)


class Message(Part):
    """A fact or a request that crosses a service boundary; immutable once made.

    Unknown fields are ignored on the way in, so that adding an optional field is a
    compatible change. Anything else needs a new class under the next topic version.
    """

    message_id: UUID = Field(default_factory=uuid4, description="Receivers apply it once")
    sender: Service = Field(description="Who says so")
    emitted_at: Moment = Field(description="When it was sent, UTC")
    caused_by: UUID | None = Field(default=None, description="The message that led to this one")


class UnreadableRequestError(ValueError):
    """A payload that is no such request; the message says what is understood."""


class Request(Message):
    """Something people or services ask for. Typed by hand, it may be a bare word.

    `word_field` names the field that a payload which is no JSON object fills. The
    envelope is optional, since a person at a command line has none.
    """

    word_field: ClassVar[str | None] = None
    examples: ClassVar[tuple[str, ...]]

    sender: Service = Service.PEOPLE
    emitted_at: Moment | None = Field(default=None, description="When it was sent, UTC")  # type: ignore[assignment]

    @classmethod
    def parse(cls, payload: bytes) -> Self:
        """Read a payload: a JSON object, a bare word, or nothing at all.

        Raises:
            UnreadableRequestError: It is none of these; the text says what would be.
        """
        try:
            return cls.model_validate_json(json.dumps(cls._fields(payload)))
        except ValidationError as error:
            first = error.errors(include_url=False, include_context=False)[0]
            name = ".".join(str(part) for part in first["loc"]) or "the request"
            said = _shown(first["input"])
            sentence = first["msg"].removeprefix("Value error, ")
            raise UnreadableRequestError(f"{name}: {sentence}, got {said}") from None

    @classmethod
    def _fields(cls, payload: bytes) -> dict[str, object]:
        try:
            text = payload.decode().strip()
        except UnicodeDecodeError:
            raise UnreadableRequestError("the payload is not UTF-8 text") from None
        if not text:
            return {}
        try:
            value = json.loads(text)
        except (ValueError, RecursionError):
            value = text
        if isinstance(value, dict):
            return value
        if cls.word_field is None:
            raise UnreadableRequestError(f"{_shown(value)} is no JSON object")
        return {cls.word_field: value}


def _shown(value: object) -> str:
    """`value` as JSON, cut to what a sentence can hold."""
    text = json.dumps(value, default=str)
    return text if len(text) <= 60 else f"{text[:57]}..."  # noqa: PLR2004 (one line of a terminal)
