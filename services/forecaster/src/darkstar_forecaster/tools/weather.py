"""`darkstar-forecaster weather`: what each weather source answers now."""

from __future__ import annotations

import asyncio
import sys
from argparse import ArgumentTypeError, Namespace
from collections.abc import Iterator
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import polars as pl

from darkstar_common.config import Config, load_config
from darkstar_common.runtime import Secrets, SystemClock, read_settings
from darkstar_forecaster.core.weather.table import COLUMNS, Issued
from darkstar_forecaster.sources.weather import (
    Unavailable,
    asked_source,
    lacking,
    weather_archive,
)
from darkstar_forecaster.tools.tool import Commands

_HELP = "what each weather source answers now"
_MOST_HOURS = 168
_HEADS = ("°C", "W/m²", "direct", "diffuse", "cloud %", "wind m/s", "snow m")
_WEEK = timedelta(days=7)


def register(commands: Commands) -> None:
    """Add the command."""
    parser = commands.add_parser("weather", help=_HELP, description=_HELP)
    parser.add_argument(
        "--hours", type=_hours, default=24, help="show so many hours ahead; default: 24"
    )
    parser.set_defaults(work=shown)


def shown(options: Namespace) -> int:
    """Ask them all; 1 when one has no answer."""
    settings = read_settings()
    config = load_config(settings.config)
    lines, code = asyncio.run(
        answers(config, settings.secrets(), SystemClock().now(), hours=options.hours)
    )
    sys.stdout.writelines(f"{line}\n" for line in lines)
    return code


async def answers(
    config: Config, secrets: Secrets, now: datetime, *, hours: int
) -> tuple[list[str], int]:
    """What to tell, and the exit code."""
    lines, code = list(lacking(config, secrets)), 0
    for name in config.weather.sources:
        if name == "mqtt":
            lines.append(f"mqtt: the service listens to {config.weather.topic}; nothing to ask")
            continue
        source = asked_source(name, config, secrets)
        if source is None:
            code = 1
            continue
        answer = await source.fetch(now)
        if isinstance(answer, Unavailable):
            lines.append(f"{source.name}: {answer.reason}")
            code = 1
            continue
        lines += _told(answer, now, hours, config.zone)
    archive = weather_archive(config)
    if archive is not None:
        day = (now - _WEEK).date()
        past = await archive.past(day, day, now)
        refused = isinstance(past, Unavailable)
        about = past.reason if isinstance(past, Unavailable) else f"{past.height} slots of {day}"
        lines.append(f"{archive.name}: {about}")
        code = max(code, int(refused))
    return lines or ["weather.sources is empty, so no weather is looked for"], code


def _told(issued: Issued, now: datetime, hours: int, zone: ZoneInfo) -> Iterator[str]:
    table = issued.table
    first, last = table["start"][0], table["start"][-1]
    yield (
        f"{issued.source}: issued {issued.issued_at:%Y-%m-%d %H:%M} UTC, {table.height} slots "
        f"from {first:%Y-%m-%d %H:%M} to {last:%Y-%m-%d %H:%M} UTC"
    )
    ahead = table.filter(
        pl.col("start").is_between(now - timedelta(hours=1), now + timedelta(hours=hours))
    )
    by_hour = ahead.group_by_dynamic("start", every="1h").agg(pl.col(COLUMNS).mean())
    if by_hour.is_empty():
        return
    yield f"{'':16}" + "".join(f"{head:>10}" for head in _HEADS)
    for start, *values in by_hour.iter_rows():
        yield f"{start.astimezone(zone):%Y-%m-%d %H:%M}" + "".join(map(_cell, values))


def _cell(value: float | None) -> str:
    return f"{'-':>10}" if value is None else f"{value:>10.1f}"


def _hours(said: str) -> int:
    if not said.isdecimal() or not 0 <= int(said) <= _MOST_HOURS:
        raise ArgumentTypeError(f"{said!r} is no number of hours from 0 to {_MOST_HOURS}")
    return int(said)
