"""`make chaos`: seeded random faults on a whole simulated house, and what came of them."""

from __future__ import annotations

import argparse
import asyncio
import sys
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

from chaos.accounts import CALM, Accounts, settled
from chaos.campaign import Campaign, Outcome, watched
from chaos.energy import ALLOWED_KWH
from chaos.faults import Kind, campaign
from chaos.house import chaos_house, lay_out
from chaos.injecting import kinds_of
from chaos.report import section, write_section
from chaos.scratch import scratch

_USUAL_SECONDS = 25.0
"""What a fault and the recovery from it take at most on average [s of the wall]."""
SOCKET_GONE = "Exception in callback BaseSelectorEventLoop.add_writer"
_STARTING = timedelta(minutes=5)


async def run(arguments: argparse.Namespace, directory: Path) -> tuple[Sequence[Outcome], Accounts]:
    """The campaign that was asked for."""
    count = len(arguments.only) or arguments.faults
    wall = _STARTING + count * timedelta(seconds=_USUAL_SECONDS + arguments.within / 5)
    trial = await asyncio.to_thread(lay_out, directory, speed=arguments.speed, wall=wall)
    async with (
        chaos_house(trial, way="pipes" if arguments.pipes else "spaces") as house,
        watched(house, within=arguments.within, say=say) as watching,
    ):
        begin = await watching.begin()
        kinds = set(kinds_of(house)) & set(arguments.kinds or Kind)
        faults = campaign(arguments.seed, arguments.faults, kinds, only=arguments.only)
        if any(one.kind is Kind.CLOCK_JUMP for one in faults):
            await house.clock.sleep_until(trial.start + CALM)
        await watching.suffer(faults)
        accounts = await settled(watching, begin, allowed=arguments.kwh)
        crashes = _tracebacks(watching)
    found = [*accounts.violations, *crashes]
    say("\n".join([f"{accounts.hours:g} h judged", *(f"  ! {one}" for one in found)]))
    return watching.outcomes, Accounts(
        hours=accounts.hours, off_kwh=accounts.off_kwh, flagged=accounts.flagged,
        actions=accounts.actions, violations=found,
    )  # fmt: skip


def _tracebacks(watching: Campaign) -> list[str]:
    """The processes that logged an exception which nobody expected."""
    house = watching.house
    return [f"{one} logged a traceback" for one in house.fleet.children if crashed(house.log(one))]


def crashed(log: str) -> bool:
    """Whether a log tells of an exception of ours.

    The MQTT client's own callback, called once more for a socket that a killed broker has just
    closed, is none: the connection is made anew.
    """
    return any("Traceback" in one and SOCKET_GONE not in one for one in log.splitlines())


def say(text: str) -> None:
    """To the terminal, at once."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def _arguments(argv: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="chaos", description=__doc__)
    parser.add_argument("--faults", type=int, default=200, help="how many [200]")
    parser.add_argument("--seed", type=int, default=1, help="same seed, same faults [1]")
    parser.add_argument("--only", type=int, nargs="*", default=(), metavar="N",
                        help="the faults with these numbers alone")  # fmt: skip
    parser.add_argument("--kinds", type=Kind, nargs="*", default=(), metavar="KIND",
                        help=f"these kinds alone: {', '.join(Kind)}")  # fmt: skip
    parser.add_argument("--speed", type=float, default=120.0, help="how fast time passes [120]")
    parser.add_argument("--within", type=float, default=30.0,
                        help="a service is well again after so many seconds [30]")  # fmt: skip
    parser.add_argument("--kwh", type=float, default=ALLOWED_KWH,
                        help=f"what an hour may be off by [{ALLOWED_KWH} kWh]")  # fmt: skip
    parser.add_argument("--pipes", action="store_true",
                        help="cut connections on loopback, not networks")  # fmt: skip
    parser.add_argument(
        "--directory", type=Path, help="keeps what the run leaves; else only one that fails does"
    )
    parser.add_argument("--write", action="store_true", help="figures into docs/reliability.md")
    return parser.parse_args(argv)


def main(argv: Sequence[str] | None = None) -> None:
    """Run, tell, write; ends with 1 when a promise was broken."""
    arguments = _arguments(argv)
    with scratch(arguments.directory) as directory:
        outcomes, accounts = asyncio.run(run(arguments, directory))
        text = section(arguments, outcomes, accounts)
        say(text)
        if arguments.write:
            write_section("chaos", text)
        if accounts.violations or any(one.violations for one in outcomes):
            sys.exit(1)


if __name__ == "__main__":
    main()
