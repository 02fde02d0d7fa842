"""Runs a service: settings, logs, the bus, status, metrics, signals; the same for all."""

from __future__ import annotations

import asyncio
import json
import signal
import sys
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager, nullcontext
from dataclasses import dataclass
from datetime import timedelta
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any, TypeAlias

from structlog.typing import FilteringBoundLogger

from darkstar_common.bus.metrics import CONNECTED
from darkstar_common.bus.mqtt import Broker, MqttBus, Presence
from darkstar_common.config import Config, ConfigError, load_config
from darkstar_common.contract import STATUS, Service
from darkstar_common.runtime.certificate import certificate_watched
from darkstar_common.runtime.clock import Clock, clock_from
from darkstar_common.runtime.context import Context, Main
from darkstar_common.runtime.gauges import show_clock
from darkstar_common.runtime.log_lines import KeptLines
from darkstar_common.runtime.log_sending import telling
from darkstar_common.runtime.logs import configure_logs
from darkstar_common.runtime.metrics import metrics_endpoint
from darkstar_common.runtime.reload import Reloading
from darkstar_common.runtime.settings import Secrets, Settings, SettingsError, read_settings
from darkstar_common.runtime.status import Status
from darkstar_common.runtime.watchdog import watchdog
from darkstar_common.runtime.working import Working

PresenceOf: TypeAlias = "Callable[[Config], Presence]"

_UNUSABLE = 2
_SESSION = timedelta(hours=1)
_LONG_SESSION = timedelta(days=7)
"""The recorder's: what the broker queues for it is history that nobody else keeps."""
_WINDOW = 500
"""Messages that the recorder may have before it acknowledges them; what it has not on disk
the broker keeps."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Process:
    name: str
    version: str
    service: Service | None
    settings: Settings
    config: Config
    clock: Clock
    broker: Broker
    secrets: Secrets
    state_dir: Path
    presence: PresenceOf | None


def run(service: Service | str, main: Main, *, presence: PresenceOf | None = None) -> None:
    """Run `main` until it returns or the process gets SIGTERM or SIGINT.

    `main` is cancelled then, may clean up in a `finally` for a few seconds with the bus
    still open, and is told nothing more. A service whose configuration changes is cancelled,
    too, and begins again with the other one; `Context.reread` says that it is so.

    Args:
        service: Which one it is; a plain name for a process outside the contract, such as
            the simulator, which publishes no status.
        main: The service.
        presence: A topic that says whether such a process is there.

    Raises:
        SystemExit: 2 when environment or configuration cannot be used, after one line on
            standard error for each problem; 1 when `main` crashed, after its traceback.
    """
    try:
        process = _prepared(service, presence)
    except (SettingsError, ConfigError) as error:
        lines = str(error).splitlines()
        sys.stderr.writelines(f"darkstar-{service}: {line}\n" for line in lines)
        raise SystemExit(_UNUSABLE) from None
    settings = process.settings
    hidden = _hidden(process)
    kept = KeptLines(hidden=hidden)
    log = configure_logs(
        process.name,
        clock=process.clock,
        log_format=settings.log_format,
        level=settings.log_level,
        kept=kept,
        hidden=hidden,
    )
    code = asyncio.run(_serve(process, main, log, kept))
    if code:
        raise SystemExit(code)


def _prepared(service: Service | str, presence: PresenceOf | None) -> _Process:
    """All that can be wrong before the start, read and checked."""
    settings = read_settings()
    config = settings.applied(load_config(settings.config))
    state_dir = settings.state_dir.absolute() / str(service)
    try:
        clock = clock_from(settings.clock)
        state_dir.mkdir(parents=True, exist_ok=True)
    except ValueError as error:
        raise SettingsError(str(error)) from None
    except OSError as error:
        raise SettingsError(
            f"DARKSTAR_STATE_DIR: {state_dir} cannot be made ({error.strerror})"
        ) from None
    return _Process(
        name=str(service),
        version=_version(str(service)),
        service=service if isinstance(service, Service) else None,
        settings=settings,
        config=config,
        clock=clock,
        broker=settings.broker(config),
        secrets=settings.secrets(),
        state_dir=state_dir,
        presence=presence,
    )


async def _serve(process: _Process, main: Main, log: FilteringBoundLogger, kept: KeptLines) -> int:
    stopped = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stopped.set)
    log.info("service_started", version=process.version, broker=repr(process.broker))
    keeps = process.service is Service.RECORDER
    bus = MqttBus(
        process.broker,
        site=process.config.site,
        client_id=f"darkstar-{process.config.site}-{process.name}",
        now=process.clock.now,
        speed=process.clock.speed,
        sender=process.service or Service.PEOPLE,
        presence=_presence(process, lambda: status),
        session_expiry=_LONG_SESSION if keeps else _SESSION,
        window=_WINDOW if keeps else None,
    )
    status = Status(bus, process.clock, service=process.service, version=process.version)
    context = Context(
        config=process.config,
        bus=bus,
        clock=process.clock,
        log=log,
        status=status,
        state_dir=process.state_dir,
        config_path=process.settings.config,
        secrets=process.secrets,
    )
    show_clock(process.clock)
    watched = certificate_watched(lambda: bus.certificate_ends, status, process.clock)
    shown = _metrics(process, status)
    async with watchdog(), bus, shown, _told(process, bus, kept), watched, status.repeated():
        working = Working(
            main=main, bus=bus, stopped=stopped, reloading=_reloading(process, context)
        )
        code = await working.until_stopped(context)
    log.info("service_stopped", code=code)
    return code


def _told(process: _Process, bus: MqttBus, kept: KeptLines) -> AbstractAsyncContextManager[None]:
    """Tells the page what is logged; a process outside the contract has no topic for it."""
    if process.service is None:
        return nullcontext()
    return telling(kept, bus, process.clock, process.service, connected=_connected)


def _connected() -> bool:
    return any(sample.value == 1 for one in CONNECTED.collect() for sample in one.samples)


def _hidden(process: _Process) -> tuple[str, ...]:
    """What no line of the log may hold, also as JSON writes it."""
    said = process.secrets
    known = (
        process.broker.password, said.home_assistant_token, said.gateway_password,
        said.viewer_password, said.gateway_token, *said.notify_urls,
    )  # fmt: skip
    plain = [one for one in known if one]
    return tuple(dict.fromkeys((*plain, *(json.dumps(one)[1:-1] for one in plain))))


def _reloading(process: _Process, context: Context) -> Reloading | None:
    """What watches the configuration of a service; SIGHUP has it look."""
    if process.service is None:
        return None
    asyncio.get_running_loop().add_signal_handler(signal.SIGHUP, context.reread.ask)
    return Reloading(context, process.service, process.settings.applied)


def _metrics(process: _Process, status: Status) -> Any:
    settings = process.settings
    return metrics_endpoint(
        settings.metrics_host,
        settings.metrics_port,
        name=process.name,
        version=process.version,
        status=status,
    )


def _presence(process: _Process, status: Callable[[], Status]) -> Presence | None:
    """The status topic of a service, or what a process outside the contract asked for."""
    if process.service is None:
        return process.presence(process.config) if process.presence else None

    def said(*, online: bool) -> bytes:
        return status().message(online=online).model_dump_json().encode()

    return Presence(
        topic=STATUS[process.service].topic(process.config.site),
        online=lambda: said(online=True),
        offline=lambda: said(online=False),
    )


def _version(name: str) -> str:
    try:
        return version(f"darkstar-{name}")
    except PackageNotFoundError:
        return "unknown"
