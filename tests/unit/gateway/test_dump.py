"""The dump: whole enough to plan anew, and nothing in it that is private."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.gateway_app import NOON, Gateway, a_gateway
from support.gateway_house import messages, schedule, service_status
from support.gateway_recorder import a_recorder

from darkstar_common.config import Config
from darkstar_common.contract import Episode, Issue, Service
from darkstar_common.runtime import Secrets
from darkstar_common.slots import SLOT
from darkstar_gateway.api.page import Page
from darkstar_gateway.core.redact import Redaction, private_words, told_settings
from darkstar_planner.core.reading import read_problem
from darkstar_recorder.store import Batch

KEPT = Path(__file__).parents[2] / "contract/payloads/v1/Episode.json"
PRIVATE = Config.model_validate(
    {
        "site": "villa_ekbacken",
        "location": {"latitude": 57.70887, "longitude": 11.97456, "altitude_m": 123.25},
        "mqtt": {"host": "broker.ekbacken.example"},
        "home_assistant": {"url": "https://ha.ekbacken.example:8123/x"},
        "executor": {"roles": {"battery_soc": "sensor.annas_battery"}},
        "appliances": [{"id": "annas_kiln", "name": "Anna's kiln"}],
        "evs": [{"id": "annas_car"}],
        "gateway": {
            "access": {"hosts": ["page.ekbacken.example"]}, "notify_service": "annas_phone",
        },
    }
)  # fmt: skip
PLANTED = (
    "ekbacken", "anna", "Anna", "57.70887", "11.97456", "123.25", "Planted-", "8123/x",
)  # fmt: skip
SECRETS = Secrets(
    home_assistant_token="Planted-2-of-ha",  # noqa: S106 (it is of this test)
    notify_urls=("discord://Planted-3/Planted-4",),
    gateway_password="Planted-5",  # noqa: S106 (it is of this test)
    viewer_password="Planted-6",  # noqa: S106 (it is of this test)
    gateway_token="Planted-7",  # noqa: S106 (it is of this test)
)


@pytest.fixture
async def private(tmp_path: Path) -> AsyncIterator[Gateway]:
    """The gateway of a house full of names; everybody may look."""
    config = PRIVATE.model_copy(
        update={
            "gateway": PRIVATE.gateway.model_copy(
                update={"access": PRIVATE.gateway.access.model_copy(update={"required": False})}
            )
        }
    )
    async with a_gateway(Page({}), config=config, secrets=SECRETS, state_dir=tmp_path) as made:
        yield made


async def dumped(gateway: Gateway) -> Any:
    answer = await gateway.get("/api/dump")
    assert answer.status_code == 200, answer.text
    assert "attachment" in answer.headers["content-disposition"]
    return answer.json()


def a_run() -> Episode:
    """A planning run as it once was."""
    kept = json.loads(KEPT.read_text())
    said = {"message_id": schedule(NOON).message_id, "emitted_at": NOON - SLOT}
    return Episode.model_validate({**kept, **said})


async def test_it_holds_what_a_plan_is_made_of(gateway: Gateway, tmp_path: Path) -> None:
    for channel, message in messages(NOON):
        gateway.live.apply(channel.path, message)
    async with a_recorder(gateway, tmp_path) as store:
        store.commit(Batch(at=NOON, messages=(a_run(),)))
        found = await dumped(gateway)
    assert found["darkstar_dump"] == 1
    assert found["made_at"] == "2026-06-12T12:00:00Z"
    assert found["versions"]["planner"] == "0.1.0"
    assert found["problem"] == a_run().inputs
    assert found["states"]["schedule"]["slots"]
    assert found["states"]["house_state"]["soc_percent"]["value"] == 46.3
    assert found["settings"]["battery"]["capacity_kwh"] == 10.0
    assert found["health"]["overall"] == "ok"


async def test_the_planner_reads_the_problem_in_it(gateway: Gateway, tmp_path: Path) -> None:
    async with a_recorder(gateway, tmp_path) as store:
        store.commit(Batch(at=NOON, messages=(a_run(),)))
        text = (await gateway.get("/api/dump")).content
    assert read_problem(text) == read_problem(json.dumps(a_run().inputs))


async def test_without_a_run_or_a_recorder_it_is_made_and_says_so(
    hasty: Gateway, gateway: Gateway, tmp_path: Path
) -> None:
    found = await dumped(hasty)
    assert found["problem"] is None
    assert "recorder did not answer" in found["problem_note"]
    async with a_recorder(gateway, tmp_path):
        found = await dumped(gateway)
    assert found["problem"] is None
    assert "No planning run" in found["problem_note"]


async def test_nothing_private_is_in_it(private: Gateway, tmp_path: Path) -> None:
    issue = Issue(
        key="entity_missing", severity="error", entity="sensor.annas_cellar",
        message="sensor.annas_cellar and Anna's kiln are missing at broker.ekbacken.example.",
    )  # fmt: skip
    for channel, message in messages(NOON):
        private.live.apply(channel.path, message)
    channel, status = service_status(Service.EXECUTOR, NOON, issue)
    private.live.apply(channel.path, status)
    plan_of_car = schedule(NOON)
    slots = tuple(
        one.model_copy(update={"evs": {"annas_car": 1.0}, "reason": "annas_car at Planted-5."})
        for one in plan_of_car.slots
    )
    private.live.apply("plan/schedule", plan_of_car.model_copy(update={"slots": slots}))
    async with a_recorder(private, tmp_path) as store:
        store.commit(Batch(at=NOON, messages=(a_run(),)))
        text = (await private.get("/api/dump")).text
    for planted in PLANTED:
        assert planted not in text, planted
    assert "entity_missing" in text
    assert json.loads(text)["problem"] is not None


@pytest.mark.parametrize("word", PLANTED[:2])
def test_the_test_itself_plants_what_it_looks_for(word: str) -> None:
    assert word in PRIVATE.model_dump_json()


def test_settings_keep_all_that_is_no_name() -> None:
    told = Redaction(private_words(PRIVATE)).of(told_settings(PRIVATE))
    plain = Config().model_dump(mode="json")
    assert told["location"] == {"latitude": None, "longitude": None, "altitude_m": None}
    assert set(told["executor"]["roles"]) == {"battery_soc"}
    assert told["appliances"][0]["power_kw"] == 1.0
    for same in ("battery", "tariff", "planner", "timezone", "prices", "recorder", "forecaster"):
        assert told[same] == plain[same], same
    assert told["gateway"]["access"]["session_days"] == 30.0


def test_settings_nobody_has_touched_are_told_as_they_are() -> None:
    assert private_words(Config()) == ()
    assert told_settings(Config()) == Config().model_dump(mode="json")


def test_the_same_name_is_the_same_everywhere_and_others_are_others() -> None:
    redaction = Redaction(("annas_car", "bobs_car"))
    first, other = redaction.of({"annas_car": ["annas_car/charging"], "n": {"bobs_car": 1}}).items()
    assert first[1] == [f"{first[0]}/charging"]
    assert set(other[1]) != {first[0]}
    assert redaction.of("annas_cars") == "annas_cars", "another word"


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=20,
)


@given(value=_JSON, secret=st.text(alphabet='xyz!\\"', min_size=4, max_size=8))
def test_no_secret_survives_whatever_it_stands_in(value: Any, secret: str) -> None:
    sown = {"a": value, f"k{secret}k": f"-{secret}-", "list": [secret, {"deep": secret * 2}]}
    told = Redaction((), (secret,)).of(sown)
    assert secret not in _all_text(told)


@given(value=_JSON)
def test_without_anything_private_all_stays(value: Any) -> None:
    assert Redaction(()).of(value) == value


def _all_text(value: Any) -> str:
    if isinstance(value, dict):
        return "\n".join(f"{key}\n{_all_text(one)}" for key, one in value.items())
    if isinstance(value, list):
        return "\n".join(_all_text(one) for one in value)
    return str(value)
