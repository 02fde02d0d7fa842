"""What Prometheus may read about any service: its issues, its configuration, its clock."""

from __future__ import annotations

from collections.abc import Iterable
from typing import get_args

from prometheus_client import Gauge

from darkstar_common.contract import Issue
from darkstar_common.contract.messages.service import Severity
from darkstar_common.runtime.clock import Clock, SystemClock

ISSUES = Gauge(
    "darkstar_issues", "What troubles this service now, by severity [issues]", ["severity"]
)
ISSUE = Gauge(
    "darkstar_issue",
    "1 while this trouble stands; it is not there before and after [1]",
    ["key", "severity"],
)
CONFIG_INFO = Gauge(
    "darkstar_config_info",
    "The configuration file that was read last, by the SHA-256 of it [always 1]",
    ["revision"],
)
CLOCK = Gauge(
    "darkstar_clock_timestamp_seconds",
    "The house's time as this service has it; another one in a simulated house [Unix seconds]",
)
SIMULATED = Gauge(
    "darkstar_clock_simulated",
    "1 when that is the time of a simulated house, 0 when it is the machine's [1 = yes]",
)


def show_issues(issues: Iterable[Issue]) -> None:
    """Count `issues` by severity, and name each of them; what is over is gone."""
    standing = tuple(issues)
    ISSUE.clear()
    for one in standing:
        ISSUE.labels(one.key, one.severity).set(1)
    for severity in get_args(Severity):
        ISSUES.labels(severity).set(sum(one.severity == severity for one in standing))


def show_config(revision: str) -> None:
    """Name the file by `revision`, its SHA-256 in hexadecimal; empty: it cannot be read."""
    CONFIG_INFO.clear()
    if revision:
        CONFIG_INFO.labels(revision).set(1)


def show_clock(clock: Clock) -> None:
    """Tell the time by `clock` whenever somebody reads it."""
    SIMULATED.set(not isinstance(clock, SystemClock))
    CLOCK.set_function(lambda: clock.now().timestamp())
