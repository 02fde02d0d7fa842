"""What the forecaster says of itself: models as they come and go, scores, learned figures."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from support.stores import A_MINUTE, empty_history
from unit.recorder.test_store_messages import CARDS, curve, forecast

from darkstar_common.contract import (
    ForecastScore,
    HistoryQuestion,
    HouseState,
    LearnedChange,
    LearningState,
    Message,
    ModelCard,
    ModelCards,
    Proposal,
    Service,
    Strategy,
)
from darkstar_common.slots import SLOT
from darkstar_recorder.core.ledger import Page
from darkstar_recorder.core.slots import SlotEnergy
from darkstar_recorder.store import Asked, Batch, Details, Store

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = Store(empty_history(tmp_path / "history.duckdb"))
    yield opened
    opened.close()


def ask(store: Store, what: HistoryQuestion, lead: float | None = None) -> list[dict[str, Any]]:
    asked = Asked(
        what=what, start=NOON - 3 * DAY, end=NOON + 3 * DAY, limit=1000, offset=0,
        details=Details(lead_hours=lead),
    )  # fmt: skip
    columns = store.answer(asked, A_MINUTE).columns
    return [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]


def keep(store: Store, *messages: Message) -> None:
    store.commit(Batch(at=NOON, messages=messages))


def cards(*told: ModelCard, scores: tuple[ForecastScore, ...] = (), at: datetime) -> ModelCards:
    return ModelCards(sender=Service.FORECASTER, emitted_at=at, cards=told, scores=scores)


def a_score(mae: float, lead: str = "24-48") -> ForecastScore:
    return ForecastScore(
        quantity="load", lead=lead, slots=96, mae=mae, bias=-0.1, pinball=0.2, coverage=0.8,
        baseline="last week", baseline_mae=0.5, skill=1 - mae / 0.5,
    )  # fmt: skip


def test_a_model_is_kept_with_what_it_looks_at_and_why_it_is_in_use(store: Store) -> None:
    card = ModelCard(
        quantity="load", version="load-1", level="graduate", trained_at=NOON, promoted_at=NOON,
        from_slot=NOON - DAY, to_slot=NOON, features=("lag", "holiday"), config_hash="abc",
        reason="it beat the one before by 4 %", scores={"pinball": 0.1},
    )  # fmt: skip
    keep(store, cards(card, at=NOON))
    (found,) = ask(store, "models")
    assert json.loads(found["features"]) == ["lag", "holiday"]
    assert (found["state"], found["config_hash"], found["promoted_at"]) == ("current", "abc", NOON)


def test_a_model_that_is_replaced_is_told_so_in_its_row(store: Store) -> None:
    card = ModelCard(quantity="load", version="load-1", level="graduate")
    former = card.model_copy(update={"state": "former", "reason": "load-2 is better"})
    keep(store, cards(card, at=NOON), cards(former, at=NOON + HOUR))
    (found,) = ask(store, "models")
    assert (found["state"], found["reason"]) == ("former", "load-2 is better")
    assert found["noted_at"] == NOON, "when it was first heard of"


def test_of_the_scores_the_last_of_each_day_stays(store: Store) -> None:
    keep(
        store,
        cards(scores=(a_score(0.3), a_score(0.1, "0-6")), at=NOON),
        cards(scores=(a_score(0.2),), at=NOON + HOUR),
        cards(scores=(a_score(0.4),), at=NOON + DAY),
    )
    found = [(one["noted_at"], one["lead"], one["mae"]) for one in ask(store, "scores")]
    assert found == [
        (NOON, "0-6", 0.1), (NOON + HOUR, "24-48", 0.2), (NOON + DAY, "24-48", 0.4),
    ]  # fmt: skip


def test_cards_without_scores_take_none_away(store: Store) -> None:
    keep(store, cards(scores=(a_score(0.3),), at=NOON), CARDS)
    assert [one["mae"] for one in ask(store, "scores")] == [0.3]


def test_what_was_proposed_and_what_became_of_it_is_kept_once(store: Store) -> None:
    proposal = Proposal(
        parameter="pv_factor", current=1.0, proposed=0.98, lowest=0.8, highest=1.2,
        proposed_at=NOON, evidence="PV was 5 % below", samples=700, figures={"bias": -0.05},
    )  # fmt: skip
    applied = LearnedChange(
        parameter="pv_factor", before=1.0, after=0.98, changed_at=NOON + HOUR, automatic=False
    )
    undone = LearnedChange(
        parameter="pv_factor", before=0.98, after=1.0, changed_at=NOON + 2 * HOUR,
        automatic=False, reverts=True,
    )  # fmt: skip
    states = [
        LearningState(sender=Service.FORECASTER, emitted_at=NOON + number * HOUR, automatic=False,
                      proposals=(proposal,) if number == 0 else (), changes=changes)
        for number, changes in enumerate([(), (applied,), (undone, applied)])
    ]  # fmt: skip
    keep(store, *states)
    found = ask(store, "learning")
    assert [(one["kind"], one["before"], one["after"]) for one in found] == [
        ("proposed", 1.0, 0.98), ("applied", 1.0, 0.98), ("reverted", 0.98, 1.0),
    ]  # fmt: skip
    assert json.loads(found[0]["figures"]) == {"bias": -0.05}


def test_prices_are_told_as_they_were_known_so_long_before(store: Store) -> None:
    early = curve(1.0, at=NOON - 2 * DAY, kind="forecast")
    slot = early.slots[0].model_copy(update={"spot_p10_per_kwh": 0.5, "spot_p90_per_kwh": 1.5})
    keep(store, early.model_copy(update={"slots": (slot,), "model_version": "price-1"}))
    keep(store, curve(2.0, at=NOON - HOUR))
    assert [one["spot_per_kwh"] for one in ask(store, "prices")] == [2.0]
    (found,) = ask(store, "prices", lead=24)
    assert (found["spot_per_kwh"], found["spot_p10_per_kwh"]) == (1.0, 0.5)
    assert (found["kind"], found["model_version"]) == ("forecast", "price-1")
    assert ask(store, "prices", lead=72) == []


def test_a_forecast_is_kept_with_its_mean_and_its_basis(store: Store) -> None:
    told = forecast(1.0)
    slot = told.slots[0].model_copy(update={"mean_kw": 1.25})
    keep(store, told.model_copy(update={"slots": (slot,), "basis": "profile"}))
    (found,) = ask(store, "forecasts")
    assert (found["mean_kw"], found["basis"]) == (1.25, "profile")


def close(store: Store, start: datetime) -> dict[str, Any]:
    page = Page(rows=(SlotEnergy(start=start, kwh={"load": 1.0}),), closed=(start,))
    (row,) = store.commit(Batch(at=start + SLOT, page=page))
    return row


def test_a_slot_tells_who_was_away_when_it_began(store: Store) -> None:
    at_home = Strategy(
        sender=Service.PLANNER, emitted_at=NOON - HOUR, risk_appetite=3, comfort=2, vacation=False,
        export_enabled=True,
    )  # fmt: skip
    away = Strategy(
        sender=Service.PLANNER, emitted_at=NOON + SLOT, risk_appetite=3, comfort=2, vacation=True,
        export_enabled=True,
    )  # fmt: skip
    armed = HouseState(sender=Service.EXECUTOR, emitted_at=NOON + 2 * SLOT, alarm_armed=True)
    keep(store, at_home, away, armed)
    told = [close(store, NOON + number * SLOT) for number in (-8, 0, 1, 2)]
    assert [one["vacation"] for one in told] == [None, False, True, True]
    assert [one["alarm_armed"] for one in told] == [None, None, None, True]
    rows = ask(store, "slots")
    assert [one["vacation"] for one in rows] == [None, False, True, True]
    assert [one["alarm_armed"] for one in rows] == [None, None, None, True]
