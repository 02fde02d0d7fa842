"""The kinds of panels: a number, lines over time, states over time, a table."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from grafana_foundation_sdk.builders import prometheus, stat, statetimeline, table, timeseries
from grafana_foundation_sdk.builders.common import (
    GraphThresholdsStyleConfig,
    ReduceDataOptions,
    StackingConfig,
    VizLegendOptions,
    VizTooltipOptions,
)
from grafana_foundation_sdk.builders.dashboard import FieldColor, ThresholdsConfig
from grafana_foundation_sdk.cog.builder import Builder
from grafana_foundation_sdk.cog.variants import Dataquery
from grafana_foundation_sdk.models import common, dashboard
from grafana_foundation_sdk.models.prometheus import PromQueryFormat, QueryEditorMode

from darkstar_dashboards.looks import COLOURS, PLAIN, UNKNOWN, Mapping, thresholds
from darkstar_dashboards.queries import of

SOURCE = dashboard.DataSourceRef(type_val="prometheus", uid="${datasource}")
"""What the dashboard's first variable chose."""
STAT_HEIGHT, GRAPH_HEIGHT = 4, 9
"""[rows of the grid, 30 px each]"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One query and how its series is drawn.

    `name` is what the legend says, `{{label}}` in it the series' own; `look` is of what flows, and
    names its colour; `planned` is drawn dashed; `band_to` fills down to the line of that name.
    """

    expr: str
    name: str
    look: str = ""
    planned: bool = False
    stepped: bool = False
    band_to: str = ""
    unit: str = ""
    """Only where it is not the panel's; then its axis is at the right."""

    def overrides(self) -> list[dashboard.DynamicConfigValue]:
        """What is not the panel's own for this line."""
        found: dict[str, object] = {}
        if self.look:
            found["color"] = {"mode": "fixed", "fixedColor": COLOURS.get(self.look, self.look)}
        if self.planned:
            found["custom.lineStyle"] = {"fill": "dash", "dash": [8, 6]}
            found["custom.fillOpacity"] = 0
        if self.stepped:
            found["custom.lineInterpolation"] = "stepAfter"
        if self.band_to:
            found |= {"custom.fillBelowTo": self.band_to, "custom.fillOpacity": 15}
        if self.unit:
            found |= {"unit": self.unit, "custom.axisPlacement": "right"}
        return [dashboard.DynamicConfigValue(id_val=key, value=it) for key, it in found.items()]


def query(
    expr: str, name: str, *, instant: bool = False, rows: bool = False
) -> prometheus.Dataquery:
    """A query over the dashboard's time, or of its end alone (`instant`); as `rows`, a table's."""
    found = prometheus.Dataquery().expr(expr).legend_format(name).datasource(SOURCE)
    found = found.editor_mode(QueryEditorMode.CODE)
    found = found.format(PromQueryFormat.TABLE if rows else PromQueryFormat.TIME_SERIES)
    return found.instant() if instant else found.range()


def number(
    title: str,
    expr: str,
    *,
    unit: str,
    about: str,
    name: str = "",
    steps: ThresholdsConfig | None = None,
    means: Mapping | None = None,
    decimals: int | None = None,
    span: int = 4,
) -> stat.Panel:
    """What is now. There is nothing old in it: what is not told now is "unknown"."""
    panel = stat.Panel().title(title).description(about).datasource(SOURCE)
    panel = panel.with_target(query(expr, name, instant=True).ref_id("A"))
    panel = panel.unit(unit).no_value("unknown").mappings([UNKNOWN, *([means] if means else [])])
    panel = panel.thresholds(steps or thresholds(below=PLAIN))
    panel = panel.color_scheme(FieldColor().mode(dashboard.FieldColorModeId.THRESHOLDS))
    panel = panel.graph_mode(common.BigValueGraphMode.NONE)
    panel = panel.color_mode(common.BigValueColorMode.VALUE)
    panel = panel.justify_mode(common.BigValueJustifyMode.AUTO)
    panel = panel.text_mode(
        common.BigValueTextMode.VALUE_AND_NAME if name else common.BigValueTextMode.VALUE
    )
    panel = panel.orientation(common.VizOrientation.AUTO)
    panel = panel.reduce_options(ReduceDataOptions().calcs(["last"]).fields("").values(False))
    if decimals is not None:
        panel = panel.decimals(decimals)
    return panel.height(STAT_HEIGHT).span(span)


def graph(
    title: str,
    *lines: Line,
    unit: str,
    about: str,
    span: int = 12,
    low: float | None = None,
    high: float | None = None,
    limit: ThresholdsConfig | None = None,
    bars: bool = False,
) -> timeseries.Panel:
    """Lines over time, or stacked `bars`; from `low` to `high` at least, `limit` drawn in."""
    panel = timeseries.Panel().title(title).description(about).datasource(SOURCE).unit(unit)
    panel = panel.targets(_targets(lines))
    for line in lines:
        changed = line.overrides()
        if changed and "{{" in line.name:
            panel = panel.override_by_regexp(_pattern(line.name), changed)
        elif changed:
            panel = panel.override_by_name(line.name, changed)
    panel = panel.color_scheme(FieldColor().mode(dashboard.FieldColorModeId.PALETTE_CLASSIC))
    style = common.GraphDrawStyle.BARS if bars else common.GraphDrawStyle.LINE
    panel = panel.draw_style(style).line_width(1 if bars else 2).fill_opacity(60 if bars else 5)
    panel = panel.show_points(common.VisibilityMode.NEVER).span_nulls(False)
    mode = common.StackingMode.NORMAL if bars else common.StackingMode.NONE
    panel = panel.stacking(StackingConfig().mode(mode).group("A"))
    panel = panel.thresholds(limit or thresholds(below=PLAIN))
    modes = common.GraphTresholdsStyleMode  # spelled so there
    drawn = modes.DASHED if limit else modes.OFF
    panel = panel.thresholds_style(GraphThresholdsStyleConfig().mode(drawn))
    if low is not None:
        panel = panel.axis_soft_min(low)
    if high is not None:
        panel = panel.axis_soft_max(high)
    panel = panel.legend(_legend(["lastNotNull", "max"])).tooltip(_tooltip())
    return panel.height(GRAPH_HEIGHT).span(span)


def states(
    title: str, *lines: Line, means: Mapping, about: str, span: int = 12
) -> statetimeline.Panel:
    """What held when, in the words and colours of `means`; a gap is not known."""
    panel = statetimeline.Panel().title(title).description(about).datasource(SOURCE)
    panel = panel.targets(_targets(lines))
    panel = panel.mappings([UNKNOWN, means]).thresholds(thresholds(below=PLAIN))
    panel = panel.color_scheme(FieldColor().mode(dashboard.FieldColorModeId.THRESHOLDS))
    panel = panel.row_height(0.8).fill_opacity(70).line_width(0).merge_values(True)
    panel = panel.show_value(common.VisibilityMode.AUTO)
    panel = panel.align_value(common.TimelineValueAlignment.LEFT)
    panel = panel.legend(_legend([])).tooltip(_tooltip())
    return panel.height(GRAPH_HEIGHT).span(span)


def rows(
    title: str,
    expr: str,
    *columns: str,
    about: str,
    span: int = 12,
) -> table.Panel:
    """A table of the series of now: of each the labels `columns`."""
    panel = table.Panel().title(title).description(about).datasource(SOURCE)
    panel = panel.with_target(query(expr, "", instant=True, rows=True).ref_id("A"))
    panel = panel.with_transformation(_kept(columns)).no_value("none").show_header(True)
    panel = panel.mappings([UNKNOWN]).thresholds(thresholds(below=PLAIN))
    return panel.height(GRAPH_HEIGHT).span(span)


def issues() -> table.Panel:
    """What troubles each service now."""
    none = f"sum by (service) ({of('darkstar_issues')}) == 0"
    return rows(
        "Issues",
        f"{of('darkstar_issue')} or on (service) ({none})",
        "service",
        "severity",
        "key",
        about="Each issue that stands now; a service without one has a row without words. "
        "Darkstar's page says what to do.",
    )


def _kept(columns: Sequence[str]) -> dashboard.DataTransformerConfig:
    return dashboard.DataTransformerConfig(
        id_val="filterFieldsByName", options={"include": {"names": list(columns)}}
    )


def _pattern(name: str) -> str:
    """What the legends of all series match that a line with this `name` can have."""
    fixed = [re.escape(part).replace(r"\ ", " ") for part in re.split(r"\{\{\w+\}\}", name)]
    return f"/^{'.*'.join(fixed)}$/"


def _targets(lines: Sequence[Line]) -> list[Builder[Dataquery]]:
    return [
        query(line.expr, line.name).ref_id(chr(ord("A") + index))
        for index, line in enumerate(lines)
    ]


def _legend(figures: list[str]) -> VizLegendOptions:
    found = VizLegendOptions().display_mode(common.LegendDisplayMode.LIST)
    return found.placement(common.LegendPlacement.BOTTOM).show_legend(True).calcs(figures)


def _tooltip() -> VizTooltipOptions:
    return VizTooltipOptions().mode(common.TooltipDisplayMode.MULTI).sort(common.SortOrder.NONE)
