"""The queries of the committed dashboards' panels, asked of a real Prometheus."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from support.prometheus import Prometheus

ROOT = Path(__file__).resolve().parents[2]
DASHBOARDS = ROOT / "deploy/grafana/dashboards"
CHOSEN = {"$site": "home", "$service": ".*", "$__rate_interval": "20s", "$__range": "5m"}
"""What Grafana would put in the place of its variables."""
_NAME = re.compile(r"(?:^|[\s(])([a-zA-Z_:][\w:]*)\{")


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """One query of one panel."""

    board: str
    panel: str
    expr: str
    instant: bool

    def __str__(self) -> str:
        return f"{self.board}, {self.panel}: {self.expr}"

    @property
    def asked(self) -> str:
        """The query, with a choice in the place of each variable."""
        found = self.expr
        for variable, choice in CHOSEN.items():
            found = found.replace(variable, choice)
        assert "$" not in found, f"a variable without a choice: {found}"
        return found

    @property
    def metrics(self) -> set[str]:
        """The names of the metrics in it."""
        return set(_NAME.findall(self.expr))


def questions(directory: Path = DASHBOARDS) -> list[Question]:
    """Every query of every panel of every dashboard in `directory`."""
    return [
        Question(
            board=path.stem, panel=panel["title"], expr=target["expr"], instant=target["instant"]
        )
        for path in sorted(directory.glob("*.json"))
        for panel in _panels(json.loads(path.read_text(encoding="utf-8")))
        for target in panel.get("targets", ())
    ]


def marks(directory: Path = DASHBOARDS) -> set[str]:
    """The queries of all annotations."""
    boards = (json.loads(path.read_text(encoding="utf-8")) for path in directory.glob("*.json"))
    return {one["expr"] for board in boards for one in board["annotations"]["list"]}


async def answered(prometheus: Prometheus, question: Question, since: float, now: float) -> bool:
    """Whether `question` has a figure: now, or at some moment from `since` on [Unix seconds]."""
    if question.instant:
        series = await prometheus.query(question.asked)
        figures = [one["value"][1] for one in series]
    else:
        data = await prometheus.get(
            "query_range", query=question.asked, start=f"{since}", end=f"{now}", step="2"
        )
        figures = [value for one in data["result"] for _, value in one["values"]]
    return any(not math.isnan(float(one)) for one in figures)


def _panels(board: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for panel in board["panels"]:
        yield panel
        yield from panel.get("panels", ())
