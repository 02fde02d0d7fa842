"""`darkstar-forecaster train`: the running service does so now, or models are trained on a file."""

from __future__ import annotations

import asyncio
import sys
from argparse import Namespace
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

from darkstar_common.bus import RequestTimeoutError
from darkstar_common.bus.mqtt import Broker, MqttBus
from darkstar_common.config import Config, load_config
from darkstar_common.contract import FORECAST_TRAIN, Quantity, RequestResult, Service, TrainForecast
from darkstar_common.runtime import SystemClock, read_settings
from darkstar_common.runtime.logs import configure_logs
from darkstar_forecaster.core.promotion import Lesson
from darkstar_forecaster.registry import QUANTITIES, Registry
from darkstar_forecaster.tools.archive import read_archive
from darkstar_forecaster.tools.past_weather import SYNTHETIC, past_weather
from darkstar_forecaster.tools.tool import Commands, ToolError

_HELP = "train models: the running service its own, or here on a file"
_PATIENCE = timedelta(seconds=10)


def register(commands: Commands) -> None:
    """Add the command."""
    parser = commands.add_parser("train", help=_HELP, description=_HELP)
    parser.set_defaults(work=train)
    parser.add_argument("--quantity", choices=(*QUANTITIES, "all"), default="all")
    parser.add_argument(
        "--data", type=Path, metavar="CSV",
        help="train here on what this file tells; columns as for backtest",
    )  # fmt: skip
    parser.add_argument("--config", type=Path, help="the house's configuration, with --data")
    parser.add_argument(
        "--weather", metavar=f"CSV|{SYNTHETIC}", help="weather as for backtest, with --data"
    )
    parser.add_argument(
        "--models", type=Path, metavar="DIRECTORY",
        help="what is promoted is kept there, with --data; the service's is models/ in its state",
    )  # fmt: skip


def train(options: Namespace) -> int:
    """Train, or have the service do so; 1 when the service or all candidates were refused.

    Raises:
        ToolError: It cannot be done; the sentence says why and the way out.
    """
    if options.data is None:
        return _by_the_service(options.quantity)
    from darkstar_forecaster.core.methods import learn  # noqa: PLC0415 (takes long to load)

    config = load_config(options.config) if options.config else Config()
    told = read_archive(options.data, config)
    weather = past_weather(options.weather, told.archive.past, config)
    known = replace(told.archive, weather=weather).at(told.end)
    registry = Registry(options.models) if options.models else None
    promoted = 0
    for quantity in told.quantities:
        if options.quantity not in {"all", quantity}:
            continue
        current = registry.current(quantity, config) if registry else None
        lesson = learn(known, config, quantity, current[1] if current else None)
        promoted += lesson.promoted is not None
        sys.stdout.write(f"{_line(quantity, lesson)}\n")
        if registry is not None:
            _keep(registry, lesson, config)
    return 0 if promoted else 1


def _line(quantity: Quantity, lesson: Lesson) -> str:
    outcome = "promoted" if lesson.promoted else "not promoted"
    return f"{quantity}: {outcome}: {lesson.reason}"


def _keep(registry: Registry, lesson: Lesson, config: Config) -> None:
    try:
        entry = registry.keep(lesson, SystemClock().now(), config)
    except OSError as error:
        raise ToolError(f"the models cannot be kept: {error}") from None
    if entry is not None and not entry.rejected:
        sys.stdout.write(f"{entry.version} is in use\n")


def _by_the_service(quantity: Quantity) -> int:
    settings = read_settings()
    config, clock = settings.applied(load_config(settings.config)), SystemClock()
    configure_logs("forecaster-train", clock=clock, log_format="console", level="error")
    answer = asyncio.run(asked(settings.broker(config), config, TrainForecast(quantity=quantity)))
    sys.stdout.write(f"{answer.reason}\n")
    return 0 if answer.accepted else 1


async def asked(
    broker: Broker, config: Config, request: TrainForecast, patience: timedelta = _PATIENCE
) -> RequestResult:
    """What the running forecaster answers.

    Raises:
        ToolError: Broker or forecaster did not answer.
    """
    bus = MqttBus(
        broker,
        site=config.site,
        client_id=f"darkstar-{config.site}-forecaster-{uuid4().hex[:8]}",
        now=SystemClock().now,
        sender=Service.FORECASTER,  # whose broker user this machine has
        session_expiry=timedelta(0),
    )
    async with bus:
        try:
            async with asyncio.timeout(patience.total_seconds()):
                await bus.connected()
            reply = await bus.request(FORECAST_TRAIN, request, timeout=patience)
        except TimeoutError:
            raise ToolError(
                f"there is no broker at {broker.host}:{broker.port} that lets us in; set "
                "DARKSTAR_CONFIG, DARKSTAR_MQTT_USERNAME and DARKSTAR_MQTT_PASSWORD_FILE as for "
                "the service"
            ) from None
        except RequestTimeoutError:
            raise ToolError("the forecaster does not answer; see whether it runs") from None
        return reply.result
