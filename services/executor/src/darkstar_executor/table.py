"""The decision table as people read it, from the rows that decide."""

from __future__ import annotations

from collections.abc import Iterable

from darkstar_executor.core.cars import EV_RULES
from darkstar_executor.core.profile import words_table
from darkstar_executor.core.rules import RULES
from darkstar_executor.core.water import WATER_RULES
from darkstar_executor.profiles import PROFILES, load_profile

_HEAD = """\
# Decision table

<!-- generated: darkstar-executor decision-table > docs/decision-table.md -->

What the executor commands at a moment. In each table the first row that applies wins. The floor
is `battery.min_soc_percent`, the ceiling `battery.max_soc_percent`; every command is kept within
both, and within the powers of `battery`, `grid` and `evs`. PV surplus that nobody planned is never
curtailed unless the plan curtails. What is asked for but cannot be done is said in
`control/state` by the row that stands above it.

"""
_BATTERY = """\
## Battery and inverter

"""
_GUARD = """
The peak guard stands beside this table: while the grid charges the battery it may lower the power
(`control/state` says so under `trimmed`), and it has a row in the two tables below.

"""
_WATER = """\
## Hot water

Levels are `water_heater.off_c`, `normal_c`, `boost_c` and `max_c`; no set-point is above `max_c`.
A heater that is only switched is on for every set-point above `off_c`.

"""
_EVS = """
## Each electric vehicle

"""
_WORDS = """
## In the inverter's words

One table for each profile of `inverter.profile`; [profiles](profiles.md) explains the terms. What
stops a forced flow is written first, its bounds next, its start last.
"""


def decision_table() -> str:
    """The tables and each profile's words, as Markdown."""
    battery = _rows(((row.name, row.when, row.then) for row in RULES), "what is commanded")
    water = _rows(((row.name, row.when, row.then) for row in WATER_RULES), "set-point")
    evs = _rows(((row.name, row.when, row.then) for row in EV_RULES), "most it may draw")
    profiles = [load_profile(name) for name in PROFILES]
    words = "".join(f"\n### {one.name}: {one.title}\n\n{words_table(one)}" for one in profiles)
    return f"{_HEAD}{_BATTERY}{battery}{_GUARD}{_WATER}{water}{_EVS}{evs}{_WORDS}{words}"


def _rows(rows: Iterable[tuple[str, str, str]], then: str) -> str:
    lines = [
        f"| {number} | `{name}` | {when} | {what} |"
        for number, (name, when, what) in enumerate(rows, 1)
    ]
    return "\n".join([f"| # | rule | when | {then} |", "|---|---|---|---|", *lines, ""])
