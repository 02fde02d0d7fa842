"""The command `darkstar-lab`: past days run again by other policies."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from datetime import date
from pathlib import Path

from darkstar_common.config import Config, ConfigError, load_config
from darkstar_lab.compare import PERFECT, POLICIES, compare, stretch_of
from darkstar_lab.errors import LabError
from darkstar_lab.table import table
from darkstar_lab.truth import truth_of
from darkstar_simulator.core.series import SeriesError, parse_series

_UNUSABLE = 2


def main(arguments: Sequence[str] | None = None) -> None:
    """Replay days and print what each policy came to.

    Raises:
        SystemExit: 2 after one line on standard error, when it cannot be done.
    """
    options = _parser().parse_args(arguments)
    try:
        print(_replay(options), end="")
    except OSError as error:
        _fail(f"{error.filename}: {error.strerror}")
    except (LabError, SeriesError, ConfigError) as error:
        _fail(str(error))


def _replay(options: argparse.Namespace) -> str:
    config = Config() if options.config is None else load_config(options.config)
    with options.house.open(encoding="utf-8") as lines:
        truth = truth_of(parse_series(lines))
    stretch = stretch_of(truth, config, options.first, options.days)
    names = tuple(dict.fromkeys(options.policy or ("self_consumption", "kepler")))
    return table(compare(stretch, names), config.tariff.currency)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="darkstar-lab", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    made = commands.add_parser(
        "replay", help="run past days again, slot by slot, and print what each policy came to"
    )
    made.add_argument(
        "house", type=Path, help="CSV with start_utc, load_kwh, pv_kwh, spot_per_kwh, by slot"
    )
    made.add_argument("--from", dest="first", type=_day, required=True, metavar="DATE",
                      help="first local day, with a week of the file before it")  # fmt: skip
    made.add_argument("--days", type=int, default=7, help="local days [7]")
    made.add_argument("--policy", action="append", choices=(*POLICIES, PERFECT),
                      help="may be given several times [self_consumption and kepler]; no_battery "
                      "and perfect are always shown")  # fmt: skip
    made.add_argument("--config", type=Path, help="the house's configuration [the defaults]")
    return parser


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is no date; write it as 2025-07-14") from None


def _fail(sentence: str) -> None:
    sys.stderr.write(f"darkstar-lab: {' '.join(sentence.split())}\n")
    raise SystemExit(_UNUSABLE)


if __name__ == "__main__":
    main()
