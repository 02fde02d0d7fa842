import pytest
from unit.executor.heard import heard
from unit.executor.samples import PREFIX, ROLES, discovery, state_topic

from darkstar_common.config import Config, Executor, Mqtt
from darkstar_executor.listening import filters

SOC = Config(executor=Executor(roles={"battery_soc": ROLES["battery_soc"]}))
TOPIC, PAYLOAD = discovery("battery_soc")


def test_discovery_is_listened_to_from_the_start() -> None:
    assert filters(Config(mqtt=Mqtt(discovery_prefix="ha"))) == (
        "ha/+/+/config",
        "ha/+/+/+/config",
        "darkstar/v1/home/bridge/discovery/+/+/config",
    )


async def test_what_is_announced_while_it_runs_is_bound() -> None:
    async with heard(SOC, (state_topic("battery_soc"), "44")) as house:
        assert house.status("battery_soc")[0] == "missing"
        await house.say(TOPIC, PAYLOAD)
        assert house.status("battery_soc") == ("bound", "")
        assert house.reading("battery_soc").value == 44, "what is retained is heard at once"
        await house.say(state_topic("battery_soc"), "45", retain=False)
        assert house.reading("battery_soc").value == 45


async def test_what_is_taken_back_is_unknown_until_it_is_there_again() -> None:
    async with heard(SOC, (TOPIC, PAYLOAD), (state_topic("battery_soc"), "44")) as house:
        assert house.reading("battery_soc").value == 44
        await house.say(TOPIC, "")
        assert house.status("battery_soc")[0] == "missing"
        assert house.reading("battery_soc").value is None
        await house.say(TOPIC, PAYLOAD)
        assert house.reading("battery_soc").value == 44


async def test_an_entity_that_moves_is_followed() -> None:
    async with heard(SOC, (TOPIC, PAYLOAD), (state_topic("battery_soc"), "44")) as house:
        await house.say("new/place", '{"soc": 61}')
        moved = discovery("battery_soc", state_topic="new/place", val_tpl="{{ value_json.soc }}")
        await house.say(*moved)
        assert house.reading("battery_soc").value == 61
        await house.say(state_topic("battery_soc"), "9")
        assert house.reading("battery_soc").value == 61, "the old place is not listened to"


async def test_a_unit_that_becomes_wrong_unbinds() -> None:
    async with heard(SOC, (TOPIC, PAYLOAD), (state_topic("battery_soc"), "44")) as house:
        await house.say(*discovery("battery_soc", unit_of_measurement="W"))
        assert house.status("battery_soc")[0] == "wrong_unit"
        assert house.reading("battery_soc").value is None


async def test_an_entity_moves_from_its_own_topic_to_its_devices() -> None:
    device = (
        '{"dev": {"ids": "1", "name": "House"}, "o": {"name": "g"}, "cmps": {"battery_soc": '
        '{"p": "sensor", "name": "battery_soc", "uniq_id": "house_battery_soc", '
        f'"stat_t": "{state_topic("battery_soc")}", "unit_of_meas": "%"}}}}}}'
    )
    async with heard(SOC, (TOPIC, PAYLOAD), (state_topic("battery_soc"), "44")) as house:
        await house.say(TOPIC, '{"migrate_discovery": true}')
        await house.say(f"{PREFIX}/device/house/config", device)
        await house.say(TOPIC, "")
        assert house.status("battery_soc") == ("bound", "")
        assert house.reading("battery_soc").value == 44


async def test_news_tell_what_a_message_changed() -> None:
    async with heard(SOC) as house:
        await house.say(TOPIC, PAYLOAD)
        assert house.news[-1].bindings
        await house.say(TOPIC, PAYLOAD)
        assert not house.news[-1].discovery
        await house.say(*discovery("pv_power"))
        assert house.news[-1].discovery
        assert not house.news[-1].bindings
        await house.say(state_topic("battery_soc"), "44")
        assert house.news[-1].reading
        assert house.news[-1].pressing
        await house.say(state_topic("battery_soc"), "44")
        assert not house.news[-1].pressing


@pytest.mark.parametrize("payload", ["{", "[]", '{"name": 5}', '{"state_topic": "#"}', "\x00"])
async def test_a_broken_announcement_takes_back_and_breaks_nothing(payload: str) -> None:
    async with heard(SOC, (TOPIC, PAYLOAD)) as house:
        await house.say(TOPIC, payload)
        assert house.status("battery_soc")[0] == "missing"
        await house.say(TOPIC, PAYLOAD)
        assert house.status("battery_soc") == ("bound", "")


async def test_reachability_is_news() -> None:
    up = discovery("battery_soc", availability_topic="house/up")
    async with heard(SOC, up, (state_topic("battery_soc"), "44")) as house:
        assert house.status("battery_soc")[0] == "unavailable"
        await house.say("house/up", "online")
        assert house.news[-1].reach
        assert house.reading("battery_soc").value == 44
