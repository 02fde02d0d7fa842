from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
from support.stores import empty_history

from darkstar_common.contract import (
    CONFIG,
    HISTORY_QUERY,
    TABLE,
    ActionRecord,
    Command,
    ControlState,
    Episode,
    Hindsight,
    HistoryQuestion,
    HouseState,
    LearningState,
    Message,
    ModelCard,
    ModelCards,
    Notification,
    NotificationDelivery,
    PriceCurve,
    PriceSlot,
    Proposal,
    QuantileForecast,
    QuantileSlot,
    Schedule,
    ScheduleSlot,
    Seen,
    Service,
    Strategy,
    WeatherForecast,
    WeatherSlot,
    Write,
)
from darkstar_common.slots import SLOT
from darkstar_recorder.core.ledger import Page
from darkstar_recorder.core.slots import SlotEnergy
from darkstar_recorder.service import CHANNELS
from darkstar_recorder.store import KEPT, Batch, Store, StoreRefusedError

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
DAY = {"start": NOON - timedelta(hours=12), "end": NOON + timedelta(hours=12), "limit": 1000}


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = Store(empty_history(tmp_path / "history.duckdb"))
    yield opened
    opened.close()


def ask(store: Store, question: HistoryQuestion) -> dict[str, tuple[Any, ...]]:
    return store.ask(question, **DAY).columns  # type: ignore[arg-type]


def count(store: Store, table: str) -> int:
    row = store._writer.execute(f"SELECT count(*) FROM {table}").fetchone()  # noqa: S608
    assert row
    return int(row[0])


def curve(*spots: float, at: datetime = NOON, kind: str = "published") -> PriceCurve:
    slots = tuple(
        PriceSlot.model_validate(
            {
                "start": NOON + number * SLOT,
                "import_per_kwh": spot + 1,
                "export_per_kwh": spot,
                "spot_per_kwh": spot,
                "kind": kind,
            }
        )
        for number, spot in enumerate(spots)
    )
    return PriceCurve(
        sender=Service.FORECASTER, emitted_at=at, issued_at=at, area="SE4", currency="SEK",
        source="test", slots=slots,
    )  # fmt: skip


def forecast(*p50: float, at: datetime = NOON, quantity: str = "load") -> QuantileForecast:
    return QuantileForecast.model_validate(
        {
            "sender": "forecaster",
            "emitted_at": at,
            "issued_at": at,
            "quantity": quantity,
            "model_version": "m1",
            "level": "infant",
            "slots": [
                QuantileSlot(start=NOON + number * SLOT, p10_kw=0, p50_kw=kw, p90_kw=kw + 1)
                for number, kw in enumerate(p50)
            ],
        }
    )


def schedule(*charge: float, at: datetime = NOON) -> Schedule:
    slots = tuple(
        ScheduleSlot(
            start=NOON + number * SLOT, import_kw=1, export_kw=0, charge_kw=kw, discharge_kw=0,
            soc_percent=50, load_kw=1, pv_kw=0, import_per_kwh=1, export_per_kwh=0,
            price_kind="published", reason="cheap",
        )
        for number, kw in enumerate(charge)
    )  # fmt: skip
    return Schedule(
        sender=Service.PLANNER, emitted_at=at, issued_at=at, valid_until=slots[-1].start + SLOT,
        status="optimal", currency="SEK", cost=1, objective=1, bound=1, gap=0, solver="highs",
        solve_seconds=0.1, slots=slots, why=("it is cheap",),
    )  # fmt: skip


ACTION = ActionRecord(
    sender=Service.EXECUTOR, emitted_at=NOON, slot_start=NOON, rule="schedule", reason="cheap",
    planned=None, commanded=Command(intent="charge_from_grid", charge_kw=3),
    writes=(Write(role="work_mode", wanted="Export First", result="written"),), success=True,
    duration_seconds=0.5, kind="settled", planned_soc_percent=40, before=Seen(soc_percent=30),
    after=Seen(soc_percent=31), skipped=None, ticks=3, version="1.2",
)  # fmt: skip
STRATEGY = Strategy(
    sender=Service.PLANNER, emitted_at=NOON, risk_appetite=3, comfort=2, vacation=False,
    export_enabled=True,
)  # fmt: skip
EPISODE = Episode(
    sender=Service.PLANNER, emitted_at=NOON, inputs={"a": [1, 2]}, context={}, schedule_id="x",
    schedule={},
)  # fmt: skip
CARDS = ModelCards(
    sender=Service.FORECASTER,
    emitted_at=NOON,
    cards=(ModelCard(quantity="load", version="m1", level="infant", scores={"mae_kw": 0.2}),),
)
WEATHER = WeatherForecast(
    sender=Service.FORECASTER, emitted_at=NOON, issued_at=NOON, source="test",
    slots=(
        WeatherSlot(start=NOON, temperature_c=-4.5, cloud_cover_percent=70),
        WeatherSlot(start=NOON + SLOT, irradiance_w_per_m2=120, wind_m_per_s=3),
    ),
)  # fmt: skip
LEARNED = LearningState(
    sender=Service.FORECASTER, emitted_at=NOON, automatic=False, values={"pv_factor": 0.98},
    proposals=(
        Proposal(
            parameter="load_factor", current=1.0, proposed=1.02, lowest=0.9, highest=1.3,
            proposed_at=NOON, evidence="more was used", samples=1344,
        ),
    ),
)  # fmt: skip
NOTICE = Notification(sender=Service.EXECUTOR, emitted_at=NOON, kind="k", title="t", text="x")
DELIVERED = NotificationDelivery(
    sender=Service.GATEWAY,
    emitted_at=NOON,
    notification_id=NOTICE.message_id,
    destination="home_assistant",
    delivered=False,
    attempts=5,
    reason="it answered 401",
)
LOOKED_BACK = Hindsight(
    sender=Service.PLANNER,
    emitted_at=NOON,
    day=date(2025, 12, 31),
    slots=96,
    currency="SEK",
    cost=4.0,
    wear_cost=0.5,
    status="optimal",
    gap=0.0,
    solve_seconds=0.1,
)

ONE_OF_EACH: dict[str, Message] = {
    "price_issue": curve(1.0),
    "forecast_issue": forecast(1.0),
    "schedule": schedule(1.0),
    "control_action": ACTION,
    "strategy_change": STRATEGY,
    "episode": EPISODE,
    "model_card": CARDS,
    "notification": NOTICE,
    "weather_issue": WEATHER,
    "learning": LEARNED,
    "notification_delivery": DELIVERED,
    "hindsight": LOOKED_BACK,
}


@pytest.mark.parametrize(("table", "message"), ONE_OF_EACH.items(), ids=list(ONE_OF_EACH))
def test_each_message_is_kept_once_however_often_it_comes(
    store: Store, table: str, message: Message
) -> None:
    store.commit(Batch(at=NOON, messages=(message, message)))
    store.commit(Batch(at=NOON, messages=(message,)))
    assert count(store, table) == 1


def test_every_kept_class_is_tried_here_and_is_subscribed_to() -> None:
    tried = {type(one) for one in ONE_OF_EACH.values()}
    assert tried | {ControlState, HouseState} == set(KEPT), "both are tried in test_store_settings"
    assert {row.message for row in CHANNELS} >= set(KEPT)


def test_all_that_is_meant_for_the_recorder_is_subscribed_to() -> None:
    meant = {row.path for row in TABLE if Service.RECORDER in row.receivers} - {CONFIG.path}
    assert meant == {row.path for row in (*CHANNELS, HISTORY_QUERY)}


def test_details_come_with_their_head_and_only_once(store: Store) -> None:
    for table, message in {
        "price_issued": curve(1, 2, 3),
        "forecast_issued": forecast(1, 2),
        "schedule_slot": schedule(1, 2),
    }.items():
        store.commit(Batch(at=NOON, messages=(message,)))
        store.commit(Batch(at=NOON, messages=(message,)))
        assert count(store, table) == len(message.slots)  # type: ignore[attr-defined]


def test_the_newest_price_of_a_slot_counts(store: Store) -> None:
    store.commit(Batch(at=NOON, messages=(curve(1, 2, kind="forecast"),)))
    store.commit(Batch(at=NOON, messages=(curve(3, at=NOON + SLOT),)))
    found = ask(store, "prices")
    assert found["spot_per_kwh"] == (3, 2)
    assert found["kind"] == ("published", "forecast")


def test_a_published_price_does_not_give_way_to_a_forecast_or_an_older_one(store: Store) -> None:
    store.commit(Batch(at=NOON, messages=(curve(3, at=NOON + SLOT),)))
    store.commit(Batch(at=NOON, messages=(curve(4, at=NOON + 2 * SLOT, kind="forecast"), curve(5))))
    assert ask(store, "prices")["spot_per_kwh"] == (3,)
    assert count(store, "price_issued") == 3


def test_what_was_planned_survives_planning_again(store: Store) -> None:
    first, second = schedule(1, 1, 1), schedule(2, 2, 2, at=NOON + SLOT + timedelta(minutes=1))
    store.commit(Batch(at=NOON, messages=(first, second)))
    found = ask(store, "planned")
    assert found["charge_kw"] == (1, 2, 2)
    assert found["schedule_id"][0] == str(first.message_id)
    assert ask(store, "schedules")["message_id"] == (str(first.message_id), str(second.message_id))


def test_the_forecast_of_a_slot_is_the_last_one_before_it_was_over(store: Store) -> None:
    store.commit(
        Batch(
            at=NOON,
            messages=(forecast(1, 1), forecast(2, 2, at=NOON + SLOT), forecast(5, quantity="pv")),
        )
    )
    found = ask(store, "forecasts")
    assert list(zip(found["quantity"], found["p50_kw"], strict=True)) == [
        ("load", 1), ("pv", 5), ("load", 2),
    ]  # fmt: skip


def test_an_action_tells_all_it_knew(store: Store) -> None:
    store.commit(Batch(at=NOON, messages=(ACTION,)))
    found = {name: column[0] for name, column in ask(store, "actions").items()}
    assert found["message_id"] == str(ACTION.message_id)
    assert (found["intent"], found["slot_start"]) == ("charge_from_grid", NOON)
    assert json.loads(found["commanded"])["charge_kw"] == 3
    assert json.loads(found["writes"])[0]["role"] == "work_mode"
    assert found["planned"] is None


def test_prices_are_joined_to_the_slots(store: Store) -> None:
    store.commit(Batch(at=NOON, messages=(curve(0.5),)))
    (row,) = store.commit(
        Batch(at=NOON, page=Page(rows=(SlotEnergy(start=NOON, kwh={"load": 1.0}),), closed=(NOON,)))
    )
    assert (row["import_per_kwh"], row["spot_per_kwh"]) == (1.5, 0.5)
    assert ask(store, "slots")["import_per_kwh"] == (1.5,)


@pytest.mark.parametrize(
    "question", ["slots", "schedules", "planned", "actions", "prices", "forecasts"]
)
def test_no_rows_are_an_answer_too(store: Store, question: HistoryQuestion) -> None:
    found = store.ask(question, **DAY)  # type: ignore[arg-type]
    assert (found.row_count, found.complete) == (0, True)
    assert all(column == () for column in found.columns.values())


def test_a_slot_as_planned_is_kept_with_its_cars_and_its_hot_tank(store: Store) -> None:
    made = schedule(1.0)
    slot = made.slots[0].model_copy(update={"evs": {"car": 3.5}, "water_c": 65.0})
    store.commit(Batch(at=NOON, messages=(made.model_copy(update={"slots": (slot,)}),)))
    planned = ask(store, "planned")
    assert planned["evs"] == ('{"car":3.5}',)
    assert planned["water_c"] == (65.0,)


def test_what_the_strategy_said_of_tank_and_prices_is_kept(store: Store) -> None:
    said = {"price_regime": "wide", "legionella_due": True, "legionella_done_at": NOON}
    store.commit(Batch(at=NOON, messages=(STRATEGY.model_copy(update=said),)))
    asked = "SELECT price_regime, legionella_due, legionella_done_at FROM strategy_change"
    (row,) = store._writer.execute(asked).fetchall()
    assert row == ("wide", True, NOON.replace(tzinfo=None))


def test_weather_is_kept_as_it_was_issued(store: Store) -> None:
    store.commit(Batch(at=NOON, messages=(WEATHER,)))
    asked = (
        "SELECT start_at, temperature_c, irradiance_w_per_m2, cloud_cover_percent, wind_m_per_s, "
        "issued_at, source FROM weather_issued JOIN weather_issue USING (message_id) ORDER BY 1"
    )
    noon = NOON.replace(tzinfo=None)
    assert store._writer.execute(asked).fetchall() == [
        (noon, -4.5, None, 70, None, noon, "test"),
        (noon + SLOT, None, 120, None, 3, noon, "test"),
    ]


def test_a_message_of_a_time_that_no_calendar_has_is_named_and_nothing_is_written(
    store: Store,
) -> None:
    note = Notification(sender=Service.PLANNER, emitted_at=NOON, kind="test", title="a", text="b")
    before_all = datetime(1, 1, 1, tzinfo=timezone(timedelta(hours=14)))
    other = note.model_copy(update={"emitted_at": before_all})
    with pytest.raises(StoreRefusedError) as refused:
        store.commit(Batch(at=NOON, messages=(note, other)))
    assert refused.value.message_id == other.message_id
    assert store.ask("notifications", NOON - SLOT, NOON + SLOT, limit=9).row_count == 0


def test_what_became_of_a_notification_stands_beside_it_once_for_each_destination(
    store: Store,
) -> None:
    told = DELIVERED
    other = told.model_copy(
        update={"destination": "url_1", "delivered": True, "attempts": 1, "reason": ""}
    )
    store.commit(Batch(at=NOON, messages=(NOTICE, told, other)))
    store.commit(Batch(at=NOON, messages=(told.model_copy(update={"attempts": 9}),)))
    (row,) = store.ask("notifications", NOON - SLOT, NOON + SLOT, limit=9).columns["deliveries"]
    assert json.loads(row) == [
        {
            "destination": "home_assistant",
            "delivered": False,
            "attempts": 5,
            "reason": "it answered 401",
        },
        {"destination": "url_1", "delivered": True, "attempts": 1, "reason": ""},
    ]


def test_a_notification_of_which_nothing_became_yet_has_no_deliveries(store: Store) -> None:
    note = Notification(sender=Service.PLANNER, emitted_at=NOON, kind="test", title="a", text="b")
    store.commit(Batch(at=NOON, messages=(note,)))
    assert store.ask("notifications", NOON - SLOT, NOON + SLOT, limit=9).columns["deliveries"] == (
        None,
    )
