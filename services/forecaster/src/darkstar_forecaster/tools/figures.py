"""How a backtest's figures are written down: as a table for people, as JSON for programs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import polars as pl

from darkstar_common.contract import Quantity
from darkstar_forecaster.core.backtest import Step
from darkstar_forecaster.core.baselines import BASELINES
from darkstar_forecaster.core.method import Ahead
from darkstar_forecaster.core.scoring import ALL, LEADS, Figures, figures, in_band

_HEAD = (
    "lead h", "rows", "unknown", "MAE", "RMSE", "bias", "bias %", "pinball", "p10-p90",
    *(f"{name}: MAE" for name in BASELINES), "skill", "skill RMSE",
)  # fmt: skip
_UNITS: dict[Quantity, str] = {"load": "kW", "pv": "kW", "price": "per kWh"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """A backtest of one quantity.

    Attributes:
        rows: as scoring.judged.
        steps: the issues behind.
    """

    quantity: Quantity
    rows: pl.DataFrame
    steps: Sequence[Step]

    @property
    def bands(self) -> dict[str, Figures]:
        """Figures by band of lead time, those of which there are any."""
        found = {one: figures(self.rows.filter(in_band(one))) for one in (*LEADS, ALL)}
        return {name: one for name, one in found.items() if one is not None}

    @property
    def makers(self) -> dict[str, int]:
        """By what the forecasts were made, and how many."""
        return dict(Counter(_maker(one) for one in self.steps))

    @property
    def notes(self) -> tuple[str, ...]:
        """What people should know of them, each sentence once."""
        told = [one.training for one in self.steps if one.training]
        for step in self.steps:
            told += step.answer.notes if isinstance(step.answer, Ahead) else [step.answer.reason]
        return tuple(dict.fromkeys(told))


def table(outcome: Outcome) -> str:
    """For people; errors in the unit of the quantity."""
    lines = [_HEAD, *(_cells(lead, one) for lead, one in outcome.bands.items())]
    widths = [max(len(line[place]) for line in lines) for place in range(len(_HEAD))]
    made = ", ".join(f"{name} {count}" for name, count in outcome.makers.items())
    text = [f"{outcome.quantity} [{_UNITS[outcome.quantity]}], made by: {made}"]
    text += [
        "  ".join(cell.rjust(width) for cell, width in zip(line, widths, strict=True))
        for line in lines
    ]
    return "\n".join([*text, *(f"- {note}" for note in outcome.notes)]) + "\n"


def as_json(outcomes: Iterable[Outcome]) -> list[dict[str, Any]]:
    """For programs; what cannot be said is null."""
    return [
        {
            "quantity": one.quantity,
            "unit": _UNITS[one.quantity],
            "made_by": one.makers,
            "notes": one.notes,
            "leads": {lead: asdict(found) for lead, found in one.bands.items()},
        }
        for one in outcomes
    ]


def _maker(step: Step) -> str:
    if not isinstance(step.answer, Ahead):
        return "nothing"
    return step.answer.basis or step.answer.maker or "model"


def _cells(lead: str, found: Figures) -> tuple[str, ...]:
    naive = {one.name: one for one in found.naive}
    best = found.best
    return (
        lead,
        str(found.slots),
        str(found.left_out),
        *(f"{one:.4f}" for one in (found.mae, found.rmse, found.bias)),
        _percent(found.relative_bias),
        f"{found.pinball:.4f}",
        _percent(found.coverage),
        *(f"{naive[name].mae:.4f}" if name in naive else "-" for name in BASELINES),
        _plain(best.skill if best else None),
        _plain(best.rmse_skill if best else None),
    )


def _percent(value: float | None) -> str:
    return "-" if value is None else f"{value:.1%}"


def _plain(value: float | None) -> str:
    return "-" if value is None else f"{value:.3f}"
