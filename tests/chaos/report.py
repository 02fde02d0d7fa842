"""The figures of a campaign or a soak, as a section of docs/reliability.md."""

from __future__ import annotations

import argparse
import re
from collections.abc import Sequence
from pathlib import Path
from statistics import quantiles

from bench.report import machine, table
from chaos.accounts import Accounts
from chaos.campaign import Outcome
from chaos.faults import MEANING, Kind

PAGE = Path(__file__).resolve().parents[2] / "docs/reliability.md"
_HEAD = ("what happened", "times", "well again, median", "95 %", "longest", "broken promises")


def section(arguments: argparse.Namespace, outcomes: Sequence[Outcome], accounts: Accounts) -> str:
    """What was done, how long recovery took, and which promises were broken."""
    words = asked(arguments)
    broken = sum(len(one.violations) for one in outcomes) + len(accounts.violations)
    rows = [_row(MEANING[one], _of(one, outcomes)) for one in Kind if _of(one, outcomes)]
    return (
        f'`make chaos ARGS="{words}"` on {machine()}: {len(outcomes)} faults in '
        f"{accounts.hours:g} hours of a simulated house, {broken} broken promises.\n\n"
        f"{table(_HEAD, [*rows, _row('**all**', outcomes)])}\n"
        f"The recorder is off by {accounts.off_kwh:.3f} kWh in the worst channel over all hours "
        f"and calls {accounts.flagged} of {accounts.hours * 4:g} slots guessed; "
        f"{accounts.actions} actions of the executor were heard of, each is on record once.\n"
    )


def asked(arguments: argparse.Namespace) -> str:
    """The words that ask for this campaign again."""
    words = f"--faults {arguments.faults} --seed {arguments.seed} --speed {arguments.speed:g}"
    words += f" --within {arguments.within:g} --kwh {arguments.kwh:g}"
    some = {"only": arguments.only, "kinds": arguments.kinds}
    words += "".join(f" --{name} {' '.join(map(str, of))}" for name, of in some.items() if of)
    return f"{words} --pipes" if arguments.pipes else words


def _of(kind: Kind, outcomes: Sequence[Outcome]) -> Sequence[Outcome]:
    return [one for one in outcomes if one.fault.kind is kind]


def _row(what: str, outcomes: Sequence[Outcome]) -> Sequence[str]:
    seconds = [one.seconds for one in outcomes]
    broken = sum(len(one.violations) for one in outcomes)
    figures = (share(seconds, 50), share(seconds, 95), max(seconds, default=0.0))
    return (what, str(len(outcomes)), *(f"{one:.1f} s" for one in figures), str(broken))


def share(values: Sequence[float], percent: int) -> float:
    """The value that `percent` of `values` are not above."""
    if len(values) < 2:
        return values[0] if values else 0.0
    return quantiles(values, n=100, method="inclusive")[percent - 1]


def write_section(name: str, text: str, page: Path = PAGE) -> None:
    """Put `text` between the marks of `name` in the page.

    Raises:
        ValueError: The page has no such marks.
    """
    begin, end = f"<!-- {name} -->", f"<!-- /{name} -->"
    before = page.read_text(encoding="utf-8")
    pattern = re.compile(f"{re.escape(begin)}.*?{re.escape(end)}", re.DOTALL)
    if not pattern.search(before):
        raise ValueError(f"{page.name} has no section {name}; it needs {begin} and {end}")
    page.write_text(
        pattern.sub(lambda _: f"{begin}\n{text.rstrip()}\n{end}", before), encoding="utf-8"
    )
