"""A sentence for each kind of message, for people."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from darkstar_common.contract import (
    ACTION,
    CONTROL_STATE,
    EPISODE,
    HINDSIGHT,
    LOAD_FORECAST,
    NOTIFY,
    PRICES,
    PV_FORECAST,
    SCHEDULE,
    STRATEGY,
    WEATHER,
)
from darkstar_common.launcher.tracing.messages import Remark, Told

Fields = Mapping[str, Any]

_AS_IT_WAS = "unchanged"
NOT_KEPT = "not recorded; requests and states of the house are not, nor what is older than is kept"


def sentence(told: Told) -> str:
    """What the message says, in a line."""
    if not told.topic:
        return NOT_KEPT
    words = _WORDS.get(told.topic)
    return words(told.detail) if words else ""


def _prices(of: Fields) -> str:
    text = (
        f"prices of {of['area']} in {of['currency']} from {of['source']}" if of.get("area") else ""
    )
    model = f"later ones by {of['model_version']}" if of.get("model_version") else ""
    return "; ".join(one for one in (text, model) if one)


def _forecast(of: Fields) -> str:
    level = of.get("level") or of.get("history_level") or "unknown"
    basis = f", which rests on {of['basis']}" if of.get("basis") else ""
    return f"{of.get('quantity', '')} by {of.get('model_version') or 'no model'} ({level}){basis}"


def _weather(of: Fields) -> str:
    return f"weather from {of.get('source', 'an unknown source')}"


def _schedule(of: Fields) -> str:
    seconds = of.get("solve_seconds", of.get("seconds"))
    took = "" if seconds is None else f", solved in {seconds:.2f} s"
    start = of.get("soc_percent_at_start")
    charge = "" if start is None else f", from {start:.0f} % of charge"
    cost = f"expected cost {_figure(of.get('cost'))} {of.get('currency')}"
    return f"{of.get('status')}, {cost}{charge}{took}"


def _strategy(of: Fields) -> str:
    names = ("risk_appetite", "comfort", "target_soc_percent", "price_regime")
    said = [f"{name.replace('_', ' ')} {_figure(of[name])}" for name in names if of.get(name)]
    rules = [f"{one['rule']}: {one['changed']}" for one in of.get("rules") or ()]
    return "; ".join((", ".join(said), *rules))


def _episode(of: Fields) -> str:
    return f"the planning run, since {of.get('because') or 'nobody said why'}"


def _control(of: Fields) -> str:
    return "; ".join(
        f"{one['name']}: {_set(one['before'])} → {_set(one['after'])}" for one in of["changes"]
    )


def _set(value: Any) -> str:
    """A setting as people say it."""
    if isinstance(value, dict):
        return f"{value.get('action', 'something')} until {str(value.get('until'))[:16]}"
    return {None: "nothing", True: "on", False: "off"}.get(value, str(value))


def _action(of: Fields) -> str:
    planned, commanded = (_intent(of.get(name)) for name in ("planned", "commanded"))
    told = commanded if planned in ("", commanded) else f"{commanded} (the plan: {planned})"
    skipped = f"; nothing written: {of['skipped']}" if of.get("skipped") else ""
    begin = f"{told}, " if told else ""
    return f"{begin}rule {of.get('rule')}: {of.get('reason')}{skipped}"


def _intent(command: Fields | None) -> str:
    return str(command["intent"]).replace("_", " ") if command else ""


def _notice(of: Fields) -> str:
    return f"{of.get('title')}: {of.get('text')}"


def _hindsight(of: Fields) -> str:
    return f"{of.get('day')} would have cost {_figure(of.get('cost'))} {of.get('currency')} at best"


_WORDS: Mapping[str, Callable[[Fields], str]] = {
    PRICES.path: _prices,
    LOAD_FORECAST.path: _forecast,
    PV_FORECAST.path: _forecast,
    WEATHER.path: _weather,
    SCHEDULE.path: _schedule,
    STRATEGY.path: _strategy,
    EPISODE.path: _episode,
    CONTROL_STATE.path: _control,
    ACTION.path: _action,
    NOTIFY.path: _notice,
    HINDSIGHT.path: _hindsight,
}


def facts(told: Told) -> Iterator[str]:
    """What else a message says, a line each: the house before, and every setting written."""
    for when in ("before", "after"):
        if seen := told.detail.get(when) if told.topic == ACTION.path else None:
            yield f"{when}: {_house(seen)}"
    writes = told.detail.get("writes")
    listed = writes if isinstance(writes, list) else []
    yield from (_write(one) for one in listed if one["result"] != _AS_IT_WAS)
    if same := [one["role"] for one in listed if one["result"] == _AS_IT_WAS]:
        yield f"as wanted already: {', '.join(same)}"
    for each in told.remarks:
        yield remark(each)


def _house(seen: Fields) -> str:
    """The house at a moment; what is unknown is left out."""
    units = {"percent": " %", "kw": " kW", "c": " °C"}
    said = []
    for name, value in seen.items():
        if value is not None:
            thing, _, unit = name.rpartition("_")
            known = unit in units
            said.append(f"{thing if known else name} {_figure(value)}{units.get(unit, '')}")
    return ", ".join(said).replace("_", " ") or "nothing was known"


def _write(one: Fields) -> str:
    shown = f", shows {_figure(one['after'])}" if one.get("after") is not None else ""
    detail = f" ({one['detail']})" if one.get("detail") else ""
    return (
        f"{one['role']} {one.get('entity') or 'without an entity'}: {_figure(one.get('before'))} → "
        f"{_figure(one['wanted'])} {str(one['result']).replace('_', ' ')}{shown}{detail}"
    )


def remark(one: Remark) -> str:
    """A line of a log."""
    said = ", ".join(f"{name} {_figure(value)}" for name, value in one.detail.items())
    return f"{one.service} logged {one.event}" + (f": {said}" if said else "")


def _figure(value: Any) -> str:
    if value is None:
        return "unknown"
    if isinstance(value, float):
        return f"{value:.2f}".rstrip("0").rstrip(".")
    return str(value)
