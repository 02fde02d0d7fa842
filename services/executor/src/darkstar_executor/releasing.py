"""`darkstar-executor release`: asks the running executor to give the devices back."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from uuid import uuid4

from darkstar_common.bus import RequestTimeoutError
from darkstar_common.bus.mqtt import Broker, MqttBus
from darkstar_common.config import Config, load_config
from darkstar_common.contract import CONTROL_RELEASE, ControlRelease, RequestResult, Service
from darkstar_common.runtime import SystemClock, read_settings
from darkstar_common.runtime.logs import configure_logs

_PATIENCE = 10.0
"""For the broker, and then for the answer [s]."""


class NoAnswerError(Exception):
    """Nobody was there to answer."""


def release() -> RequestResult:
    """What the executor says to it.

    Raises:
        SettingsError: The environment cannot be used.
        ConfigError: The configuration cannot be used.
        NoAnswerError: Broker or executor did not answer.
    """
    settings = read_settings()
    config = load_config(settings.config)
    clock = SystemClock()
    configure_logs("executor-release", clock=clock, log_format="console", level="error")
    return asyncio.run(asked(settings.broker(config), config, clock))


async def asked(
    broker: Broker, config: Config, clock: SystemClock, patience: float = _PATIENCE
) -> RequestResult:
    """The same, with what was read from the environment.

    Raises:
        NoAnswerError: Broker or executor did not answer.
    """
    bus = MqttBus(
        broker,
        site=config.site,
        client_id=f"darkstar-{config.site}-executor-{uuid4().hex[:8]}",
        now=clock.now,
        sender=Service.EXECUTOR,  # whose broker user this machine has
        session_expiry=timedelta(0),
    )
    async with bus:
        try:
            async with asyncio.timeout(patience):
                await bus.connected()
        except TimeoutError:
            raise NoAnswerError(
                f"there is no broker at {broker.host}:{broker.port} that lets us in; set "
                "DARKSTAR_CONFIG, DARKSTAR_MQTT_USERNAME and DARKSTAR_MQTT_PASSWORD_FILE as for "
                "the service"
            ) from None
        try:
            reply = await bus.request(
                CONTROL_RELEASE,
                ControlRelease(sender=Service.EXECUTOR),
                timeout=timedelta(seconds=patience),
            )
        except RequestTimeoutError:
            raise NoAnswerError(
                "no executor has answered; start it, for it alone may write to the devices, and "
                "ask again"
            ) from None
    return reply.result
