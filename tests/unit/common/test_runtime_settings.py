from __future__ import annotations

from pathlib import Path

import pytest

from darkstar_common.bus.mqtt import Broker
from darkstar_common.config import Config
from darkstar_common.runtime import SettingsError, read_settings

CONFIG = Config.model_validate({"mqtt": {"host": "broker.lan", "port": 1884}})


@pytest.fixture(autouse=True)
def clean(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HOST", "PORT", "USERNAME", "PASSWORD", "PASSWORD_FILE"):
        monkeypatch.delenv(f"DARKSTAR_MQTT_{name}", raising=False)
    for name in ("METRICS_PORT", "LOG_FORMAT", "CLOCK", "STATE_DIR", "CONFIG"):
        monkeypatch.delenv(f"DARKSTAR_{name}", raising=False)


def test_the_file_names_the_broker(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DARKSTAR_MQTT_HOST", "")
    assert read_settings().broker(CONFIG) == Broker(host="broker.lan", port=1884)


def test_the_environment_goes_before_the_file(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {"HOST": "here", "PORT": "1", "USERNAME": "me", "PASSWORD": "s3"}.items():
        monkeypatch.setenv(f"DARKSTAR_MQTT_{name}", value)
    broker = read_settings().broker(CONFIG)
    assert broker == Broker(host="here", port=1, username="me", password="s3")  # noqa: S106
    assert "s3" not in repr(broker)


def test_a_password_may_stand_in_a_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("s3\n")
    monkeypatch.setenv("DARKSTAR_MQTT_PASSWORD_FILE", str(secret))
    assert read_settings().broker(CONFIG).password == "s3"  # noqa: S105
    secret.unlink()
    with pytest.raises(SettingsError, match="PASSWORD_FILE"):
        read_settings().broker(CONFIG)


@pytest.mark.parametrize(
    ("name", "value"),
    [("MQTT_PORT", "abc"), ("MQTT_PORT", "70000"), ("METRICS_PORT", "-1"), ("LOG_FORMAT", "xml")],
)
def test_a_wrong_variable_is_named_with_its_value(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    monkeypatch.setenv(f"DARKSTAR_{name}", value)
    with pytest.raises(SettingsError, match=f"DARKSTAR_{name} is '{value}'"):
        read_settings()
