"""What people have set: what it means, when it passes, and how it survives a restart."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from unit.planner.houses import NOON

from darkstar_common.config import Config
from darkstar_common.contract import EvSet, ManualBlock
from darkstar_common.slots import SLOT
from darkstar_planner.core.inputs import Inputs
from darkstar_planner.core.settings import Settings
from darkstar_planner.core.strategy import Wishes
from darkstar_planner.store import Store, UnreadableSettingsError

HOUR = timedelta(hours=1)
HOUSE = Config.model_validate({"evs": [{"id": "car"}]})
BLOCK = ManualBlock(action="charge", start=NOON, end=NOON + HOUR, power_kw=3.0)
ALL = Settings(
    export_enabled=False,
    risk_appetite=1,
    comfort=5,
    vacation=True,
    vacation_until=NOON + HOUR,
    blocks=(BLOCK,),
    cars={"car": EvSet(soc_percent=40.0, departure=NOON + HOUR, emitted_at=NOON)},
    legionella_done_at=NOON - HOUR,
)

levels = st.none() | st.integers(1, 5)
moments = st.none() | st.integers(-100, 100).map(lambda number: NOON + number * SLOT)


@st.composite
def any_settings(draw: st.DrawFn) -> Settings:
    starts = draw(st.lists(st.integers(-50, 50), max_size=3))
    return Settings(
        export_enabled=draw(st.none() | st.booleans()),
        risk_appetite=draw(levels),
        comfort=draw(levels),
        vacation=draw(st.booleans()),
        vacation_until=draw(moments),
        blocks=tuple(
            ManualBlock(action="hold", start=NOON + one * SLOT, end=NOON + (one + 4) * SLOT)
            for one in starts
        ),
        cars={"car": EvSet(departure=draw(moments), soc_percent=draw(st.none() | st.just(40.0)))},
        legionella_done_at=draw(moments),
    )


def test_what_nobody_set_is_as_configured() -> None:
    config = Config.model_validate(
        {"planner": {"risk_appetite": 1, "comfort": 5, "export_enabled": False}}
    )
    assert Settings().wishes(config) == Wishes.of(config)
    assert Settings(risk_appetite=4).wishes(config) == Wishes(
        risk_appetite=4, comfort=5, export_enabled=False
    )


def test_what_was_set_goes_into_the_next_plan_inputs() -> None:
    known = ALL.applied(Inputs(config=HOUSE, wishes=Wishes.of(HOUSE)))
    assert known.wishes == Wishes(
        risk_appetite=1, comfort=5, export_enabled=False, vacation=True, vacation_until=NOON + HOUR
    )
    assert (known.blocks, known.cars) == (ALL.blocks, ALL.cars)
    assert known.legionella_done_at == NOON - HOUR


def test_all_of_it_passes_in_its_time() -> None:
    assert ALL.current(HOUSE, NOON + HOUR - SLOT) == ALL
    past = ALL.current(HOUSE, NOON + HOUR)
    assert (past.vacation, past.vacation_until, past.blocks) == (False, None, ())
    assert past.cars["car"].departure is None
    assert past.cars["car"].soc_percent == 40
    assert (past.export_enabled, past.risk_appetite, past.comfort) == (False, 1, 5)


def test_a_vehicle_that_is_no_longer_configured_is_forgotten() -> None:
    assert ALL.current(Config(), NOON).cars == {}


@given(settings=any_settings(), hours=st.integers(-30, 30))
def test_what_is_current_stays_so_and_nothing_of_it_is_over(settings: Settings, hours: int) -> None:
    now = NOON + hours * HOUR
    current = settings.current(HOUSE, now)
    assert current.current(HOUSE, now) == current
    assert all(one.end > now for one in current.blocks)
    moments = [current.vacation_until, *(one.departure for one in current.cars.values())]
    assert all(one is None or one > now for one in moments)


@given(settings=any_settings())
def test_a_restart_loses_nothing(
    settings: Settings, tmp_path_factory: pytest.TempPathFactory
) -> None:
    store = Store(tmp_path_factory.mktemp("state"))
    store.save(settings)
    assert store.load() == settings


def test_nothing_is_set_in_a_new_house(tmp_path: Path) -> None:
    assert Store(tmp_path).load() == Settings()


@pytest.mark.parametrize("on", [True, False])
def test_the_file_of_an_earlier_version_is_read(tmp_path: Path, on: bool) -> None:
    (tmp_path / "settings.json").write_text(json.dumps({"export_enabled": on}))
    assert Store(tmp_path).load() == Settings(export_enabled=on)


def test_the_file_of_a_later_version_is_read(tmp_path: Path) -> None:
    (tmp_path / "settings.json").write_text('{"comfort": 2, "sauna": true}')
    assert Store(tmp_path).load() == Settings(comfort=2)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "Invalid JSON"),
        (b'{"export_enabled": tr', "Invalid JSON"),
        (b"\xff\xfe\x00", "Invalid JSON"),
        (b'{"risk_appetite": 9}', "risk_appetite: Input should be less than or equal to 5"),
        (b'{"blocks": [{"action": "dance"}]}', "blocks.0.action"),
    ],
)
def test_a_file_that_cannot_be_read_says_why_and_is_put_aside_not_lost(
    tmp_path: Path, content: bytes, said: str
) -> None:
    (tmp_path / "settings.json").write_bytes(content)
    store = Store(tmp_path)
    with pytest.raises(UnreadableSettingsError, match=r"settings\.json: ") as raised:
        store.load()
    assert said in str(raised.value)
    assert "\n" not in str(raised.value)
    aside = store.put_aside()
    assert aside is not None
    assert aside.read_bytes() == content
    assert store.load() == Settings()


def test_a_directory_in_its_place_is_said_and_cannot_be_put_aside_over_another(
    tmp_path: Path,
) -> None:
    (tmp_path / "settings.json").mkdir()
    (tmp_path / "settings.unreadable").write_text("older")
    store = Store(tmp_path)
    with pytest.raises(UnreadableSettingsError, match="directory"):
        store.load()
    assert store.put_aside() is None


def test_the_file_holds_only_what_was_set(tmp_path: Path) -> None:
    Store(tmp_path).save(Settings(risk_appetite=2))
    assert json.loads((tmp_path / "settings.json").read_text()) == {"risk_appetite": 2}


@pytest.mark.parametrize("content", [b"", b"{}", b'{"schedule": {}, "hint": {}}', b"\xff"])
def test_a_last_plan_that_cannot_be_read_is_as_none(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "plan.json").write_bytes(content)
    assert Store(tmp_path).load_plan() is None
