"""How things look: one colour for one thing on every dashboard, and what values mean."""

from __future__ import annotations

from grafana_foundation_sdk.builders.dashboard import ThresholdsConfig
from grafana_foundation_sdk.models import dashboard

COLOURS = {
    "load": "blue",
    "pv": "yellow",
    "import": "red",
    "export": "green",
    "charge": "purple",
    "discharge": "orange",
    "water": "light-blue",
    "soc": "super-light-green",
    "price": "semi-dark-orange",
}
"""By what flows."""
GOOD, WARNING, BAD, PLAIN = "green", "orange", "red", "text"

Mapping = dashboard.ValueMapping
UNKNOWN: Mapping = dashboard.SpecialValueMap(
    options=dashboard.DashboardSpecialValueMapOptions(
        match=dashboard.SpecialValueMatch.NULL_AND_NAN,
        result=dashboard.ValueMappingResult(text="unknown", color=PLAIN, index=0),
    )
)


def words(**meanings: tuple[str, str]) -> Mapping:
    """Word and colour in the place of a number: `words(_1=("yes", GOOD))`."""
    results = {
        value.removeprefix("_"): dashboard.ValueMappingResult(text=text, color=colour, index=index)
        for index, (value, (text, colour)) in enumerate(meanings.items(), start=1)
    }
    return dashboard.ValueMap(options=results)


UP = words(_0=("down", BAD), _1=("up", GOOD))
YES_IS_GOOD = words(_0=("no", BAD), _1=("yes", GOOD))
HANDS_ON = words(_0=("hands on", GOOD), _1=("shadow", WARNING))
YES_IS_A_CONCERN = words(_0=("no", GOOD), _1=("yes", WARNING))


def thresholds(*steps: tuple[float, str], below: str = GOOD) -> ThresholdsConfig:
    """The colour `below` the first step, and of each step from its value on."""
    base = dashboard.Threshold(value=None, color=below)
    rest = [dashboard.Threshold(value=value, color=colour) for value, colour in steps]
    found = ThresholdsConfig().mode(dashboard.ThresholdsMode.ABSOLUTE)
    return found.steps([base, *rest])
