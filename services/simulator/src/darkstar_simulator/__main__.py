"""The simulated house as a process, and the generator of houses: `darkstar-simulator --help`."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from contextlib import ExitStack
from datetime import date, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from darkstar_common.bus.mqtt import Presence
from darkstar_common.runtime import Context, SystemClock, run
from darkstar_simulator.core.entities import bridge_topic
from darkstar_simulator.core.series import HouseSeries, series_lines
from darkstar_simulator.files import read_series
from darkstar_simulator.options import Options, add_options, options_from
from darkstar_simulator.playing import play

_UNUSABLE = 2
_PAST = timedelta(days=28)


def main(argv: Sequence[str] | None = None) -> None:
    """Runs the service, or the subcommand that `argv` names.

    Raises:
        SystemExit: 2 when options, house CSV, environment or configuration cannot be used.
    """
    arguments = _parser().parse_args(_with_command(sys.argv[1:] if argv is None else argv))
    try:
        if arguments.command == "generate":
            _generate(arguments)
        else:
            options = options_from(arguments, os.environ)
            _run(options, read_series(options.csv))
    except ValueError as error:
        sys.stderr.write(f"darkstar-simulator: {error}\n")
        raise SystemExit(_UNUSABLE) from None


def _with_command(argv: Sequence[str]) -> list[str]:
    """`run` stands for no subcommand."""
    first = argv[0] if argv else ""
    known = {"run", "generate", "-h", "--help"}
    return list(argv) if first in known else ["run", *argv]


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="darkstar-simulator", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    add_options(commands.add_parser("run", help="play the house (the default)"))
    made = commands.add_parser("generate", help="make up the slots of a house, as CSV")
    made.add_argument("--days", type=int, default=42, help="local days [42]")
    made.add_argument("--start", type=date.fromisoformat, metavar="DATE",
                      help="first local day [28 days ago]")  # fmt: skip
    made.add_argument("--seed", type=int, default=1, help="same seed, same house [1]")
    made.add_argument("--latitude", type=float, default=59.3, help="degrees north [59.3]")
    made.add_argument("--longitude", type=float, default=18.0, help="degrees east [18.0]")
    made.add_argument("--timezone", default="Europe/Stockholm", help="[Europe/Stockholm]")
    made.add_argument("--kwp", type=float, default=10.0, help="peak power of the panels [10]")
    made.add_argument("--tilt", type=float, default=35.0, help="from horizontal, degrees [35]")
    made.add_argument("--azimuth", type=float, default=180.0, help="180 is south, degrees [180]")
    made.add_argument("--yearly-load-kwh", type=float, default=5000.0,
                      help="base load of a year, without the water heater [5000]")  # fmt: skip
    made.add_argument("--output", type=Path, metavar="FILE", help="[standard output]")
    return parser


def _run(options: Options, series: HouseSeries) -> None:
    async def service(context: Context) -> None:
        await play(context, options, series)

    topic = bridge_topic(options.node)
    run(
        "simulator",
        service,
        presence=lambda _: Presence(topic, lambda: b"online", lambda: b"offline"),
    )


def _generate(arguments: argparse.Namespace) -> None:
    # numpy and pvlib are heavy, and a running house needs neither
    from darkstar_simulator.core.generator import Home, generate_series  # noqa: PLC0415

    try:
        timezone = ZoneInfo(arguments.timezone)
    except (ZoneInfoNotFoundError, OSError):
        raise ValueError(f"{arguments.timezone!r} is no IANA time zone") from None
    home = Home(
        latitude=arguments.latitude,
        longitude=arguments.longitude,
        timezone=timezone,
        kwp=arguments.kwp,
        tilt=arguments.tilt,
        azimuth=arguments.azimuth,
        yearly_load_kwh=arguments.yearly_load_kwh,
        seed=arguments.seed,
    )
    today = SystemClock().now().astimezone(timezone).date()
    series = generate_series(home, start=arguments.start or today - _PAST, days=arguments.days)
    with ExitStack() as files:
        output = sys.stdout
        if arguments.output:
            output = files.enter_context(arguments.output.open("w", encoding="utf-8"))
        output.writelines(f"{line}\n" for line in series_lines(series))


if __name__ == "__main__":
    main()
