"""The dashboards: their files are up to date, and each panel says what it shows, and fits."""

from __future__ import annotations

import doctest
import json
import re
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from darkstar_dashboards import looks, queries
from darkstar_dashboards.board import Board, Group
from darkstar_dashboards.files import BOARDS, TARGET, stale, write
from darkstar_dashboards.panels import Line, graph, number, rows, states
from ruamel.yaml import YAML

ROOT = Path(__file__).resolve().parents[3]
GRAFANA = ROOT / "deploy/grafana"
UNITS = {
    "percent", "percentunit", "kwatt", "kwatth", "short", "none", "s", "bytes", "ops",
}  # fmt: skip
"""Grafana's own names that are used, all of them in Grafana's list of units."""
WIDTH = 24


@cache
def read(board: Board) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((TARGET / f"{board.name}.json").read_text(encoding="utf-8"))
    return found


def shown(board: Board) -> list[dict[str, Any]]:
    return [one for one in read(board)["panels"] if one["type"] != "row"]


def matches(kind: str, wanted: str, name: str) -> bool:
    """Whether Grafana takes an override to be of the series with this legend."""
    series = re.sub(r"\{\{\w+\}\}", "some value", name)
    if kind == "byRegexp":
        return re.fullmatch(wanted.removeprefix("/").removesuffix("/"), series) is not None
    return series == wanted


each_board = pytest.mark.parametrize("board", BOARDS, ids=lambda board: board.name)


def test_the_committed_dashboards_are_what_is_built() -> None:
    assert stale(TARGET) == []


def test_there_are_the_five() -> None:
    names = [board.name for board in BOARDS]
    assert names == ["overview", "plan", "forecasts", "executor", "system"]


def test_a_changed_a_missing_and_a_leftover_file_are_stale_and_mended(tmp_path: Path) -> None:
    assert len(write(tmp_path)) == len(BOARDS)
    assert write(tmp_path) == []
    (tmp_path / "plan.json").write_text("{}", encoding="utf-8")
    (tmp_path / "system.json").unlink()
    (tmp_path / "old.json").write_text("{}", encoding="utf-8")
    wrong = ["old.json", "plan.json", "system.json"]
    assert stale(tmp_path) == wrong
    assert write(tmp_path) == wrong
    assert stale(tmp_path) == []


def test_the_command_says_that_all_is_up_to_date() -> None:
    command = (sys.executable, str(GRAFANA / "build.py"), "--check")
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stdout == "dashboards: 5, up to date\n"


def test_the_examples_of_queries_hold() -> None:
    assert doctest.testmod(queries).attempted > 4
    assert doctest.testmod(queries).failed == 0


@each_board
def test_a_panel_says_what_it_shows(board: Board) -> None:
    for panel in shown(board):
        assert re.fullmatch(r"[A-Z].*[^. ]", panel["title"])
        assert re.fullmatch(r"(?s)[A-Z].*\.", panel["description"]), panel["title"]


@each_board
def test_a_panel_of_figures_has_a_unit(board: Board) -> None:
    for panel in shown(board):
        if panel["type"] in {"stat", "timeseries"}:
            assert panel["fieldConfig"]["defaults"]["unit"] in UNITS


@each_board
def test_what_is_not_known_is_called_so(board: Board) -> None:
    for panel in shown(board):
        if panel["type"] != "timeseries":
            defaults = panel["fieldConfig"]["defaults"]
            assert defaults["mappings"][0]["options"]["result"]["text"] == "unknown"
            assert panel["type"] != "stat" or defaults["noValue"] == "unknown"


@each_board
def test_a_figure_of_now_is_asked_of_now(board: Board) -> None:
    """The newest of a range would be shown long after its service has gone."""
    for panel in shown(board):
        for target in panel["targets"]:
            now = panel["type"] in {"stat", "table"}
            assert (target["instant"], target["range"]) == (now, not now)


@each_board
def test_queries_are_named_by_letters(board: Board) -> None:
    for panel in shown(board):
        assert [one["refId"] for one in panel["targets"]] == list(
            "ABCDEFGH"[: len(panel["targets"])]
        )


@each_board
def test_every_selection_keeps_to_the_site(board: Board) -> None:
    for panel in shown(board):
        for target in panel["targets"]:
            selections = re.findall(r"\{[^}]*\}", target["expr"])
            assert selections
            assert all('site=~"$site"' in one for one in selections)
            bare = re.findall(r"\b(?:darkstar|process)_\w+(?![\w{])", target["expr"])
            assert bare == [], "metrics without a selection"


@each_board
def test_every_query_goes_to_the_chosen_prometheus(board: Board) -> None:
    for panel in shown(board):
        source = {"type": "prometheus", "uid": "${datasource}"}
        assert [one["datasource"] for one in [panel, *panel["targets"]]] == [
            source for _ in range(1 + len(panel["targets"]))
        ]


@each_board
def test_lines_have_names_of_their_own_and_no_look_is_for_nothing(board: Board) -> None:
    for panel in shown(board):
        if panel["type"] not in {"timeseries", "state-timeline"}:
            continue
        names = [one["legendFormat"] for one in panel["targets"]]
        assert all(names)
        assert len(set(names)) == len(names)
        for one in panel["fieldConfig"]["overrides"]:
            wanted = one["matcher"]["options"]
            meant = [name for name in names if matches(one["matcher"]["id"], wanted, name)]
            assert len(meant) == 1, f"{panel['title']}: {wanted}"


@each_board
def test_a_label_in_a_legend_is_one_that_the_query_keeps(board: Board) -> None:
    for panel in shown(board):
        for target in panel["targets"]:
            kept = re.findall(r"by \(([^)]*)\)", target["expr"])
            labels = set(re.findall(r"\{\{(\w+)\}\}", target["legendFormat"]))
            if kept and labels:
                assert labels <= set(", ".join(kept).split(", ")), target["expr"]


@each_board
def test_a_panel_can_be_read_on_a_telephone(board: Board) -> None:
    """There each takes the whole width, at its height here: 3 to 10 rows of 30 px."""
    for panel in shown(board):
        assert 3 <= panel["gridPos"]["h"] <= 10
        assert panel["gridPos"]["w"] >= (4 if panel["type"] == "stat" else 6)


@each_board
def test_panels_neither_overlap_nor_leave_holes(board: Board) -> None:
    taken: set[tuple[int, int]] = set()
    for panel in read(board)["panels"]:
        place = panel["gridPos"]
        cells = {
            (x, y)
            for x in range(place["x"], place["x"] + place["w"])
            for y in range(place["y"], place["y"] + place["h"])
        }
        assert not taken & cells, panel["title"]
        taken |= cells
    bottom = max(y for _, y in taken) + 1
    assert len(taken) == WIDTH * bottom


@each_board
def test_panels_have_numbers_of_their_own(board: Board) -> None:
    numbers = [panel["id"] for panel in read(board)["panels"]]
    assert numbers == list(range(1, len(numbers) + 1))


@each_board
def test_each_leads_to_the_others_at_the_same_time_and_site(board: Board) -> None:
    (link,) = read(board)["links"]
    assert (link["type"], link["tags"]) == ("dashboards", read(board)["tags"])
    assert (link["includeVars"], link["keepTime"]) == (True, True)


@each_board
def test_a_site_can_be_chosen(board: Board) -> None:
    source, site, *more = read(board)["templating"]["list"]
    assert (source["name"], source["type"], source["query"]) == (
        "datasource", "datasource", "prometheus",
    )  # fmt: skip
    assert (site["name"], site["allValue"], site["includeAll"]) == ("site", ".*", True)
    assert [one["name"] for one in more] == (["service"] if board.name == "system" else [])


@each_board
def test_alerts_overrides_and_pauses_are_marked_on_every_graph(board: Board) -> None:
    marks = read(board)["annotations"]["list"]
    assert [(one["name"], one["expr"]) for one in marks] == [
        ("Alerts", 'ALERTS{alertstate="firing", site=~"$site"}'),
        ("Overrides", 'darkstar_executor_overridden{site=~"$site"} == 1'),
        ("Pauses", 'darkstar_executor_paused{site=~"$site"} == 1'),
    ]
    assert all(one["enable"] for one in marks)


@each_board
def test_a_dashboard_is_found_by_a_lasting_address(board: Board) -> None:
    found = read(board)
    assert found["uid"] == f"darkstar-{board.name}"
    assert found["title"] == f"Darkstar: {board.title}"
    assert found["editable"] is False
    assert found.get("id") is None


def test_one_thing_has_one_colour_everywhere() -> None:
    colours: dict[str, set[str]] = {}
    for board in BOARDS:
        for panel in shown(board):
            for one in panel["fieldConfig"].get("overrides", ()):
                name = one["matcher"]["options"].removesuffix(", planned")
                for it in one["properties"]:
                    if it["id"] == "color":
                        colours.setdefault(name, set()).add(it["value"]["fixedColor"])
    colours.pop("actual")  # of use and of sun
    assert {name: found for name, found in colours.items() if len(found) > 1} == {}


def test_different_things_have_different_colours() -> None:
    assert len(set(looks.COLOURS.values())) == len(looks.COLOURS)


def test_a_line_is_drawn_as_it_is_meant() -> None:
    line = Line(expr="x", name="x", look="pv", planned=True, stepped=True, unit="short")
    assert {one.id_val: one.value for one in line.overrides()} == {
        "color": {"mode": "fixed", "fixedColor": "yellow"},
        "custom.lineStyle": {"fill": "dash", "dash": [8, 6]},
        "custom.fillOpacity": 0,
        "custom.lineInterpolation": "stepAfter",
        "unit": "short",
        "custom.axisPlacement": "right",
    }
    assert Line(expr="x", name="x").overrides() == []


def test_a_look_of_many_series_is_by_a_pattern() -> None:
    lines = (
        Line(expr="x", name="used (load)", look="load"),
        Line(expr="x", name="told (now): {{kind}}", look="pv"),
    )
    made = graph("A", *lines, unit="s", about="A.").build().field_config
    assert made is not None
    assert [(one.matcher.id_val, one.matcher.options) for one in made.overrides] == [
        ("byName", "used (load)"), ("byRegexp", r"/^told \(now\): .*$/"),
    ]  # fmt: skip


def test_a_band_is_filled_down_to_its_lower_line() -> None:
    filled = {
        one.id_val: one.value for one in Line(expr="x", name="p90", band_to="p10").overrides()
    }
    assert filled["custom.fillBelowTo"] == "p10"


def test_the_first_colour_is_for_everything_below_the_first_step() -> None:
    steps = looks.thresholds((10, looks.WARNING), (20, looks.BAD)).build().steps or []
    assert [(one.value, one.color) for one in steps] == [
        (None, looks.GOOD), (10, looks.WARNING), (20, looks.BAD),
    ]  # fmt: skip


def test_a_zero_is_made_only_while_the_service_that_counts_is_read() -> None:
    made = queries.counted("made_total", "status", service="planner", over="[1h]")
    assert made.endswith('or on() (0 * max(up{service="planner", site=~"$site"} == 1))')


def test_a_time_is_told_by_the_clock_of_its_service() -> None:
    assert queries.since("done_timestamp_seconds") == (
        'darkstar_clock_timestamp_seconds{site=~"$site"} - on (instance) '
        'done_timestamp_seconds{site=~"$site"}'
    )
    assert queries.until("next_timestamp_seconds").startswith("next_timestamp_seconds")


def test_a_board_numbers_its_rows_and_panels_in_order() -> None:
    panels = (
        number("A", queries.of("a"), unit="none", about="One.", span=12),
        graph("B", Line(expr=queries.of("b"), name="b"), unit="s", about="Two."),
        states("C", Line(expr=queries.of("c"), name="c"), means=looks.UP, about="Three."),
        rows("D", queries.of("d"), "e", about="Four."),
    )
    board = Board(name="x", title="x", about="x", groups=(Group(title="G", panels=panels),))
    made = json.loads(board.json())["panels"]
    assert [(one["id"], one["type"]) for one in made] == [
        (1, "row"), (2, "stat"), (3, "timeseries"), (4, "state-timeline"), (5, "table"),
    ]  # fmt: skip


def test_grafana_finds_prometheus_and_the_dashboards() -> None:
    yaml = YAML(typ="safe")
    sources = yaml.load((GRAFANA / "provisioning/datasources/prometheus.yaml").read_text())
    (source,) = sources["datasources"]
    assert (source["uid"], source["type"]) == ("darkstar-prometheus", "prometheus")
    assert (source["url"], source["isDefault"]) == ("http://prometheus:9090", True)
    found = yaml.load((GRAFANA / "provisioning/dashboards/darkstar.yaml").read_text())
    (provider,) = found["providers"]
    assert provider["options"]["path"] == "/var/lib/grafana/dashboards"
    assert provider["allowUiUpdates"] is False


def test_the_containers_have_the_files_where_grafana_looks_for_them() -> None:
    compose = YAML(typ="safe").load((ROOT / "deploy/compose.yaml").read_text(encoding="utf-8"))
    mounts = dict(one.split(":")[:2] for one in compose["services"]["grafana"]["volumes"])
    assert mounts["./grafana/provisioning"] == "/etc/grafana/provisioning"
    assert mounts["./grafana/dashboards"] == "/var/lib/grafana/dashboards"
    home = compose["services"]["grafana"]["environment"][
        "GF_DASHBOARDS_DEFAULT_HOME_DASHBOARD_PATH"
    ]
    assert home == "/var/lib/grafana/dashboards/overview.json"
    assert "prometheus" in compose["services"], "the host name in the data source's address"
