"""The PromQL of the dashboards: every query keeps to the chosen site.

A query that finds nothing shows nothing, or "unknown". The one zero that is made here is that of
a counter, which has no series before its first event: `zero_while_up` gives 0 for as long as the
service that counts is being read, and nothing when it is not.
"""

from __future__ import annotations

SITE = 'site=~"$site"'
"""Until a site is chosen the variable is `.*`, so that targets without the label count too."""
RECENT = "[$__rate_interval]"


def of(metric: str, **labels: str) -> str:
    """`metric` at the chosen site, where `labels` are these; a leading `~` makes a pattern.

    >>> of("darkstar_price_per_kwh", direction="import")
    'darkstar_price_per_kwh{direction="import", site=~"$site"}'
    >>> of("up", service="~$service")
    'up{service=~"$service", site=~"$site"}'
    """
    chosen = [
        f'{name}=~"{value[1:]}"' if value.startswith("~") else f'{name}="{value}"'
        for name, value in labels.items()
    ]
    return f"{metric}{{{', '.join([*chosen, SITE])}}}"


def total(metric: str, *by: str, **labels: str) -> str:
    """The sum of `metric`, by the labels `by`.

    >>> total("darkstar_issues", "severity")
    'sum by (severity) (darkstar_issues{site=~"$site"})'
    """
    return f"{_sum(by)} ({of(metric, **labels)})"


def counted(counter: str, *by: str, over: str = RECENT, service: str, **labels: str) -> str:
    """How much `counter` of `service` grew over the range `over`, by the labels `by`.

    >>> counted("made_total", "status", service="planner", over="[1h]").split(" or ")[0]
    '(sum by (status) (increase(made_total{site=~"$site"}[1h])))'
    """
    grown = f"{_sum(by)} (increase({of(counter, **labels)}{over}))"
    return zero_while_up(grown, service)


def zero_while_up(expression: str, service: str) -> str:
    """`expression`, or 0 while it has no series and `service` is being read.

    >>> zero_while_up("x", "planner")
    '(x) or on() (0 * max(up{service="planner", site=~"$site"} == 1))'
    """
    return f"({expression}) or on() (0 * max({of('up', service=service)} == 1))"


def quantile(share: float, histogram: str, *by: str) -> str:
    """The quantile `share` [1] of a histogram over the recent past, by the labels `by`.

    Of no observation there is none: then it is left out, not drawn as a number.
    """
    buckets = f"sum by ({', '.join(['le', *by])}) (rate({of(f'{histogram}_bucket')}{RECENT}))"
    return f"histogram_quantile({share:g}, {buckets}) >= 0"


def since(moment: str) -> str:
    """How long ago the metric `moment` is by the clock of the service that tells it [s].

    That clock is the house's, which a simulated one runs faster than Prometheus's.
    """
    return f"{of('darkstar_clock_timestamp_seconds')} - on (instance) {of(moment)}"


def until(moment: str) -> str:
    """How long it is until the metric `moment`, by the clock of the service that tells it [s]."""
    return f"{of(moment)} - on (instance) {of('darkstar_clock_timestamp_seconds')}"


def _sum(by: tuple[str, ...]) -> str:
    return f"sum by ({', '.join(by)})" if by else "sum"
