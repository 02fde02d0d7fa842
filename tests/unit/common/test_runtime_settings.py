from __future__ import annotations

from pathlib import Path

import pytest

from darkstar_common.bus.mqtt import Broker
from darkstar_common.config import Config
from darkstar_common.runtime import NO_SECRETS, SettingsError, read_settings

CONFIG = Config.model_validate({"mqtt": {"host": "broker.lan", "port": 1884}})


@pytest.fixture(autouse=True)
def clean(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HOST", "PORT", "USERNAME", "PASSWORD", "PASSWORD_FILE", "TLS", "CA_FILE"):
        monkeypatch.delenv(f"DARKSTAR_MQTT_{name}", raising=False)
    for name in ("HOME_ASSISTANT_TOKEN", "NOTIFY_URLS"):
        monkeypatch.delenv(f"DARKSTAR_{name}", raising=False)
        monkeypatch.delenv(f"DARKSTAR_{name}_FILE", raising=False)
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
    ("mqtt", "environment", "expected"),
    [
        ({}, {}, (False, None)),
        ({"tls": True}, {}, (True, None)),
        ({"tls": True, "ca_file": "ca.pem"}, {}, (True, Path("/etc/darkstar/ca.pem"))),
        ({"tls": True, "ca_file": "/ca.pem"}, {}, (True, Path("/ca.pem"))),
        ({"tls": True}, {"TLS": "false"}, (False, None)),
        ({}, {"TLS": "true", "CA_FILE": "/run/ca.pem"}, (True, Path("/run/ca.pem"))),
        ({"tls": True, "ca_file": "a"}, {"CA_FILE": "/run/b"}, (True, Path("/run/b"))),
    ],
)
def test_whom_to_believe_is_said_by_the_file_or_before_it_by_the_environment(
    mqtt: dict[str, object],
    environment: dict[str, str],
    expected: tuple[bool, Path | None],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("DARKSTAR_CONFIG", "/etc/darkstar/config.yaml")
    for name, value in environment.items():
        monkeypatch.setenv(f"DARKSTAR_MQTT_{name}", value)
    broker = read_settings().broker(Config.model_validate({"mqtt": mqtt}))
    assert (broker.tls, broker.ca_file) == expected


def test_an_authority_without_encryption_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(SettingsError, match=r"nothing would be encrypted: set mqtt\.tls"):
        read_settings().broker(Config.model_validate({"mqtt": {"ca_file": "ca.pem"}}))
    monkeypatch.setenv("DARKSTAR_MQTT_CA_FILE", "/run/ca.pem")
    with pytest.raises(SettingsError, match="nothing would be encrypted"):
        read_settings().broker(CONFIG)


def test_without_secrets_there_are_none() -> None:
    assert read_settings().secrets() == NO_SECRETS


def test_secrets_come_from_the_environment_and_are_never_shown(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("DARKSTAR_HOME_ASSISTANT_TOKEN", "t0ken")
    monkeypatch.setenv("DARKSTAR_NOTIFY_URLS", "discord://1/s3cret  json://s3cret@lan")
    settings = read_settings()
    secrets = settings.secrets()
    assert secrets.home_assistant_token == "t0ken"  # noqa: S105
    assert secrets.notify_urls == ("discord://1/s3cret", "json://s3cret@lan")
    assert "t0ken" not in repr((settings, secrets))
    assert "s3cret" not in repr((settings, secrets))


def test_secrets_may_stand_in_files(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    urls, token = tmp_path / "urls", tmp_path / "token"
    urls.write_text("# where people look\ndiscord://1/s3#cret\n\n  # and at night\njson://lan\n")
    token.write_text("t0ken\n")
    monkeypatch.setenv("DARKSTAR_NOTIFY_URLS_FILE", str(urls))
    monkeypatch.setenv("DARKSTAR_HOME_ASSISTANT_TOKEN_FILE", str(token))
    secrets = read_settings().secrets()
    assert secrets.notify_urls == ("discord://1/s3#cret", "json://lan")
    assert secrets.home_assistant_token == "t0ken"  # noqa: S105


def test_an_empty_file_holds_no_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DARKSTAR_NOTIFY_URLS_FILE", "/dev/null")
    monkeypatch.setenv("DARKSTAR_HOME_ASSISTANT_TOKEN_FILE", "/dev/null")
    assert read_settings().secrets() == NO_SECRETS


@pytest.mark.parametrize("name", ["HOME_ASSISTANT_TOKEN_FILE", "NOTIFY_URLS_FILE"])
def test_a_file_of_secrets_that_is_not_there_is_named(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, name: str
) -> None:
    monkeypatch.setenv(f"DARKSTAR_{name}", str(tmp_path / "none"))
    with pytest.raises(SettingsError, match=f"DARKSTAR_{name} .*none"):
        read_settings().secrets()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("MQTT_PORT", "abc"),
        ("MQTT_PORT", "70000"),
        ("MQTT_TLS", "maybe"),
        ("METRICS_PORT", "-1"),
        ("LOG_FORMAT", "xml"),
    ],
)
def test_a_wrong_variable_is_named_with_its_value(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    monkeypatch.setenv(f"DARKSTAR_{name}", value)
    with pytest.raises(SettingsError, match=f"DARKSTAR_{name} is '{value}'"):
        read_settings()
