"""What a process is told by its environment: where things are, never how the house is.

SettingsError   a variable cannot be used; the text names it, its value and the way out
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from pydantic import Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from darkstar_common.bus.mqtt import Broker
from darkstar_common.config import Config

_PREFIX = "DARKSTAR_"


class SettingsError(Exception):
    """The environment cannot be used."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Secrets:
    """What is for the service alone; nothing of it is ever printed, logged or published."""

    home_assistant_token: str | None = field(default=None, repr=False)
    """A long-lived access token of Home Assistant; None: there is none."""
    notify_urls: tuple[str, ...] = field(default=(), repr=False)
    """Where notifications go, in Apprise's words."""
    gateway_password: str | None = field(default=None, repr=False)
    """With which people may look and act at the page; None: there is none."""
    viewer_password: str | None = field(default=None, repr=False)
    """With which people may look and no more; None: there is none."""
    gateway_token: str | None = field(default=None, repr=False)
    """With which programs may do all at the API; None: there is none."""


NO_SECRETS = Secrets()


class Settings(BaseSettings):
    """The variables `DARKSTAR_…`, which all processes share."""

    model_config = SettingsConfigDict(
        env_prefix=_PREFIX, extra="ignore", frozen=True, env_ignore_empty=True
    )

    config: Path = Field(default=Path("config.yaml"), description="The configuration file")
    mqtt_host: str | None = Field(default=None, description="Goes before mqtt.host in the file")
    mqtt_port: int | None = Field(
        default=None, ge=1, le=65535, description="Goes before mqtt.port in the file"
    )
    mqtt_tls: bool | None = Field(default=None, description="Goes before mqtt.tls in the file")
    mqtt_ca_file: Path | None = Field(
        default=None, description="Goes before mqtt.ca_file in the file"
    )
    mqtt_username: str | None = Field(default=None, description="This service's broker user")
    mqtt_password: SecretStr | None = Field(default=None, description="Its password")
    mqtt_password_file: Path | None = Field(default=None, description="A file that holds it")
    home_assistant_token: SecretStr | None = Field(
        default=None, description="A long-lived access token of Home Assistant"
    )
    home_assistant_token_file: Path | None = Field(default=None, description="A file that holds it")
    notify_urls: SecretStr | None = Field(
        default=None, description="Apprise URLs for notifications, with spaces between"
    )
    notify_urls_file: Path | None = Field(
        default=None, description="A file that holds them, one a line; # begins a comment"
    )
    gateway_password: SecretStr | None = Field(
        default=None, description="With which people may look and act at the page"
    )
    gateway_password_file: Path | None = Field(default=None, description="A file that holds it")
    viewer_password: SecretStr | None = Field(
        default=None, description="With which people may look at the page and no more"
    )
    viewer_password_file: Path | None = Field(default=None, description="A file that holds it")
    gateway_token: SecretStr | None = Field(
        default=None, description="With which programs may do all at the API"
    )
    gateway_token_file: Path | None = Field(default=None, description="A file that holds it")
    gateway_host: str | None = Field(
        default=None, description="Goes before gateway.host in the file"
    )
    gateway_port: int | None = Field(
        default=None, ge=0, le=65535, description="Goes before gateway.port in the file"
    )
    state_dir: Path = Field(
        default=Path("state"), description="Each service keeps its files in a directory below"
    )
    metrics_host: str = Field(default="127.0.0.1", description="Address of the metrics endpoint")
    metrics_port: int = Field(default=0, ge=0, le=65535, description="Its port; 0: none")
    log_format: Literal["auto", "json", "console"] = Field(
        default="auto", description="auto: console at a terminal, json elsewhere"
    )
    log_level: Literal["debug", "info", "warning", "error"] = Field(
        default="info", description="Quieter or noisier"
    )
    clock: str = Field(default="", description="START@ANCHOR*SPEED; empty: the machine's clock")

    def applied(self, config: Config) -> Config:
        """`config` with what the environment says of this machine or container in its place."""
        gateway = _said(host=self.gateway_host, port=self.gateway_port)
        mqtt = _said(host=self.mqtt_host, port=self.mqtt_port, tls=self.mqtt_tls)
        if self.mqtt_ca_file is not None:
            mqtt["ca_file"] = str(self.mqtt_ca_file.absolute())
        update = {
            "gateway": config.gateway.model_copy(update=gateway),
            "mqtt": config.mqtt.model_copy(update=mqtt),
        }
        return config.model_copy(update=update)

    def broker(self, config: Config) -> Broker:
        """Where the broker is, by the environment before the file.

        Raises:
            SettingsError: The password's file cannot be read, or an authority is named for a
                connection that is not encrypted.
        """
        here = self.applied(config).mqtt
        if here.ca_file is not None and not here.tls:
            raise SettingsError(
                "mqtt.ca_file (or DARKSTAR_MQTT_CA_FILE) names an authority, and mqtt.tls is off, "
                "so nothing would be encrypted: set mqtt.tls (or DARKSTAR_MQTT_TLS) to true, or "
                "leave the authority out"
            )
        return Broker(
            host=here.host,
            port=here.port,
            username=self.mqtt_username,
            password=self._secret("mqtt_password"),
            tls=here.tls,
            ca_file=self.config.parent / here.ca_file if here.ca_file else None,
        )

    def secrets(self) -> Secrets:
        """What the environment tells of secrets besides the broker's password.

        Raises:
            SettingsError: A file that is to hold one cannot be read.
        """
        lines = (self._secret("notify_urls") or "").splitlines()
        urls = [word for one in lines if not one.lstrip().startswith("#") for word in one.split()]
        return Secrets(
            home_assistant_token=self._secret("home_assistant_token") or None,
            notify_urls=tuple(urls),
            gateway_password=self._secret("gateway_password") or None,
            viewer_password=self._secret("viewer_password") or None,
            gateway_token=self._secret("gateway_token") or None,
        )

    def _secret(self, name: str) -> str | None:
        """The variable `name`, or what the file says that `name`_file names."""
        said: SecretStr | None = getattr(self, name)
        if said is not None:
            return said.get_secret_value()
        path: Path | None = getattr(self, f"{name}_file")
        if path is None:
            return None
        try:
            return path.read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError) as error:
            variable = f"{_PREFIX}{name.upper()}_FILE"
            raise SettingsError(f"{variable} ({path}) cannot be read: {error}") from None


def _said(**values: object) -> dict[str, object]:
    return {key: value for key, value in values.items() if value is not None}


def read_settings() -> Settings:
    """The settings in this process's environment.

    Raises:
        SettingsError: One of them cannot be used.
    """
    try:
        return Settings()
    except ValidationError as error:
        raise SettingsError(
            "; ".join(
                f"{_PREFIX}{str(one['loc'][0]).upper()} is {one['input']!r}: {one['msg']}"
                for one in error.errors(include_url=False)
            )
        ) from None
