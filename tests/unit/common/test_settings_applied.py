"""What the environment says of the gateway goes before the file, as in a container."""

from __future__ import annotations

from pathlib import Path

import pytest

from darkstar_common.config import Config, Gateway
from darkstar_common.runtime.settings import SettingsError, read_settings

CONFIG = Config(gateway=Gateway(host="192.0.2.7", port=9000))


@pytest.mark.parametrize(
    ("environment", "expected"),
    [
        ({}, ("192.0.2.7", 9000)),
        ({"DARKSTAR_GATEWAY_HOST": "0.0.0.0"}, ("0.0.0.0", 9000)),  # noqa: S104 (as in a container)
        ({"DARKSTAR_GATEWAY_PORT": "8410"}, ("192.0.2.7", 8410)),
        ({"DARKSTAR_GATEWAY_PORT": "0"}, ("192.0.2.7", 0)),
        ({"DARKSTAR_GATEWAY_HOST": "", "DARKSTAR_GATEWAY_PORT": ""}, ("192.0.2.7", 9000)),
    ],
)
def test_the_environment_says_where_the_gateway_listens(
    environment: dict[str, str], expected: tuple[str, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    applied = read_settings().applied(CONFIG)
    assert (applied.gateway.host, applied.gateway.port) == expected
    assert applied.model_copy(update={"gateway": CONFIG.gateway}) == CONFIG


def test_a_port_that_is_none_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DARKSTAR_GATEWAY_PORT", "70000")
    with pytest.raises(SettingsError, match="DARKSTAR_GATEWAY_PORT is '70000'"):
        read_settings()


def test_a_password_is_read_from_its_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    secret = tmp_path / "planner"
    secret.write_text("a word\n", encoding="utf-8")
    monkeypatch.setenv("DARKSTAR_MQTT_USERNAME", "planner")
    monkeypatch.setenv("DARKSTAR_MQTT_PASSWORD_FILE", str(secret))
    broker = read_settings().broker(CONFIG)
    assert (broker.username, broker.password) == ("planner", "a word")
