"""The queries of the committed dashboards' panels, asked of a real Prometheus."""

from __future__ import annotations

import json
import math
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from support.prometheus import Prometheus

ROOT = Path(__file__).resolve().parents[2]
DASHBOARDS = ROOT / "deploy/grafana/dashboards"
CHOSEN = {"$site": "home", "$service": ".*", "$__rate_interval": "20s", "$__range": "5m"}
"""What Grafana would put in the place of its variables."""
_SELECTION = re.compile(r"([a-zA-Z_:][\w:]*)\{([^}]*)\}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """One query of one panel."""

    board: str
    panel: str
    kind: str
    expr: str
    legend: str
    unit: str
    """What its figures are shown in; empty where there is none."""
    instant: bool

    def __str__(self) -> str:
        return f"{self.board}, {self.panel}: {self.expr}"

    @property
    def alone(self) -> str:
        """The name of the metric, where the query is nothing but a selection of one."""
        found = _SELECTION.fullmatch(self.expr)
        return found[1] if found else ""


def chosen(expr: str) -> str:
    """`expr` with a choice in the place of each variable, as Grafana sends it."""
    for variable, choice in CHOSEN.items():
        expr = expr.replace(variable, choice)
    assert "$" not in expr, f"a variable without a choice: {expr}"
    return expr


def selections(expr: str) -> list[tuple[str, set[str]]]:
    """Each metric in `expr`, with the labels it is selected by."""
    return [
        (name, set(re.findall(r"(\w+)=~?", within))) for name, within in _SELECTION.findall(expr)
    ]


def questions(directory: Path = DASHBOARDS) -> list[Question]:
    """Every query of every panel of every dashboard in `directory`."""
    return [
        Question(
            board=path.stem,
            panel=panel["title"],
            kind=panel["type"],
            expr=target["expr"],
            legend=target["legendFormat"],
            unit=_unit(panel, target["legendFormat"]),
            instant=target["instant"],
        )
        for path in sorted(directory.glob("*.json"))
        for panel in json.loads(path.read_text(encoding="utf-8"))["panels"]
        for target in panel.get("targets", ())
    ]


def marks(directory: Path = DASHBOARDS) -> set[str]:
    """The queries of all annotations."""
    boards = (json.loads(path.read_text(encoding="utf-8")) for path in directory.glob("*.json"))
    return {one["expr"] for board in boards for one in board["annotations"]["list"]}


async def answered(prometheus: Prometheus, question: Question, since: float, now: float) -> bool:
    """Whether `question` has a figure: now, or at some moment from `since` on [Unix seconds]."""
    if question.instant:
        series = await prometheus.query(chosen(question.expr))
        figures = [one["value"][1] for one in series]
    else:
        data = await prometheus.get(
            "query_range", query=chosen(question.expr), start=f"{since}", end=f"{now}", step="2"
        )
        figures = [value for one in data["result"] for _, value in one["values"]]
    return any(not math.isnan(float(one)) for one in figures)


def _unit(panel: dict[str, Any], legend: str) -> str:
    """The unit of the line with this `legend`: its own, or its panel's."""
    own = [
        it["value"]
        for one in panel["fieldConfig"].get("overrides", ())
        if one["matcher"] == {"id": "byName", "options": legend}
        for it in one["properties"]
        if it["id"] == "unit"
    ]
    return str((own or [panel["fieldConfig"]["defaults"].get("unit", "")])[0])
