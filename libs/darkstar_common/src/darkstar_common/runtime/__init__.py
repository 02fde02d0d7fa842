"""The imperative shell that all services share."""

from darkstar_common.runtime.clock import (
    Clock,
    ScaledClock,
    Stopwatch,
    SystemClock,
    clock_from,
    clock_specification,
)
from darkstar_common.runtime.context import Context, Main, because_of
from darkstar_common.runtime.files import write_atomic
from darkstar_common.runtime.reread import Reread
from darkstar_common.runtime.service import run
from darkstar_common.runtime.settings import (
    NO_SECRETS,
    Secrets,
    Settings,
    SettingsError,
    read_settings,
)
from darkstar_common.runtime.status import Status

__all__ = [
    "NO_SECRETS",
    "Clock",
    "Context",
    "Main",
    "Reread",
    "ScaledClock",
    "Secrets",
    "Settings",
    "SettingsError",
    "Status",
    "Stopwatch",
    "SystemClock",
    "because_of",
    "clock_from",
    "clock_specification",
    "read_settings",
    "run",
    "write_atomic",
]
