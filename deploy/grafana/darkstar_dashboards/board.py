"""One dashboard: its rows of panels, and what all dashboards share."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from grafana_foundation_sdk.builders.dashboard import (
    Dashboard,
    DashboardLink,
    DatasourceVariable,
    QueryVariable,
    Row,
)
from grafana_foundation_sdk.cog.builder import Builder
from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.models import dashboard

from darkstar_dashboards.panels import SOURCE
from darkstar_dashboards.queries import SITE, of

TAG = "darkstar"


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Panels that belong together, below a line with their `title`; each line of them 24 wide."""

    title: str
    panels: tuple[Builder[dashboard.Panel], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Board:
    """A dashboard; `name` is its file's, and the end of its address."""

    name: str
    title: str
    about: str
    groups: tuple[Group, ...]
    since: str = "now-24h"
    of_services: bool = False
    """Whether a service can be chosen."""

    def json(self) -> str:
        """What Grafana reads."""
        found = _current(json.loads(json.dumps(self.build(), cls=JSONEncoder)))
        return json.dumps(found, indent=2, ensure_ascii=False) + "\n"

    def build(self) -> dashboard.Dashboard:
        """The whole, with panels numbered in order."""
        made = self._shell()
        for group in self.groups:
            made = made.with_row(Row(group.title))
            for panel in group.panels:
                made = made.with_panel(panel)
        found = made.build()
        for number, one in enumerate(found.panels or (), start=1):
            one.id_val = number
        return found

    def _shell(self) -> Dashboard:
        made = Dashboard(f"Darkstar: {self.title}").uid(f"darkstar-{self.name}")
        made = made.description(self.about).tags([TAG]).readonly().timezone("browser")
        made = (
            made.time(self.since, "now")
            .refresh("30s")
            .tooltip(dashboard.DashboardCursorSync.CROSSHAIR)
        )
        made = made.link(_others()).with_variable(_source()).with_variable(_site())
        if self.of_services:
            made = made.with_variable(_service())
        found = made.build()
        found.annotations = dashboard.AnnotationContainer(list_val=list(ANNOTATIONS))
        return made


class Mark(dashboard.AnnotationQuery):
    """What happened when, as a line through every graph: while `expr` has a series."""

    def __init__(self, name: str, expr: str, *, title: str, text: str, colour: str) -> None:
        super().__init__(name=name, datasource=SOURCE, icon_color=colour, expr=expr)
        self.title, self.text = title, text

    def to_json(self) -> dict[str, object]:
        """With what the Prometheus data source reads beyond the common part."""
        own = {"titleFormat": self.title, "textFormat": self.text, "step": "60s"}
        return {**super().to_json(), **own}


ANNOTATIONS = (
    Mark(
        "Alerts",
        of("ALERTS", alertstate="firing"),
        title="{{alertname}}",
        text="{{service}} {{severity}}",
        colour="red",
    ),
    Mark(
        "Overrides",
        f"{of('darkstar_executor_overridden')} == 1",
        title="Override",
        text="What people asked for is done, not the plan.",
        colour="purple",
    ),
    Mark(
        "Pauses",
        f"{of('darkstar_executor_paused')} == 1",
        title="Pause",
        text="People have told Darkstar to do nothing.",
        colour="blue",
    ),
)


def _current(found: dict[str, Any]) -> dict[str, Any]:
    """Without what the builders write of old and no newer Grafana knows."""
    del found["style"]
    for variable in found["templating"]["list"]:
        for key in ("id", "auto", "auto_min", "auto_count"):
            del variable[key]
    for panel in found["panels"]:
        panel.get("options", {}).pop("footer", None)
    return found


def _others() -> DashboardLink:
    found = DashboardLink("Darkstar").type(dashboard.DashboardLinkType.DASHBOARDS).tags([TAG])
    found = found.tooltip("Darkstar's other dashboards, at the same time and site")
    return found.as_dropdown(False).include_vars(True).keep_time(True)


def _source() -> DatasourceVariable:
    return DatasourceVariable("datasource").label("Prometheus").type("prometheus").multi(False)


def _site() -> QueryVariable:
    return _labels("site", "Site", "label_values(darkstar_service, site)")


def _service() -> QueryVariable:
    question = f"label_values(darkstar_service{{{SITE}}}, service)"
    return _labels("service", "Service", question).multi(True)


def _labels(name: str, label: str, question: str) -> QueryVariable:
    found = QueryVariable(name).label(label).datasource(SOURCE)
    found = found.query({"query": question, "refId": name})
    found = found.refresh(dashboard.VariableRefresh.ON_TIME_RANGE_CHANGED)
    found = found.sort(dashboard.VariableSort.ALPHABETICAL_ASC)
    return (
        found.include_all(True)
        .all_value(".*")
        .current(dashboard.VariableOption(text="All", value="$__all", selected=True))
    )
