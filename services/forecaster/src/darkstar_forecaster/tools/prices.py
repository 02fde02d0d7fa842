"""`darkstar-forecaster prices`: what each price source answers now."""

from __future__ import annotations

import asyncio
import sys
from argparse import Namespace
from collections.abc import Iterator
from datetime import date, datetime, time
from zoneinfo import ZoneInfo

from darkstar_common.config import Config, load_config
from darkstar_common.runtime import Secrets, SystemClock, read_settings
from darkstar_forecaster.core.prices import Answer, DayPrices, NotYet, Unavailable
from darkstar_forecaster.core.publication import due_days
from darkstar_forecaster.sources.prices import PriceSource, sources
from darkstar_forecaster.tools.tool import Commands

_HELP = "what each price source answers now"


def register(commands: Commands) -> None:
    """Add the command."""
    parser = commands.add_parser("prices", help=_HELP, description=_HELP)
    parser.add_argument(
        "--day",
        type=date.fromisoformat,
        help="show this local day, YYYY-MM-DD; default: today, and tomorrow once it is due",
    )
    parser.set_defaults(work=shown)


def shown(options: Namespace) -> int:
    """Ask them all; 1 when one has no answer."""
    settings = read_settings()
    config = load_config(settings.config)
    lines, code = asyncio.run(
        answers(config, settings.secrets(), SystemClock().now(), day=options.day)
    )
    sys.stdout.writelines(f"{line}\n" for line in lines)
    return code


async def answers(
    config: Config, secrets: Secrets, now: datetime, *, day: date | None = None
) -> tuple[list[str], int]:
    """What to tell, and the exit code."""
    lines, code = [], 0
    there = sources(config, secrets)
    for name in config.prices.sources:
        if name not in there:
            lines.append(f"{name}: the service listens to {config.prices.topic}; nothing to ask")
            continue
        for one in _days(config, now, day):
            answer = await there[name].fetch(one, config.zone, now)
            lines += _told(there[name], answer, config)
            code = max(code, int(isinstance(answer, Unavailable)))
    return lines, code


def _days(config: Config, now: datetime, day: date | None) -> tuple[date, ...]:
    """The day that was asked for; else today, and tomorrow once it is due."""
    today = now.astimezone(config.zone).date()
    published_at = time.fromisoformat(config.prices.published_at)
    due = due_days(now, config.zone, published_at)
    return (day,) if day is not None else tuple(one for one in due if one >= today)


def _told(source: PriceSource, answer: Answer, config: Config) -> list[str]:
    head = f"{source.name}, {answer.day.isoformat()}"
    if isinstance(answer, NotYet):
        return [f"{head}: not published yet"]
    if isinstance(answer, Unavailable):
        return [f"{head}: {answer.reason}"]
    return [f"{head}: {_outline(answer, config)}", *_table(answer, config.zone)]


def _outline(answer: DayPrices, config: Config) -> str:
    prices = answer.spot_per_kwh
    return (
        f"{len(prices)} slots from {min(prices):.4f} to {max(prices):.4f}, mean "
        f"{sum(prices) / len(prices):.4f} {config.tariff.currency}/kWh"
    )


def _table(answer: DayPrices, zone: ZoneInfo) -> Iterator[str]:
    """The four quarters of each local hour in a row."""
    by_hour: dict[str, list[float]] = {}
    for start, spot in answer.by_slot(zone).items():
        by_hour.setdefault(f"{start.astimezone(zone):%H:00 %z}", []).append(spot)
    for hour, spots in by_hour.items():
        yield f"  {hour} " + " ".join(f"{one:9.4f}" for one in spots)
