"""The dashboards there are, and their files beside this package."""

from __future__ import annotations

from pathlib import Path

from darkstar_dashboards.board import Board
from darkstar_dashboards.executor import EXECUTING
from darkstar_dashboards.forecasts import FORECASTS
from darkstar_dashboards.overview import OVERVIEW
from darkstar_dashboards.plan import PLAN
from darkstar_dashboards.system import SYSTEM

BOARDS: tuple[Board, ...] = (OVERVIEW, PLAN, FORECASTS, EXECUTING, SYSTEM)
TARGET = Path(__file__).resolve().parents[1] / "dashboards"


def stale(target: Path) -> list[str]:
    """The files in `target` that are not what is built now: changed, missing or left over."""
    meant = _meant()
    there = {path.name: path.read_text(encoding="utf-8") for path in target.glob("*.json")}
    return sorted(
        name for name in meant.keys() | there.keys() if meant.get(name) != there.get(name)
    )


def write(target: Path) -> list[str]:
    """Bring `target` up to date; the names of the files that changed."""
    meant, changed = _meant(), stale(target)
    for name in changed:
        if name in meant:
            (target / name).write_text(meant[name], encoding="utf-8")
        else:
            (target / name).unlink()
    return changed


def _meant() -> dict[str, str]:
    return {f"{board.name}.json": board.json() for board in BOARDS}
