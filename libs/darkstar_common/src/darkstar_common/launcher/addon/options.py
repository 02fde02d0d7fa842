"""What people and the Supervisor say of an add-on, and what each service is told of it: pure.

OptionsError   options or an answer of the Supervisor cannot be used; the text names the option
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError

from darkstar_common.launcher.fleet import SERVICES

HOME_ASSISTANT = "http://supervisor/core"
"""Where the Supervisor lets an add-on reach Home Assistant's API."""
PAGE_PORT = 8410
_URL = re.compile(r"(?m)^(home_assistant:\n(?:  #.*\n)*  url:) null$")
_TIMEZONE = re.compile(r"(?m)^timezone: .*$")


class OptionsError(Exception):
    """They cannot be used."""


class Options(BaseModel):
    """The options of the add-on, as `config.yaml` beside its Dockerfile describes them."""

    model_config = ConfigDict(frozen=True, extra="ignore", hide_input_in_errors=True)

    log_level: Literal["debug", "info", "warning", "error"] = "info"
    page_password: SecretStr | None = None
    """For the page beyond Home Assistant's own window; None: a random one that nobody knows."""
    viewer_password: SecretStr | None = None
    api_token: SecretStr | None = None
    notify_urls: tuple[SecretStr, ...] = ()
    mqtt_host: str | None = None
    """A broker of one's own; None: the one that the Supervisor knows."""
    mqtt_port: int = Field(default=1883, ge=1, le=65535)
    mqtt_tls: bool = False
    mqtt_username: str | None = None
    mqtt_password: SecretStr | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class MqttService:
    """A broker, and how to log in there."""

    host: str
    port: int
    tls: bool
    username: str | None
    password: str | None = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where things are in the container."""

    config: Path
    state: Path
    page_host: str = "0.0.0.0"  # noqa: S104 (the container's; the Supervisor says who reaches it)
    page_port: int = PAGE_PORT


def read_options(plain: Mapping[str, Any]) -> Options:
    """The options in what `options.json` says; an empty text is as if nothing was said.

    Raises:
        OptionsError: One of them cannot be used.
    """
    said = {key: one for key, one in plain.items() if one not in ("", None)}
    try:
        return Options.model_validate(said)
    except ValidationError as error:
        first = error.errors(include_url=False, include_context=False, include_input=False)[0]
        name = ".".join(str(part) for part in first["loc"])
        raise OptionsError(f"option {name}: {first['msg']}") from None


def own_broker(options: Options) -> MqttService | None:
    """The broker that the options name; None where they name none."""
    if options.mqtt_host is None:
        return None
    return MqttService(
        host=options.mqtt_host,
        port=options.mqtt_port,
        tls=options.mqtt_tls,
        username=options.mqtt_username,
        password=_plain(options.mqtt_password),
    )


def supervisors_broker(answer: Mapping[str, Any]) -> MqttService:
    """The broker in the Supervisor's answer to `/services/mqtt`.

    Raises:
        OptionsError: It names none.
    """
    said = answer.get("data")
    try:
        if not isinstance(said, dict):
            raise KeyError("data")  # noqa: TRY301 (one sentence for all that may be missing)
        return MqttService(
            host=str(said["host"]),
            port=int(said["port"]),
            tls=bool(said.get("ssl", False)),
            username=said.get("username") or None,
            password=said.get("password") or None,
        )
    except (KeyError, TypeError, ValueError) as error:
        raise OptionsError(f"the Supervisor's answer on MQTT names no broker ({error})") from None


def environments(
    options: Options,
    mqtt: MqttService,
    place: Place,
    *,
    page_password: str,
    home_assistant_token: str | None,
) -> dict[str, dict[str, str]]:
    """What each service is told, by its name: no more than it needs.

    Args:
        options: Of the add-on.
        mqtt: Where the broker is.
        place: Where things are.
        page_password: What the page asks for where the options say nothing.
        home_assistant_token: With which the Supervisor lets us ask Home Assistant; None: not.
    """
    shared = {
        "DARKSTAR_CONFIG": str(place.config),
        "DARKSTAR_STATE_DIR": str(place.state),
        "DARKSTAR_LOG_FORMAT": "console",
        "DARKSTAR_LOG_LEVEL": options.log_level,
        "DARKSTAR_MQTT_HOST": mqtt.host,
        "DARKSTAR_MQTT_PORT": str(mqtt.port),
        "DARKSTAR_MQTT_TLS": str(mqtt.tls).lower(),
        "DARKSTAR_MQTT_USERNAME": mqtt.username,
        "DARKSTAR_MQTT_PASSWORD": mqtt.password,
        "PYTHONUNBUFFERED": "1",
    }
    asks = {"DARKSTAR_HOME_ASSISTANT_TOKEN": home_assistant_token}
    own: dict[str, dict[str, str | None]] = {
        "recorder": asks,
        "forecaster": asks,
        "gateway": {
            **asks,
            "DARKSTAR_GATEWAY_HOST": place.page_host,
            "DARKSTAR_GATEWAY_PORT": str(place.page_port),
            "DARKSTAR_GATEWAY_PASSWORD": _plain(options.page_password) or page_password,
            "DARKSTAR_VIEWER_PASSWORD": _plain(options.viewer_password),
            "DARKSTAR_GATEWAY_TOKEN": _plain(options.api_token),
            "DARKSTAR_NOTIFY_URLS": "\n".join(
                one.get_secret_value() for one in options.notify_urls
            ),
        },
    }
    return {name: _said({**shared, **own.get(name, {})}) for name in SERVICES}


def first_configuration(example: str, timezone: str | None) -> str:
    """The configuration of a new installation: the example, with what the Supervisor knows."""
    text = _URL.sub(rf"\1 {HOME_ASSISTANT}", example)
    return _TIMEZONE.sub(f"timezone: {timezone}", text, count=1) if timezone else text


def _said(values: Mapping[str, str | None]) -> dict[str, str]:
    return {key: one for key, one in values.items() if one}


def _plain(secret: SecretStr | None) -> str | None:
    return secret.get_secret_value() if secret else None
