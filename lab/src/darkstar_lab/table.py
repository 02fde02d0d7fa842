"""Results as a table for people."""

from __future__ import annotations

from collections.abc import Sequence

from darkstar_lab.compare import Result

HEAD = ("policy", "bill", "wear", "left", "total", "share", "bought", "sold", "lowest")


def rows(results: Sequence[Result]) -> list[tuple[str, ...]]:
    """One row for each result, the cheapest last; money, then energy."""
    ranked = sorted(results, key=lambda one: -one.ledger.total)
    return [
        (
            one.name.replace("_", " "),
            f"{one.ledger.bill:.2f}",
            f"{one.ledger.wear:.2f}",
            f"{-one.ledger.left_worth:.2f}",
            f"{one.ledger.total:.2f}",
            f"{100 * one.share:.1f} %",
            f"{one.ledger.import_kwh:.0f} kWh",
            f"{one.ledger.export_kwh:.0f} kWh",
            f"{one.ledger.lowest_kwh:.1f} kWh",
        )
        for one in ranked
    ]


def table(results: Sequence[Result], currency: str) -> str:
    """The results in columns, with what they mean below."""
    lines = [HEAD, *rows(results)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(HEAD))]
    text = "".join(
        "  ".join(
            cell.ljust(width) if column == 0 else cell.rjust(width)
            for column, (cell, width) in enumerate(zip(line, widths, strict=True))
        ).rstrip()
        + "\n"
        for line in lines
    )
    unheated = [one for one in results if one.ledger.unheated_kwh > 0.01]  # noqa: PLR2004 (rounding)
    cold = "".join(
        f"{one.name} left the water {one.ledger.unheated_kwh:.1f} kWh short\n" for one in unheated
    )
    return (
        f"{text}\nMoney in {currency}; total = bill + wear − worth of what is left. Share of what "
        f"perfect foresight saves over no battery.\n{cold}"
    )
