"""The add-on: what its options and the Supervisor say, and what each service is told."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML
from support.fake_web import Asked, Given, fake_web

from darkstar_common.config import load_config
from darkstar_common.launcher.addon.options import (
    HOME_ASSISTANT,
    MqttService,
    Options,
    OptionsError,
    Place,
    environments,
    first_configuration,
    own_broker,
    read_options,
    supervisors_broker,
)
from darkstar_common.launcher.addon.supervisor import Supervisor, SupervisorError, options_in
from darkstar_common.launcher.fleet import SERVICES
from darkstar_common.launcher.supervising import FAREWELL, GRACE

ROOT = Path(__file__).resolve().parents[3]
ADDON = ROOT / "deploy/home-assistant/addon"
EXAMPLE = (ROOT / "config.example.yaml").read_text(encoding="utf-8")
PLACE = Place(config=Path("/config/config.yaml"), state=Path("/data/state"))
MQTT = MqttService(
    host="core-mosquitto",
    port=1883,
    tls=False,
    username="addons",
    password="of-the-broker",  # noqa: S106 (made up)
)
ANSWER = {
    "result": "ok",
    "data": {
        "host": "core-mosquitto", "port": 1883, "ssl": False, "protocol": "3.1.1",
        "username": "addons", "password": "of-the-broker", "addon": "core_mosquitto",
    },
}  # fmt: skip


def _told(options: Options | None = None, mqtt: MqttService = MQTT) -> dict[str, dict[str, str]]:
    made = {"page_password": "made-here", "home_assistant_token": "of-ha"}
    return environments(options or Options(), mqtt, PLACE, **made)


def _read(name: str) -> dict[str, Any]:
    plain: dict[str, Any] = YAML(typ="safe").load(ADDON / name)
    return plain


def test_every_service_is_told_where_the_broker_is() -> None:
    told = _told()
    assert set(told) == set(SERVICES)
    for environment in told.values():
        assert environment["DARKSTAR_MQTT_HOST"] == "core-mosquitto"
        assert environment["DARKSTAR_MQTT_PORT"] == "1883"
        assert environment["DARKSTAR_MQTT_TLS"] == "false"
        assert environment["DARKSTAR_MQTT_USERNAME"] == "addons"
        assert environment["DARKSTAR_MQTT_PASSWORD"] == MQTT.password
        assert environment["DARKSTAR_CONFIG"] == "/config/config.yaml"
        assert environment["DARKSTAR_STATE_DIR"] == "/data/state"


def test_nobody_is_told_more_than_it_needs() -> None:
    told = _told(Options.model_validate({"api_token": "t" * 16, "notify_urls": ["a://b"]}))
    knows = {name for name, one in told.items() if "DARKSTAR_HOME_ASSISTANT_TOKEN" in one}
    assert knows == {"recorder", "forecaster", "gateway"}
    for name in set(SERVICES) - {"gateway"}:
        assert not [key for key in told[name] if "GATEWAY" in key or "NOTIFY" in key]
    assert told["gateway"]["DARKSTAR_GATEWAY_TOKEN"] == "t" * 16
    assert told["gateway"]["DARKSTAR_NOTIFY_URLS"] == "a://b"


@pytest.mark.parametrize(
    ("chosen", "expected"), [({}, "made-here"), ({"page_password": "x" * 8}, "x" * 8)]
)
def test_the_page_has_a_password_in_any_case(chosen: dict[str, str], expected: str) -> None:
    told = _told(Options.model_validate(chosen))["gateway"]
    assert told["DARKSTAR_GATEWAY_PASSWORD"] == expected
    assert told["DARKSTAR_GATEWAY_HOST"] == PLACE.page_host
    assert told["DARKSTAR_GATEWAY_PORT"] == str(_read("config.yaml")["ingress_port"])


def test_a_broker_of_ones_own_goes_before_the_supervisors() -> None:
    options = read_options(
        {"mqtt_host": "10.0.0.2", "mqtt_port": 8883, "mqtt_tls": True, "mqtt_username": "me"}
    )
    own = own_broker(options)
    assert own is not None
    assert (own.host, own.port, own.tls, own.username, own.password) == (
        "10.0.0.2", 8883, True, "me", None,
    )  # fmt: skip
    assert _told(options, own)["planner"]["DARKSTAR_MQTT_TLS"] == "true"
    assert "DARKSTAR_MQTT_PASSWORD" not in _told(options, own)["planner"]
    assert own_broker(read_options({})) is None


def test_what_is_left_empty_is_as_if_not_said() -> None:
    assert (
        read_options({"mqtt_host": "", "page_password": "", "viewer_password": None}) == Options()
    )


@pytest.mark.parametrize(
    ("plain", "named"),
    [({"log_level": "loud"}, "log_level"), ({"mqtt_port": 70000}, "mqtt_port"),
     ({"notify_urls": "x"}, "notify_urls")],
)  # fmt: skip
def test_an_option_that_cannot_be_used_is_named(plain: dict[str, Any], named: str) -> None:
    with pytest.raises(OptionsError, match=f"option {named}"):
        read_options(plain)


def test_no_secret_shows_where_options_are_printed() -> None:
    options = read_options({"page_password": "hush-hush", "mqtt_password": "hush-hush"})
    assert "hush" not in repr(options)
    assert "broker'" not in repr(MQTT)


def test_the_supervisors_answer_is_understood() -> None:
    assert supervisors_broker(ANSWER) == MQTT


@pytest.mark.parametrize(
    "answer",
    [{}, {"data": []}, {"data": {"host": "x"}}, {"data": {"host": "x", "port": "y"}}],
)
def test_an_answer_without_a_broker_is_refused(answer: dict[str, Any]) -> None:
    with pytest.raises(OptionsError, match="names no broker"):
        supervisors_broker(answer)


def test_a_new_house_begins_in_shadow_mode_and_knows_home_assistant(tmp_path: Path) -> None:
    path = tmp_path / "config.yaml"
    path.write_text(first_configuration(EXAMPLE, "Europe/Helsinki"), encoding="utf-8")
    config = load_config(path)
    assert config.executor.shadow
    assert config.home_assistant.url == HOME_ASSISTANT
    assert config.timezone == "Europe/Helsinki"
    assert config.gateway.access.required
    assert config.gateway.access.ingress_address == "172.30.32.2", "the Supervisor's"
    assert first_configuration(EXAMPLE, None).count("\n") == EXAMPLE.count("\n")


def test_the_options_that_are_offered_are_the_ones_that_are_read() -> None:
    offered = _read("config.yaml")
    assert set(offered["schema"]) == set(Options.model_fields)
    assert set(offered["options"]) <= set(offered["schema"])
    assert read_options(offered["options"]) == Options()


@pytest.mark.parametrize("language", ["en", "sv"])
def test_every_option_is_explained_in(language: str) -> None:
    offered, said = _read("config.yaml"), _read(f"translations/{language}.yaml")
    assert set(said["configuration"]) == set(offered["schema"])
    assert all(set(one) == {"name", "description"} for one in said["configuration"].values())
    assert set(said["network"]) == set(offered["ports"])


def test_what_the_supervisor_is_asked_for_is_what_is_promised() -> None:
    offered = _read("config.yaml")
    assert offered["arch"] == ["amd64", "aarch64"]
    assert set(_read("build.yaml")["build_from"]) == set(offered["arch"])
    given = (GRACE + FAREWELL).total_seconds()
    assert offered["timeout"] > given, "longer than the services are given"
    assert offered["ports"] == {"8410/tcp": None}, "closed until somebody opens it"
    assert offered["services"] == ["mqtt:want"]
    assert offered["watchdog"].startswith("tcp://"), "a house with a problem is not to be restarted"
    assert not {"privileged", "full_access", "host_network", "docker_api"} & set(offered)


def _supervisor(url: str) -> Supervisor:
    return Supervisor.from_environment({"SUPERVISOR_URL": url, "SUPERVISOR_TOKEN": "told"})


def test_the_supervisor_is_asked_with_the_token_that_it_gave() -> None:
    def answer(asked: Asked) -> Given:
        assert asked.headers["authorization"] == "Bearer told"
        if asked.path == "/info":
            return Given(body={"data": {"timezone": "Europe/Oslo"}})
        return Given(body=ANSWER)

    with fake_web(answer) as web:
        assert supervisors_broker(_supervisor(web.url).mqtt()) == MQTT
        assert _supervisor(web.url).timezone() == "Europe/Oslo"


def test_without_a_broker_it_says_what_to_install() -> None:
    with (
        fake_web(lambda _: Given(status=400, body={"result": "error"})) as web,
        pytest.raises(SupervisorError, match="install and start the Mosquitto broker add-on"),
    ):
        _supervisor(web.url).mqtt()


def test_a_supervisor_that_is_away_is_said() -> None:
    with pytest.raises(SupervisorError, match="does not answer"):
        _supervisor("http://127.0.0.1:9").mqtt()
    assert _supervisor("http://127.0.0.1:9").timezone() is None


@pytest.mark.parametrize("text", ["", "[]", "{", '{"mqtt_port": "x"}'])
def test_options_that_cannot_be_read_are_refused(text: str, tmp_path: Path) -> None:
    path = tmp_path / "options.json"
    path.write_text(text)
    with pytest.raises(OptionsError):
        options_in(path)
    path.write_text(json.dumps({"log_level": "debug"}))
    assert options_in(path).log_level == "debug"
