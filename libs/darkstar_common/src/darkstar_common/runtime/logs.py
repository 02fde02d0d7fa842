"""Logs: one event a line, JSON in containers, for people at a terminal."""

from __future__ import annotations

import logging
import sys
from collections.abc import MutableMapping
from typing import Any, Literal

import structlog
from structlog.typing import FilteringBoundLogger, Processor

from darkstar_common.runtime.clock import Clock
from darkstar_common.runtime.log_lines import KeptLines, without


def configure_logs(
    name: str,
    *,
    clock: Clock,
    log_format: Literal["auto", "json", "console"],
    level: str,
    kept: KeptLines | None = None,
    hidden: tuple[str, ...] = (),
) -> FilteringBoundLogger:
    """Set logging up for the whole process, libraries included.

    Args:
        name: Of the service.
        clock: The house's, whose time is logged where it is another than the wall's.
        log_format: For people or for programs.
        level: Quieter events are left out.
        kept: Gets every line too; None: nobody wants them.
        hidden: Secrets, which no line holds.

    Returns:
        The service's logger.
    """
    console = log_format == "console" or (log_format == "auto" and sys.stderr.isatty())
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        _Bound(name, clock),
        structlog.processors.StackInfoRenderer(),
    ]
    if kept is not None:
        shared.append(kept)
    rendered = [structlog.dev.ConsoleRenderer()] if console else _JSON
    last: list[Processor] = [*rendered, _Hiding(hidden)]
    structlog.configure(
        processors=[*shared, *last],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.WriteLoggerFactory(file=sys.stderr),
        cache_logger_on_first_use=True,
    )
    _adopt_libraries(shared, last, level)
    logger: FilteringBoundLogger = structlog.get_logger(f"darkstar_{name}")
    return logger


class _Hiding:
    """Takes secrets out of the rendered line, whatever put them there."""

    def __init__(self, hidden: tuple[str, ...]) -> None:
        self._hidden = hidden

    def __call__(self, _logger: Any, _method: str, line: Any) -> Any:
        return without(self._hidden, line) if isinstance(line, str) else line


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
