"""Keys that change what the forecaster publishes, read from a file as the service would."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from zoneinfo import ZoneInfo

from unit.common.keys.listening import first
from unit.common.keys.probe import Observe, Probe

from darkstar_common.config import Config, load_config
from darkstar_common.contract import HISTORY_QUERY, PRICES, PriceCurve, Service
from darkstar_common.slots import day_slots
from darkstar_forecaster.service import forecaster

MORNING = datetime(2026, 5, 5, 6, 10, tzinfo=UTC)
FILES = {"cheap.csv": 0.5, "dear.csv": 2.5}
FROM_FILE = Config.model_validate({"prices": {"sources": ["csv"], "csv_path": "cheap.csv"}})


def price_file(spot_per_kwh: float) -> str:
    """One price, all of today and of the week before."""
    today = MORNING.date()
    days: list[date] = [today - timedelta(days=back) for back in range(7, -1, -1)]
    starts = [one for day in days for one in day_slots(day, ZoneInfo("Europe/Stockholm"))]
    rows = "".join(f"{start.isoformat()},{spot_per_kwh}\n" for start in starts)
    return f"start_utc,spot_per_kwh\n{rows}"


async def curve(config: Config) -> PriceCurve:
    """The first prices of a forecaster whose file has this content, price files beside it."""
    with TemporaryDirectory() as name:
        directory = Path(name)
        for file, spot in FILES.items():
            (directory / file).write_text(price_file(spot), encoding="utf-8")
        path = directory / "config.yaml"
        path.write_text(json.dumps(config.model_dump(mode="json")), encoding="utf-8")
        loaded = load_config(path)
        return await first(PRICES, forecaster, loaded, service=Service.FORECASTER, at=MORNING)


async def spots(config: Config) -> object:
    """The spot prices that are published."""
    return [one.spot_per_kwh for one in (await curve(config)).slots]


async def import_prices(config: Config) -> object:
    """What a bought kilowatt-hour costs."""
    return [round(one.import_per_kwh, 6) for one in (await curve(config)).slots]


async def export_prices(config: Config) -> object:
    """What a sold one earns."""
    return [round(one.export_per_kwh, 6) for one in (await curve(config)).slots]


async def span(config: Config) -> object:
    """From when to when prices are published."""
    slots = (await curve(config)).slots
    return slots[0].start, slots[-1].start


async def area(config: Config) -> object:
    """Where the published prices are those of."""
    return (await curve(config)).area


async def currency(config: Config) -> object:
    """What the published prices are in."""
    return (await curve(config)).currency


async def history_asked_for(config: Config) -> object:
    """Since when the recorder is asked to tell."""
    asked = await first(HISTORY_QUERY, forecaster, config, service=Service.FORECASTER, at=MORNING)
    return asked.start


PUBLISHED: Mapping[str, tuple[Observe, tuple[object, object]]] = {
    "timezone": (span, ("Europe/Stockholm", "Europe/Lisbon")),
    "tariff.area": (area, ("SE4", "SE3")),
    "tariff.currency": (currency, ("SEK", "EUR")),
    "tariff.vat_percent": (import_prices, (25.0, 0.0)),
    "tariff.energy_tax_per_kwh": (import_prices, (0.439, 0.0)),
    "tariff.grid_fee_per_kwh": (import_prices, (0.2456, 0.5)),
    "tariff.markup_per_kwh": (import_prices, (0.0, 0.1)),
    "tariff.export_compensation_per_kwh": (export_prices, (0.0, 0.1)),
    "prices.sources": (spots, (("csv",), ("generated",))),
    "prices.csv_path": (spots, ("cheap.csv", "dear.csv")),
    "forecaster.history_days": (history_asked_for, (365, 7)),
    "forecaster.horizon_hours": (span, (168, 72)),
}
PROBES = (
    *(
        Probe(key=key, observe=observe, values=values, house=FROM_FILE)
        for key, (observe, values) in PUBLISHED.items()
    ),
    Probe(key="prices.seed", observe=spots, values=(1, 2)),
)
