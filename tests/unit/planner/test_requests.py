"""What a request of people comes to: settings and a sentence, or a refusal that says why."""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from unit.planner.houses import NOON

from darkstar_common.config import Config
from darkstar_common.contract import (
    ComfortSet,
    EvSet,
    ExportSet,
    ManualBlock,
    ManualBlocksSet,
    Request,
    RiskAppetiteSet,
    RunPlan,
    VacationSet,
)
from darkstar_planner.core.requests import Granted, Refused, granted
from darkstar_planner.core.settings import Settings

HOUR = timedelta(hours=1)
HOUSE = Config.model_validate({"timezone": "UTC", "evs": [{"id": "car"}, {"id": "van"}]})
BARE = Config(battery=None, water_heater=None)
NOTHING = Settings()


def asked(
    request: Request, settings: Settings = NOTHING, *, config: Config = HOUSE, name: str = ""
) -> Granted | Refused:
    return granted(request, settings, config, NOON, name=name)


def block(action: Any, start: float, end: float, **more: Any) -> ManualBlock:
    """A block from `start` to `end` [h after noon]."""
    return ManualBlock(action=action, start=NOON + start * HOUR, end=NOON + end * HOUR, **more)


def blocks(*asked: ManualBlock) -> ManualBlocksSet:
    return ManualBlocksSet(blocks=asked)


@pytest.mark.parametrize(
    ("request_", "set_", "sentence"),
    [
        (
            RiskAppetiteSet(level=2),
            {"risk_appetite": 2},
            "the risk appetite is 2 (1 keeps most in reserve, 5 least)",
        ),
        (ComfortSet(level=5), {"comfort": 5}, "the comfort is 5 (1 saves most, 5 is never cold)"),
        (ExportSet(on=False), {"export_enabled": False}, "the plan sells nothing"),
        (ExportSet(on=True), {"export_enabled": True}, "the plan may sell"),
        (VacationSet(on=True), {"vacation": True}, "vacation until you switch it off"),
        (
            VacationSet(on=True, until=NOON + HOUR),
            {"vacation": True, "vacation_until": NOON + HOUR},
            "vacation until 01 Jan 13:00",
        ),
        (VacationSet(on=False), {"vacation": False}, "somebody is at home"),
        (blocks(), {"blocks": ()}, "no manual blocks"),
    ],
)
def test_a_setting_is_taken_and_said(
    request_: Request, set_: dict[str, object], sentence: str
) -> None:
    result = asked(request_)
    assert result == Granted(settings=NOTHING.model_copy(update=set_), sentence=sentence)


def test_one_setting_leaves_the_others() -> None:
    before = Settings(risk_appetite=1, export_enabled=False, blocks=(block("hold", 1, 2),))
    result = asked(ComfortSet(level=4), before)
    assert isinstance(result, Granted)
    assert result.settings == before.model_copy(update={"comfort": 4})


def test_coming_home_ends_the_vacation_and_forgets_its_end() -> None:
    before = Settings(vacation=True, vacation_until=NOON + HOUR)
    result = asked(VacationSet(on=False, until=NOON - HOUR), before)
    assert isinstance(result, Granted)
    assert result.settings == NOTHING


@pytest.mark.parametrize("until", [NOON, NOON - HOUR])
def test_a_vacation_that_is_over_already_is_refused(until: datetime) -> None:
    result = asked(VacationSet(on=True, until=until))
    assert isinstance(result, Refused)
    assert result.sentence.startswith("until (01 Jan ")
    assert "has passed already; nothing was changed" in result.sentence


def test_a_request_that_sets_nothing_here_is_no_setting() -> None:
    with pytest.raises(TypeError, match="RunPlan"):
        asked(RunPlan())


@pytest.mark.parametrize(
    ("blocks_", "said"),
    [
        ((block("charge", 2, 1),), "blocks[0]: end 01 Jan 13:00 is not after start 01 Jan 14:00"),
        ((block("charge", 1, 1),), "is not after start"),
        (
            (block("charge", 1, 3), block("export", 2, 4)),
            "(charge 01 Jan 13:00–15:00) and blocks[1] (export 01 Jan 14:00–16:00) overlap",
        ),
        ((block("hold", 1, 9), block("charge", 3, 4)), "overlap"),
        ((block("heat", 1, 3), block("heat", 2, 3)), "overlap"),
        (
            (block("charge", -3, -2), block("heat", -2, 0)),
            "all are over, the last since 01 Jan 12:00",
        ),
        (tuple(block("hold", one, one + 1) for one in range(201)), "201 of them; at most 200"),
    ],
)
def test_blocks_that_contradict_each_other_or_are_over_are_refused_in_one_sentence(
    blocks_: tuple[ManualBlock, ...], said: str
) -> None:
    before = Settings(blocks=(block("hold", 1, 2),))
    result = asked(blocks(*blocks_), before)
    assert isinstance(result, Refused)
    assert said in result.sentence
    assert result.sentence.endswith("; nothing was changed")


@pytest.mark.parametrize(
    ("action", "said"),
    [
        ("heat", "there is no water heater to heat"),
        ("charge", "there is no battery to charge"),
        ("hold", "there is no battery to hold"),
    ],
)
def test_a_block_for_what_the_house_has_not_is_refused(action: str, said: str) -> None:
    result = asked(blocks(block(action, 1, 2)), config=BARE)
    assert isinstance(result, Refused)
    assert said in result.sentence


def test_blocks_replace_all_earlier_ones_and_are_kept_in_order() -> None:
    before = Settings(blocks=(block("hold", 1, 2),))
    late, heat, soon = block("export", 4, 5), block("heat", 1, 5), block("charge", 1, 4)
    result = asked(blocks(late, heat, soon), before)
    assert isinstance(result, Granted)
    assert result.settings.blocks == (heat, soon, late)
    assert result.sentence == (
        "3 manual blocks: heat 01 Jan 13:00–17:00, charge 01 Jan 13:00–16:00, "
        "export 01 Jan 16:00–17:00"
    )


def test_a_long_list_of_blocks_is_cut_in_the_sentence() -> None:
    result = asked(blocks(*(block("hold", one, one + 1) for one in range(5))))
    assert isinstance(result, Granted)
    assert result.sentence.startswith("5 manual blocks: ")
    assert result.sentence.endswith(", …")


@pytest.mark.parametrize(
    ("settings", "blocks_", "kept", "remark"),
    [
        (NOTHING, (block("hold", -2, -1), block("hold", 1, 2)), 1, "1 is over and left out"),
        (NOTHING, (block("hold", -1, 1),), 1, None),
        (NOTHING, (block("hold", 48, 50),), 1, "from 03 Jan 12:00 on they are kept until the plan"),
        (
            Settings(export_enabled=False),
            (block("export", 1, 2),),
            1,
            "selling is switched off, so nothing will be exported (export/set on)",
        ),
    ],
)
def test_blocks_that_cannot_act_now_are_taken_with_a_remark(
    settings: Settings, blocks_: tuple[ManualBlock, ...], kept: int, remark: str | None
) -> None:
    result = asked(blocks(*blocks_), settings)
    assert isinstance(result, Granted)
    assert len(result.settings.blocks) == kept
    assert (remark or "manual block") in result.sentence
    assert (remark is None) == (";" not in result.sentence)


@given(
    spans=st.lists(
        st.tuples(
            st.sampled_from(["charge", "export", "hold", "heat"]),
            st.integers(-20, 250),
            st.integers(-2, 20),
        ),
        max_size=5,
    )
)
def test_blocks_that_are_taken_lie_ahead_and_none_is_in_the_way_of_another(
    spans: list[tuple[str, int, int]],
) -> None:
    wanted = [block(action, start / 4, (start + length) / 4) for action, start, length in spans]
    result = asked(blocks(*wanted))
    if isinstance(result, Refused):
        assert "\n" not in result.sentence
        return
    kept = result.settings.blocks
    assert sorted(kept, key=str) == sorted((one for one in wanted if one.end > NOON), key=str)
    for heats in (True, False):
        line = [one for one in kept if (one.action == "heat") is heats]
        assert all(one.end <= following.start for one, following in pairwise(line))


@pytest.mark.parametrize(
    ("config", "said"),
    [(HOUSE, "there are: car, van"), (Config(), "add it to evs in the configuration")],
)
def test_an_unknown_vehicle_is_refused_naming_those_there_are(config: Config, said: str) -> None:
    result = asked(EvSet(), config=config, name="bike")
    assert result == Refused(sentence=f"there is no vehicle 'bike'; {said}")


def test_a_departure_in_the_past_is_refused() -> None:
    result = asked(EvSet(departure=NOON), name="car")
    assert result == Refused(
        sentence="departure (01 Jan 12:00) has passed already; nothing was changed"
    )


def test_a_vehicle_keeps_what_is_not_said_anew() -> None:
    first = asked(EvSet(soc_percent=40.0, departure=NOON + HOUR), name="car")
    assert isinstance(first, Granted)
    assert first.sentence == "car has 40 % and is to have 80 % at 01 Jan 13:00"
    second = asked(EvSet(target_percent=90.0), first.settings, name="car")
    assert isinstance(second, Granted)
    car = second.settings.cars["car"]
    assert (car.soc_percent, car.target_percent, car.departure) == (40, 90, NOON + HOUR)
    third = asked(EvSet(departure=None), second.settings, name="car")
    assert isinstance(third, Granted)
    assert third.settings.cars["car"].departure is None
    assert third.sentence == "car has 40 % and is to have 90 % at 07:00"


def test_when_the_charge_was_said_is_remembered_with_it() -> None:
    first = granted(EvSet(soc_percent=40.0), NOTHING, HOUSE, NOON, name="car")
    assert isinstance(first, Granted)
    second = granted(EvSet(target_percent=90.0), first.settings, HOUSE, NOON + HOUR, name="car")
    assert isinstance(second, Granted)
    assert second.settings.cars["car"].emitted_at == NOON
    third = granted(EvSet(soc_percent=50.0), second.settings, HOUSE, NOON + HOUR, name="car")
    assert isinstance(third, Granted)
    assert third.settings.cars["car"].emitted_at == NOON + HOUR


def test_a_vehicle_that_is_away_forgets_its_charge_but_not_its_target() -> None:
    first = asked(EvSet(soc_percent=40.0, target_percent=90.0, departure=NOON + HOUR), name="car")
    assert isinstance(first, Granted)
    away = asked(EvSet(connected=False), first.settings, name="car")
    assert isinstance(away, Granted)
    car = away.settings.cars["car"]
    assert (car.connected, car.soc_percent, car.departure) == (False, None, None)
    assert car.target_percent == 90
    assert away.sentence == "car is away and not planned for"
    back = asked(EvSet(), away.settings, name="car")
    assert isinstance(back, Granted)
    assert "how much it has is unknown: say soc_percent" in back.sentence


def test_one_vehicle_leaves_the_other() -> None:
    first = asked(EvSet(soc_percent=40.0), name="car")
    assert isinstance(first, Granted)
    second = asked(EvSet(connected=False), first.settings, name="van")
    assert isinstance(second, Granted)
    assert second.settings.cars["car"] == first.settings.cars["car"]
