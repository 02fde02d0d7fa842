"""What must hold at every moment, whatever breaks: judged from what is seen on the bus alone.

It shares nothing with the executor: an entity's limits are those of the simulated house, and the
configured ones are turned into the entities' units here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import singledispatch

from chaos.sightings import Acted, Commanded, Controlled, Shown, Sighting, Wished

from darkstar_common.contract import Override
from darkstar_simulator.core.commands import Refused, command
from darkstar_simulator.core.entities import Entity

GRID_CHARGING, CEILING = "inverter_battery_grid_charging", "inverter_battery_soc_target"
FAREWELL = "shadow"
"""The rule under which the house is left in the fallback when shadow mode begins."""
ROUNDING = 0.51
"""Half a step of the settings, all of which go in steps of one [A, W, %, °C]."""


@dataclass(frozen=True, slots=True)
class Range:
    """What the configuration allows a setting, in the unit of its entity."""

    least: float
    most: float

    def holds(self, value: float) -> bool:
        """Whether `value` is within it, to half a step."""
        return self.least - ROUNDING <= value <= self.most + ROUNDING


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What may be commanded.

    Attributes:
        entities: of the house, by command topic.
        configured: by object id, where the configuration sets narrower bounds.
        charge_kw, discharge_kw, export_kw: the most that may be asked of the battery and the
            grid [kW].
    """

    entities: Mapping[str, Entity]
    configured: Mapping[str, Range]
    charge_kw: float
    discharge_kw: float
    export_kw: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What the checker remembers between two sightings."""

    limits: Limits
    settings: Mapping[str, str] = field(default_factory=dict)
    shadow: bool = False
    override: Override | None = None
    wishes: frozenset[str] = frozenset()
    wished: bool = False
    """There is a wish that no override has answered yet."""
    suspects: tuple[str, ...] = ()
    """Commands since the executor last said that it only watches. It says what it has done after
    it did it: so they are its farewell, or shadow mode was over, or a promise was broken."""


Verdict = tuple[Known, tuple[str, ...]]


@singledispatch
def judged(sighting: Sighting, known: Known) -> Verdict:
    """What is known after `sighting`, and a sentence for each promise it breaks."""
    raise TypeError(f"{sighting!r} is no sighting of {known!r}")


@judged.register
def _(sighting: Commanded, known: Known) -> Verdict:
    entity = known.limits.entities.get(sighting.topic)
    text = sighting.payload.decode("utf-8", errors="replace")
    if entity is None:
        return known, (f"{text!r} was commanded at {sighting.topic}, which takes no command",)
    suspect = (f"{entity.object_id} was set to {text} in shadow mode",) if known.shadow else ()
    settings = {**known.settings, entity.object_id: text}
    after = replace(known, settings=settings, suspects=known.suspects + suspect)
    found = [
        _retained(sighting, entity),
        *_outside(known, entity, sighting.payload),
        _without_ceiling(after) if entity.object_id in {GRID_CHARGING, CEILING} else "",
    ]
    return after, tuple(filter(None, found))


@judged.register
def _(sighting: Shown, known: Known) -> Verdict:
    return replace(known, settings={**known.settings, sighting.setting: sighting.text}), ()


@judged.register
def _(sighting: Wished, known: Known) -> Verdict:
    new = sighting.message_id not in known.wishes
    wishes = known.wishes | {sighting.message_id}
    return replace(known, wishes=wishes, wished=known.wished or new), ()


@judged.register
def _(sighting: Acted, known: Known) -> Verdict:
    record = sighting.record
    found: tuple[str, ...] = ()
    if record.commanded.intent == "charge_from_grid":
        found = _forced(record.commanded.soc_target_percent, "an action charges")
    suspects = () if record.rule == FAREWELL else known.suspects
    return replace(known, suspects=suspects), found


@judged.register
def _(sighting: Controlled, known: Known) -> Verdict:
    state, limits = sighting.state, known.limits
    asked = state.command
    found = [
        _above("charge", asked.charge_kw, limits.charge_kw),
        _above("discharge", asked.discharge_kw, limits.discharge_kw),
        _above("export", asked.export_kw, limits.export_kw),
        _applied_twice(known, state.override),
        *(known.suspects if state.shadow else ()),
    ]
    if asked.intent == "charge_from_grid":
        found += _forced(asked.soc_target_percent, "the house is charged")
    changed = state.override != known.override
    after = replace(
        known,
        shadow=state.shadow,
        suspects=(),
        override=state.override,
        wished=known.wished and not (changed and state.override is not None),
    )
    return after, tuple(filter(None, found))


def _retained(sighting: Commanded, entity: Entity) -> str:
    return f"a command to {entity.object_id} is retained" if sighting.retained else ""


def _outside(known: Known, entity: Entity, payload: bytes) -> tuple[str, ...]:
    outcome = command(entity, payload)
    if isinstance(outcome, Refused):
        return (f"outside the entity's limits: {outcome.reason}",)
    allowed = known.limits.configured.get(entity.object_id)
    value = outcome.value
    if allowed is None or isinstance(value, bool | str) or allowed.holds(value):
        return ()
    span = f"{allowed.least:g} to {allowed.most:g}"
    return (f"{entity.object_id} was set to {value:g}; the configuration allows {span}",)


def _without_ceiling(known: Known) -> str:
    """Grid charging that is on needs a ceiling that was seen and is allowed."""
    if known.settings.get(GRID_CHARGING) != "ON":
        return ""
    ceiling, allowed = known.settings.get(CEILING), known.limits.configured[CEILING]
    try:
        bounded = ceiling is not None and float(ceiling) <= allowed.most + ROUNDING
    except ValueError:
        bounded = False
    return "" if bounded else f"grid charging is on with the ceiling {ceiling}"


def _forced(ceiling: float | None, what: str) -> tuple[str, ...]:
    return (f"{what} from the grid without a ceiling",) if ceiling is None else ()


def _above(what: str, value: float | None, most: float) -> str:
    if value is None or value <= most + 1e-6:
        return ""
    return f"{what} of {value:g} kW is commanded; the configuration allows {most:g}"


def _applied_twice(known: Known, override: Override | None) -> str:
    """An override that goes on ends when it was to end, unless there was another wish."""
    before = known.override
    if override is None or before is None or known.wished or override.until <= before.until:
        return ""
    return f"the override {override.action} was prolonged from {before.until} to {override.until}"
