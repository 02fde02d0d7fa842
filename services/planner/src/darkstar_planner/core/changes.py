"""What-ifs: the inputs as they would be if some of them were different."""

from __future__ import annotations

import difflib
import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Annotated, Any, get_args, get_origin

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError

from darkstar_common.config import Config
from darkstar_common.contract import EvSet, ManualBlock
from darkstar_common.contract.base import SlotStart
from darkstar_planner.core.altered import dearer, scaled
from darkstar_planner.core.errors import ProblemError

if TYPE_CHECKING:
    from darkstar_planner.core.inputs import Inputs

WISHES = ("export_enabled", "risk_appetite", "comfort", "vacation", "vacation_until")
KEEP = "planner.keep_threshold"
# other names of the same
ALIASES = {
    "horizon_hours": "planner.horizon_hours",
    "keep_threshold": KEEP,
    "planner.export_enabled": "export_enabled",
    "planner.risk_appetite": "risk_appetite",
    "planner.comfort": "comfort",
}
SECTIONS = ("grid", "inverter", "battery", "water_heater", "evs", "has_solar", "planner")
# keys of these sections that a plan does not depend on
INERT = {
    "battery.nominal_voltage_v",
    "water_heater.off_c",
    "water_heater.normal_c",
    "water_heater.boost_c",
    "planner.interval_minutes",
    "planner.jitter_seconds",
    "planner.soc_max_age_seconds",
}
# one line of a terminal
SHOWN = 60
Level = Annotated[int, Field(ge=1, le=5)]
Factor = Annotated[float, Field(ge=0, le=100)]
Price = Annotated[float, Field(ge=-1000, le=1000)]


class Changes(BaseModel):
    """The changes that are no key of the configuration."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    export_enabled: bool | None = None
    risk_appetite: Level | None = None
    comfort: Level | None = None
    vacation: bool | None = None
    vacation_until: AwareDatetime | None = None
    blocks: tuple[ManualBlock, ...] | None = None
    cars: dict[str, EvSet] | None = None
    soc_percent: Annotated[float, Field(ge=0, le=100)] | None = None
    pv_factor: Factor | None = None
    load_factor: Factor | None = None
    import_add_per_kwh: Price | None = None
    export_add_per_kwh: Price | None = None
    export_at: dict[SlotStart, Annotated[float, Field(ge=0, le=1000)]] | None = None


def changed(inputs: Inputs, changes: Mapping[str, Any]) -> Inputs:
    """`inputs` with `changes` by name.

    Raises:
        ProblemError: A change has no such name, or no such value is possible.
    """
    paths = {ALIASES.get(name, name): value for name, value in changes.items()}
    named = {name: paths.pop(name) for name in tuple(paths) if name in Changes.model_fields}
    wanted = _read(named)
    config = inputs.config
    for path, value in paths.items():
        config = with_value(config, path, value)
    _refuse_nonsense(wanted, config)
    wishes = {name: getattr(wanted, name) for name in WISHES if getattr(wanted, name) is not None}
    if wanted.vacation is not None:  # an end that was set belongs to the vacation that was set
        wishes.setdefault("vacation_until", None)
    return replace(
        _elsewhere(inputs, wanted),
        config=config,
        wishes=replace(inputs.wishes, **wishes),
        hint=inputs.hint if KEEP in paths else None,
        blocks=inputs.blocks if wanted.blocks is None else wanted.blocks,
        cars={**inputs.cars, **(wanted.cars or {})},
        soc_percent=wanted.soc_percent,
        export_at=tuple(sorted((wanted.export_at or {}).items())),
    )


def _elsewhere(inputs: Inputs, wanted: Changes) -> Inputs:
    """`inputs` with the prices, sun and load of another tariff, roof or household."""
    added = wanted.import_add_per_kwh or 0.0, wanted.export_add_per_kwh or 0.0
    if inputs.prices is not None and any(added):
        prices = dearer(inputs.prices, import_by=added[0], export_by=added[1])
        inputs = replace(inputs, prices=prices)
    if inputs.pv is not None and wanted.pv_factor is not None:
        inputs = replace(inputs, pv=scaled(inputs.pv, wanted.pv_factor))
    if inputs.load is not None and wanted.load_factor is not None:
        inputs = replace(inputs, load=scaled(inputs.load, wanted.load_factor))
    return inputs


def _refuse_nonsense(wanted: Changes, config: Config) -> None:
    """Raise for what would change nothing, although somebody asked for it."""
    for number, block in enumerate(wanted.blocks or ()):
        if block.end <= block.start:
            raise ProblemError(f"blocks[{number}].end", "is not after its start")
    known = [one.id for one in config.evs]
    for name in wanted.cars or {}:
        if name not in known:
            there = f"there are {', '.join(known)}" if known else "none is configured"
            raise ProblemError(f"cars.{name}", f"there is no such vehicle; {there}")


def with_value(config: Config, path: str, value: Any) -> Config:
    """`config` with `value` at `path`, such as `battery.capacity_kwh`.

    Raises:
        ProblemError: There is no such key for a plan, or no such value is possible.
    """
    if path not in known_names():
        raise ProblemError(path or repr(path), _unknown(path))
    *sections, last = path.split(".")
    content = config.model_dump()
    place = content
    for number, section in enumerate(sections, start=1):
        place = place[section]
        if place is None:
            missing = ".".join(sections[:number])
            raise ProblemError(path, f"there is no {missing} in this house's configuration")
    place[last] = value
    try:
        return Config.model_validate(content)
    except ValidationError as error:
        raise ProblemError(path, _said(error)) from None


def known_names() -> tuple[str, ...]:
    """Everything that a what-if can change."""
    paths = [
        path for path in _paths(Config) if path.split(".")[0] in SECTIONS and path not in INERT
    ]
    return (*Changes.model_fields, *ALIASES, *(path for path in paths if path not in ALIASES))


def _paths(section: type[BaseModel], prefix: str = "") -> Iterator[str]:
    """All keys below `section`; of a section that may be left out also its own."""
    for name, field in section.model_fields.items():
        kinds = (field.annotation, *get_args(field.annotation))
        inner = [one for one in kinds if isinstance(one, type) and issubclass(one, BaseModel)]
        if field.annotation not in inner:
            yield f"{prefix}{name}"
        # a list of sections is changed as a whole
        for one in inner if get_origin(field.annotation) is not tuple else ():
            yield from _paths(one, f"{prefix}{name}.")


def _read(named: Mapping[str, Any]) -> Changes:
    try:
        return Changes.model_validate(named)
    except ValidationError as error:
        place = error.errors(include_url=False)[0]["loc"]
        path = ".".join(str(part) for part in place)
        raise ProblemError(path, _said(error)) from None


def _said(error: ValidationError) -> str:
    first = error.errors(include_url=False)[0]
    given = json.dumps(first["input"], default=str)
    shown = given if len(given) <= SHOWN else f"{given[: SHOWN - 3]}..."
    return f"{first['msg'].removeprefix('Value error, ')}, got {shown}"


def _unknown(path: str) -> str:
    names = known_names()
    near = difflib.get_close_matches(path, names, n=1)
    offer = f"did you mean {near[0]}?" if near else f"it can change {', '.join(names)}"
    return f"a what-if cannot change this; {offer}"
