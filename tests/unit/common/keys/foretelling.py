"""Keys of foretelling: who lives here, and how far ahead is looked."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import partial

from unit.common.keys.listening import first
from unit.common.keys.probe import Probe
from unit.forecaster.load.homes import archive, past

from darkstar_common.config import Config
from darkstar_common.contract import LOAD_FORECAST, Service
from darkstar_common.runtime import Context
from darkstar_common.slots import slots
from darkstar_forecaster.core.load import LOAD
from darkstar_forecaster.core.method import Ahead
from darkstar_forecaster.foretelling import Foretelling
from darkstar_forecaster.knowing import Knowing
from darkstar_forecaster.recollection import Recollection
from darkstar_forecaster.registry import Registry
from darkstar_forecaster.workshop import InPlace

EPIPHANY = datetime(2026, 1, 6, tzinfo=UTC)
"""A holiday in Sweden and in Bavaria, not in Berlin; a Tuesday."""
GERMAN = Config.model_validate({"timezone": "Europe/Berlin", "household": {"country": "DE"}})


def day_ahead(config: Config, *, days: float) -> object:
    """The expected load of Epiphany in a house that was seen for some days."""
    seen = past(30, EPIPHANY)
    known = archive(seen.tail(round(days * 96))).at(EPIPHANY)
    found = LOAD.forecast(known, config, None, slots(EPIPHANY, 96))
    return found.slots["mean"].to_list() if isinstance(found, Ahead) else found


async def horizon(config: Config) -> object:
    """From the first to the last slot of the published load."""

    async def foretell(context: Context) -> None:
        knowing = Knowing(context=context, recollection=Recollection(context))
        registry = Registry(context.state_dir / "models")
        await Foretelling(context, knowing, registry, InPlace(config), dict).refresh()

    said = await first(
        LOAD_FORECAST,
        foretell,
        config,
        service=Service.FORECASTER,
        at=EPIPHANY + timedelta(minutes=1),
    )
    return said.slots[-1].start - said.slots[0].start


of_a_known = partial(day_ahead, days=30)
PROBES = (
    Probe(
        key="household.yearly_kwh",
        observe=partial(day_ahead, days=0),
        values=(5000.0, 8000.0),
    ),
    Probe(key="household.country", observe=of_a_known, values=("SE", "FR")),
    Probe(key="household.region", observe=of_a_known, values=("BY", "BE"), house=GERMAN),
    Probe(key="forecaster.horizon_hours", observe=horizon, values=(168, 24)),
)
