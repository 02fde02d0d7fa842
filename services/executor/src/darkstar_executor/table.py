"""The decision table as people read it, from the rows that decide."""

from __future__ import annotations

from collections.abc import Iterable

from darkstar_executor.core.dialect import DEYE
from darkstar_executor.core.rules import RULES
from darkstar_executor.core.water import WATER_RULES

_HEAD = """\
# Decision table

<!-- generated: darkstar-executor decision-table > docs/decision-table.md -->

What the executor commands at a moment. In each table the first row that applies wins. The floor
is `battery.min_soc_percent`, the ceiling `battery.max_soc_percent`; every command is kept within
both, and within the powers of `battery` and `grid`. PV surplus that nobody planned is never
curtailed unless the plan curtails. What is asked for but cannot be done is said in
`control/state` by the row that stands above it.
"""


def decision_table() -> str:
    """Both tables and the dialect's modes, as Markdown."""
    battery = _rows(((row.name, row.when, row.then) for row in RULES), "what is commanded")
    water = _rows(((row.name, row.when, row.then) for row in WATER_RULES), "set-point")
    modes = "\n".join(
        f"| {intent} | {mode} | {'on' if intent == 'charge_from_grid' else 'off'} |"
        for intent, mode in DEYE.modes.items()
    )
    return (
        f"{_HEAD}\n## Battery and inverter\n\n{battery}\n## Hot water\n\n"
        "Levels are `water_heater.off_c`, `normal_c` and `boost_c`.\n\n"
        f"{water}\n## In the inverter's words ({DEYE.name})\n\n"
        f"| intent | work mode | grid charging |\n|---|---|---|\n{modes}\n\n"
        "SoC target, currents and export limit are those of the command, in the units of the\n"
        "entities; what stops a forced flow is written first, its bounds next, its start last.\n"
    )


def _rows(rows: Iterable[tuple[str, str, str]], then: str) -> str:
    lines = [f"| {number} | `{name}` | {when} | {what} |" for number, (name, when, what) in
             enumerate(rows, 1)]  # fmt: skip
    return "\n".join([f"| # | rule | when | {then} |", "|---|---|---|---|", *lines, ""])
