"""How the dashboards' queries are read from their files, and when one counts as answered."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, cast

import pytest
from support.panels import Question, answered, chosen, questions, selections
from support.prometheus import Prometheus

NAN = "NaN"


class Told:
    """A Prometheus that tells the same figures whatever it is asked, and keeps what that was."""

    def __init__(self, *figures: str) -> None:
        self.figures = figures
        self.asked: list[str] = []

    async def query(self, expression: str) -> list[dict[str, Any]]:
        self.asked.append(expression)
        return [{"metric": {}, "value": [0.0, one]} for one in self.figures]

    async def get(self, path: str, **parameters: str) -> Any:
        self.asked.append(f"{path} {parameters['start']} {parameters['end']}")
        values = [[0.0, one] for one in self.figures]
        return {"result": [{"metric": {}, "values": values}] if values else []}


def question(*, instant: bool = True, expr: str = 'up{site=~"$site"}') -> Question:
    return Question(
        board="b", panel="p", kind="stat", expr=expr, legend="", unit="none", instant=instant
    )


@pytest.mark.parametrize("instant", [True, False])
@pytest.mark.parametrize(
    ("figures", "has"),
    [((), False), ((NAN,), False), ((NAN, NAN), False), (("0",), True), ((NAN, "1.5"), True)],
)
async def test_a_query_is_answered_by_a_figure(
    figures: tuple[str, ...], *, has: bool, instant: bool
) -> None:
    told = cast("Prometheus", Told(*figures))
    assert await answered(told, question(instant=instant), 10, 20) is has


async def test_a_question_of_now_is_asked_of_now_and_others_of_the_run() -> None:
    told = Told("1")
    for instant in (True, False):
        await answered(cast("Prometheus", told), question(instant=instant), 10, 20)
    assert told.asked == ['up{site=~"home"}', "query_range 10 20"]


def test_every_variable_has_a_choice() -> None:
    expr = 'rate(a{site=~"$site", service=~"$service"}[$__rate_interval])'
    assert chosen(expr) == 'rate(a{site=~"home", service=~".*"}[20s])'
    with pytest.raises(AssertionError, match=r"without a choice: a\[\$__interval\]"):
        chosen("a[$__interval]")


def test_selections_name_metrics_and_labels() -> None:
    expr = 'sum by (le) (rate(a_bucket{site=~"$site", what="x"}[1m])) / on (site) b:c:d{e="f"}'
    assert selections(expr) == [("a_bucket", {"site", "what"}), ("b:c:d", {"e"})]
    assert selections("sum by (le) (a)") == []


@pytest.mark.parametrize(
    ("expr", "alone"),
    [("a{}", "a"), ('a{b="c"}', "a"), ("a", ""), ('sum (a{b="c"})', ""), ('a{b="c"} > 0', "")],
)
def test_a_selection_alone_is_told_from_a_query_with_more(expr: str, alone: str) -> None:
    assert question(expr=expr).alone == alone


def test_a_line_has_its_own_unit_or_its_panels(tmp_path: Path) -> None:
    own = {
        "matcher": {"id": "byName", "options": "price"},
        "properties": [{"id": "color", "value": "x"}, {"id": "unit", "value": "short"}],
    }
    panel = {
        "title": "P",
        "type": "timeseries",
        "fieldConfig": {"defaults": {"unit": "kwatt"}, "overrides": [own]},
        "targets": [
            {"expr": "a{}", "legendFormat": "power", "instant": False},
            {"expr": "b{}", "legendFormat": "price", "instant": False},
        ],
    }
    rows = {"title": "R", "type": "table", "fieldConfig": {"defaults": {}}, "targets": [
        {"expr": "c{}", "legendFormat": "", "instant": True}
    ]}  # fmt: skip
    board = {"panels": [{"type": "row", "title": "G"}, panel, rows]}
    (tmp_path / "x.json").write_text(json.dumps(board), encoding="utf-8")
    assert [(one.legend, one.unit, one.instant) for one in questions(tmp_path)] == [
        ("power", "kwatt", False), ("price", "short", False), ("", "", True),
    ]  # fmt: skip
    assert str(questions(tmp_path)[0]) == "x, P: a{}"
