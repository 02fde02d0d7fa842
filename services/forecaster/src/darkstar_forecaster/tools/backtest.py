"""`darkstar-forecaster backtest`: how well it would have forecast the past of a file."""

from __future__ import annotations

import json
import os
import re
import sys
from argparse import ArgumentParser, ArgumentTypeError, Namespace
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

from pydantic import ValidationError

from darkstar_common.config import Config, load_config
from darkstar_common.contract import Quantity
from darkstar_common.slots import local_day
from darkstar_forecaster.core.backtest import Course, Step, rolling, rows
from darkstar_forecaster.core.method import Method
from darkstar_forecaster.tools.archive import QUANTITIES, Told, read_archive
from darkstar_forecaster.tools.figures import Outcome, as_json, table
from darkstar_forecaster.tools.past_weather import SYNTHETIC, past_weather
from darkstar_forecaster.tools.tool import Commands, ToolError

_HELP = "how well it would have forecast the past of a file, with nothing that was not known then"
_SPAN = re.compile(r"(\d+(?:\.\d+)?)\s*([hd]?)")
_LONGEST = timedelta(days=7)
_DAY = timedelta(days=1)


def register(commands: Commands) -> None:
    """Add the command."""
    parser = commands.add_parser("backtest", help=_HELP, description=_HELP)
    parser.set_defaults(work=backtest)
    _arguments(parser)


def _arguments(parser: ArgumentParser) -> None:
    parser.add_argument(
        "--data", type=Path, required=True, metavar="CSV",
        help="start_utc with load_kwh, pv_kwh (or _w, _kw), spot_per_kwh or eur_per_mwh; or the "
        "directory of a recorder's export",
    )  # fmt: skip
    parser.add_argument(
        "--config",
        type=Path,
        help="the house's configuration; default: that of config.example.yaml",
    )
    parser.add_argument("--quantity", choices=(*QUANTITIES, "all"), default="all")
    parser.add_argument(
        "--origin", type=_clock, default=time(), metavar="HH:MM",
        help="local time of each day's forecast; default: 00:00, for prices 13:00 is sensible",
    )  # fmt: skip
    parser.add_argument(
        "--horizon", type=_span, default=2 * _DAY, help="how far ahead, such as 48h or 7d"
    )
    parser.add_argument("--days", type=_count, default=30, help="the last whole days of the file")
    parser.add_argument(
        "--retrain-days", type=_count, default=7, help="models are trained anew after so many days"
    )
    parser.add_argument(
        "--weather", metavar=f"CSV|{SYNTHETIC}",
        help=f"weather with issued_at, or without: measured; {SYNTHETIC}: made to fit the PV",
    )  # fmt: skip
    parser.add_argument("--timezone", help="in place of the configuration's")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures there as well")


def backtest(options: Namespace) -> int:
    """Forecast and compare.

    Raises:
        ToolError: Something of it cannot be; the sentence says what and the way out.
    """
    # threads of XGBoost that wait for a core would keep it busy; read when it is loaded
    os.environ.setdefault("OMP_WAIT_POLICY", "passive")
    from darkstar_forecaster.core.methods import METHODS  # noqa: PLC0415 (takes long to load)

    config = _config(options)
    told = read_archive(options.data, config)
    wanted = _wanted(options, told)
    weather = past_weather(options.weather, told.archive.past, config)
    told = replace(told, archive=replace(told.archive, weather=weather))
    course = Course(
        origins=origins(told, options.days, options.origin, config),
        horizon=options.horizon,
        retrain=options.retrain_days * _DAY,
    )
    sys.stdout.write(
        f"{options.data.name}: the last {_days(len(course.origins))}, from "
        f"{course.origins[0].astimezone(config.zone):%Y-%m-%d}, at {options.origin:%H:%M} "
        f"{config.timezone}, {options.horizon.total_seconds() / 3600:g} h ahead, rows of "
        f"{told.grain.total_seconds() / 60:g} min, trained every {_days(options.retrain_days)}\n"
    )
    found = [outcome(METHODS, one, told, config, course) for one in wanted]
    sys.stdout.writelines(f"\n{table(one)}" for one in found)
    if options.json is not None:
        _write(options.json, json.dumps(as_json(found), indent=2))
    return 0


def outcome(
    methods: Mapping[Quantity, Method],
    quantity: Quantity,
    told: Told,
    config: Config,
    course: Course,
) -> Outcome:
    """The backtest of one quantity; says on standard error how far it is, where one looks."""
    steps: list[Step] = []
    for step in rolling(methods[quantity], told.archive, config, course):
        steps.append(step)
        if sys.stderr.isatty():
            end = "\n" if len(steps) == len(course.origins) else ""
            sys.stderr.write(f"\r{quantity}: {len(steps)} of {len(course.origins)} days{end}")
    judged = rows(steps, told.archive, quantity, config.zone, told.grain)
    return Outcome(quantity=quantity, rows=judged, steps=steps)


def origins(told: Told, days: int, at: time, config: Config) -> tuple[datetime, ...]:
    """The issue times of the last whole local days of the file.

    Raises:
        ToolError: The file does not hold so many, and a day before.
    """
    zone = config.zone
    first, last = (one.astimezone(zone).date() for one in (told.start, told.end))
    whole: list[date] = []
    day = first + _DAY
    while day <= last:
        if local_day(day, zone)[1] <= told.end:
            whole.append(day)
        day += _DAY
    if len(whole) < days:
        raise ToolError(
            f"the file holds {len(whole)} whole days after its first one, not {days}"
            + (f"; try --days {len(whole)}" if whole else "; it takes two days at least")
        )
    return tuple(datetime.combine(one, at, tzinfo=zone).astimezone(UTC) for one in whole[-days:])


def _wanted(options: Namespace, told: Told) -> tuple[Quantity, ...]:
    if options.quantity == "all":
        return told.quantities
    quantity: Quantity = options.quantity
    if quantity not in told.quantities:
        raise ToolError(
            f"{options.data} tells nothing of {quantity}; it has {', '.join(told.quantities)}"
        )
    return (quantity,)


def _config(options: Namespace) -> Config:
    config = load_config(options.config) if options.config else Config()
    if options.timezone is None:
        return config
    try:
        return Config.model_validate(config.model_dump() | {"timezone": options.timezone})
    except ValidationError as error:
        raise ToolError(f"--timezone: {error.errors()[0]['msg']}") from None


def _write(path: Path, text: str) -> None:
    try:
        path.write_text(f"{text}\n", encoding="utf-8")
    except OSError as error:
        raise ToolError(f"{path} cannot be written: {error.strerror}") from None


def _clock(text: str) -> time:
    try:
        return datetime.strptime(text, "%H:%M").time()  # noqa: DTZ007 (a time of the day)
    except ValueError:
        raise ArgumentTypeError(f"{text!r} is no time of the day; write it as 00:00") from None


def _span(text: str) -> timedelta:
    found = _SPAN.fullmatch(text)
    hours = float(found[1]) * (24 if found[2] == "d" else 1) if found else 0.0
    span = timedelta(hours=hours)
    if not timedelta() < span <= _LONGEST:
        raise ArgumentTypeError(f"{text!r} is no horizon; write 48h or 7d, which is the longest")
    return span


def _count(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise ArgumentTypeError(f"{text!r} is no number of days; write 1 or more")
    return int(text)


def _days(count: int) -> str:
    return "day" if count == 1 else f"{count} days"
