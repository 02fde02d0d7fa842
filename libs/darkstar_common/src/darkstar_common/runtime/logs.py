"""Logs: one event a line, JSON in containers, for people at a terminal."""

from __future__ import annotations

import logging
import sys
from collections.abc import MutableMapping
from typing import Any, Literal

import structlog
from structlog.typing import FilteringBoundLogger, Processor

from darkstar_common.runtime.clock import Clock


def configure_logs(
    name: str, *, clock: Clock, log_format: Literal["auto", "json", "console"], level: str
) -> FilteringBoundLogger:
    """Set logging up for the whole process, libraries included; returns the service's logger."""
    console = log_format == "console" or (log_format == "auto" and sys.stderr.isatty())
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        _Bound(name, clock),
        structlog.processors.StackInfoRenderer(),
    ]
    last: list[Processor] = [structlog.dev.ConsoleRenderer()] if console else _JSON
    structlog.configure(
        processors=[*shared, *last],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.WriteLoggerFactory(file=sys.stderr),
        cache_logger_on_first_use=True,
    )
    _adopt_libraries(shared, last, level)
    logger: FilteringBoundLogger = structlog.get_logger(f"darkstar_{name}")
    return logger


_JSON: list[Processor] = [
    structlog.processors.format_exc_info,
    structlog.processors.JSONRenderer(default=str),
]


class _Bound:
    """Adds the service's name and, in a simulated day, its time."""

    def __init__(self, name: str, clock: Clock) -> None:
        self._name, self._clock = name, clock

    def __call__(
        self, _logger: Any, _method: str, event: MutableMapping[str, Any]
    ) -> MutableMapping[str, Any]:
        event.setdefault("service", self._name)
        if self._clock.speed != 1.0:
            event["house_time"] = self._clock.now().isoformat(timespec="seconds")
        return event


def _adopt_libraries(shared: list[Processor], last: list[Processor], level: str) -> None:
    """Render what libraries log with the standard library in the same way."""
    tidy = structlog.stdlib.ProcessorFormatter.remove_processors_meta
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[structlog.stdlib.add_logger_name, *shared],
            processors=[tidy, *last],
        )
    )
    logging.basicConfig(handlers=[handler], level=max(logging.INFO, _number(level)), force=True)


def _number(level: str) -> int:
    return logging.getLevelNamesMapping()[level.upper()]
