"""Every question gets rows or a sentence that says why not."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import get_args
from uuid import uuid4
from zoneinfo import ZoneInfo

import polars as pl
import pytest
from support.stores import A_MINUTE, empty_history

from darkstar_common.contract import (
    Episode,
    HistoryQuestion,
    Notification,
    QuantileForecast,
    QuantileSlot,
    Schedule,
    ScheduleSlot,
    Service,
)
from darkstar_common.runtime import Stopwatch
from darkstar_common.slots import SLOT, local_day
from darkstar_recorder.arrow import arrow_stream
from darkstar_recorder.core.flags import GAP, LUMP, RESET
from darkstar_recorder.core.quality import DayLabel
from darkstar_recorder.core.rollups import House
from darkstar_recorder.core.slots import SlotEnergy
from darkstar_recorder.store import Asked, Batch, Details, QuestionError, Rows, Store
from darkstar_recorder.store.limits import limited

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
QUESTIONS = get_args(HistoryQuestion)
README = Path(__file__).parents[3] / "services/recorder/README.md"


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = Store(empty_history(tmp_path / "history.duckdb"))
    yield opened
    opened.close()


def ask(store: Store, what: HistoryQuestion, details: Details | None = None, **more: int) -> Rows:
    asked = Asked(
        what=what, start=NOON - 12 * HOUR, end=NOON + 12 * HOUR, limit=more.get("limit", 1000),
        offset=more.get("offset", 0), details=details or Details(),
    )  # fmt: skip
    return store.answer(asked, A_MINUTE)


def forecast(p50: float, at: datetime) -> QuantileForecast:
    slot = QuantileSlot(start=NOON, p10_kw=0.0, p50_kw=p50, p90_kw=9.0)
    return QuantileForecast(
        sender=Service.FORECASTER, emitted_at=at, issued_at=at, quantity="load",
        model_version="1", level="yesterday", slots=(slot,),
    )  # fmt: skip


def schedule(*charges: float) -> Schedule:
    slots = tuple(
        ScheduleSlot(
            start=NOON + number * SLOT, import_kw=1, export_kw=0, charge_kw=charge, discharge_kw=0,
            soc_percent=50, load_kw=1, pv_kw=0, import_per_kwh=1, export_per_kwh=0.5,
            price_kind="published",
        )
        for number, charge in enumerate(charges)
    )  # fmt: skip
    return Schedule(
        sender=Service.PLANNER, emitted_at=NOON, issued_at=NOON,
        valid_until=NOON + len(slots) * SLOT, status="optimal", currency="SEK",
        cost=1, objective=1, bound=1, gap=0, solver="highs", solve_seconds=0.1, slots=slots,
    )  # fmt: skip


def notice(title: str, at: datetime) -> Notification:
    return Notification(
        sender=Service.PLANNER, emitted_at=at, kind="plan", severity="info", title=title, text="t"
    )


@pytest.mark.parametrize("what", QUESTIONS)
def test_every_question_is_answered(store: Store, what: HistoryQuestion) -> None:
    told = ask(store, what)
    assert told.complete
    assert told.columns.keys() == told.types.keys()
    assert all(column == () for column in told.columns.values())


@pytest.mark.parametrize("what", QUESTIONS)
def test_an_unknown_column_is_refused_with_those_there_are(
    store: Store, what: HistoryQuestion
) -> None:
    known = ask(store, what).columns
    with pytest.raises(QuestionError, match="no column colour; there are: ") as refused:
        ask(store, what, Details(columns=("colour",)))
    assert all(name in str(refused.value) for name in known)


def test_a_column_is_a_name_and_nothing_else(store: Store) -> None:
    with pytest.raises(QuestionError, match="no column"):
        ask(store, "prices", Details(columns=('start" FROM price; DROP TABLE price; --',)))
    assert ask(store, "prices").complete


def test_only_the_wanted_columns_come_in_the_wanted_order_and_once(store: Store) -> None:
    store.commit(Batch(at=NOON, messages=(schedule(1, 2),)))
    found = ask(store, "planned", Details(columns=("charge_kw", "start", "charge_kw")))
    assert found.columns == {"charge_kw": (1.0, 2.0), "start": (NOON, NOON + SLOT)}


def test_rows_keep_their_order_when_what_orders_them_is_left_out(store: Store) -> None:
    store.commit(Batch(at=NOON, messages=tuple(notice(str(n), NOON - n * SLOT) for n in range(9))))
    found = ask(store, "notifications", Details(columns=("title",)))
    assert found.columns["title"] == tuple(str(n) for n in reversed(range(9)))


def test_pages_put_together_are_the_whole(store: Store) -> None:
    store.commit(Batch(at=NOON, messages=tuple(notice(str(n), NOON + n * SLOT) for n in range(10))))
    pages = [ask(store, "notifications", limit=4, offset=first) for first in (0, 4, 8)]
    titles = [title for page in pages for title in page.columns["title"]]
    assert titles == [str(n) for n in range(10)]
    assert [page.complete for page in pages] == [False, False, True]


@pytest.mark.parametrize(
    ("lead", "expected"), [(None, 5), (0, 4), (0.5, 3), (1, 3), (1.01, 2), (24, 1), (25, None)]
)
def test_a_forecast_by_its_lead_is_the_last_one_so_long_before(
    store: Store, lead: float | None, expected: float | None
) -> None:
    leads = {1: 24.0, 2: 2.0, 3: 1.0, 4: 0.0, 5: -0.1, 6: -0.25}
    store.commit(
        Batch(
            at=NOON,
            messages=tuple(forecast(p50, NOON - hours * HOUR) for p50, hours in leads.items()),
        )
    )
    found = ask(store, "forecasts", Details(lead_hours=lead))
    assert found.columns["p50_kw"] == (() if expected is None else (expected,))


def test_a_schedule_by_its_id_comes_with_its_slots_whenever_it_was_made(store: Store) -> None:
    first, second = schedule(1, 2, 3), schedule(4)
    store.commit(Batch(at=NOON, messages=(first, second)))
    asked = Asked(
        what="schedules", start=NOON + 99 * HOUR, end=NOON + 99 * HOUR, limit=9,
        details=Details(id=first.message_id),
    )  # fmt: skip
    assert store.answer(asked, A_MINUTE).columns["charge_kw"] == (1, 2, 3)
    assert ask(store, "schedules", Details(id=uuid4())).row_count == 0


@pytest.mark.parametrize("what", ["slots", "rollups", "notifications"])
def test_a_detail_that_means_nothing_is_refused(store: Store, what: HistoryQuestion) -> None:
    with pytest.raises(QuestionError, match=f"{what} have no id; .*schedules"):
        ask(store, what, Details(id=uuid4()))
    with pytest.raises(QuestionError, match=f"{what} have no lead_hours; .*forecasts"):
        ask(store, what, Details(lead_hours=1))


def test_a_question_that_takes_too_long_is_stopped_and_the_next_one_answered(
    store: Store,
) -> None:
    store.commit(Batch(at=NOON, messages=(schedule(1),)))
    endless = "SELECT count(*) FROM range(1000000) a, range(1000000) b WHERE a.range * b.range = 7"
    watch = Stopwatch()
    with (
        pytest.raises(QuestionError, match="ask for a shorter time"),
        limited(store._writer, timedelta(seconds=0.05)),
    ):
        store._writer.execute(endless).fetchall()
    assert watch.elapsed < timedelta(minutes=1)
    assert ask(store, "planned").row_count == 1


def test_a_question_that_is_stopped_leaves_no_transaction_open(store: Store) -> None:
    endless = "SELECT count(*) FROM range(1000000) a, range(1000000) b WHERE a.range * b.range = 7"
    reader = store._file.reader

    def stopped() -> None:
        with limited(reader, timedelta(seconds=0.05)):
            reader.begin()
            reader.execute(endless).fetchall()

    for _ in range(2):
        with pytest.raises(QuestionError, match="ask for a shorter time"):
            stopped()
    assert ask(store, "rollups").row_count == 0


def test_a_question_that_has_waited_too_long_is_not_begun(store: Store) -> None:
    with pytest.raises(QuestionError, match="ask for a shorter time"):
        store.answer(Asked(what="planned", start=NOON, end=NOON, limit=9), timedelta(0))


def observed(store: Store, *rows: SlotEnergy) -> None:
    store.replace_slots(rows, "counters", NOON)


def test_slots_have_their_flags_by_channel(store: Store) -> None:
    odd = SlotEnergy(start=NOON, kwh={"load": 1, "pv": 2}, flags={"load": GAP | RESET, "pv": LUMP})
    observed(store, odd, SlotEnergy(start=NOON + SLOT, kwh={"load": 1}))
    told = ask(store, "slots")
    assert told.columns["flags"] == ({"load": ["gap", "reset"], "pv": ["lump"]}, {})
    assert told.columns["quality"] == (["gap", "lump", "reset"], [])
    read = pl.read_ipc_stream(arrow_stream(told))
    assert read["flags"].to_list() == [
        [{"name": "load", "values": ["gap", "reset"]}, {"name": "pv", "values": ["lump"]}], []
    ]  # fmt: skip


def test_slots_have_the_label_of_their_local_day(store: Store) -> None:
    zone = ZoneInfo("Europe/Stockholm")
    day = date(2026, 1, 1)
    _, midnight = local_day(day, zone)
    observed(store, *(SlotEnergy(start=midnight + n * SLOT, kwh={"load": 1}) for n in (-1, 0)))
    store.label_days([DayLabel(day=day, label="exclude", reasons="a party")], "person", NOON)
    assert ask(store, "slots").columns["label"] == (None, None)
    store.roll([day], House(cell=None, zone=zone), midnight)
    assert ask(store, "slots").columns["label"] == ("exclude", None)


def an_episode(note: str = "") -> Episode:
    plan = schedule(1, 2)
    return Episode(
        sender=Service.PLANNER, emitted_at=NOON, schedule_id=str(plan.message_id),
        inputs={"note": note}, context={}, schedule=plan.model_dump(mode="json"),
    )  # fmt: skip


def test_an_episode_by_its_id_is_whole(store: Store) -> None:
    first, second = an_episode("first"), an_episode("second")
    store.commit(Batch(at=NOON, messages=(first, second)))
    columns = ask(store, "episodes").columns
    assert "body" not in columns
    assert columns["message_id"] == tuple(sorted((str(first.message_id), str(second.message_id))))
    (body,) = ask(store, "episodes", Details(id=first.message_id)).columns["body"]
    assert json.loads(body)["inputs"] == {"note": "first"}
    only = Details(id=second.message_id, columns=("body",))
    assert ask(store, "episodes", only).columns.keys() == {"body"}
    assert ask(store, "episodes", Details(id=uuid4())).row_count == 0


def test_a_damaged_episode_is_a_sentence(store: Store) -> None:
    episode = an_episode()
    store.commit(Batch(at=NOON, messages=(episode,)))
    store._writer.execute("UPDATE episode SET body = 'no body'::BLOB")
    with pytest.raises(QuestionError, match="this planning run is damaged: "):
        ask(store, "episodes", Details(id=episode.message_id))
    assert ask(store, "episodes").row_count == 1


def described() -> dict[tuple[str, bool], list[str]]:
    """The columns that the README names, by question and whether one is asked for by its id."""
    text = README.read_text(encoding="utf-8")
    section = text.partition("### Columns\n")[2].partition("\n#")[0]
    found = re.findall(
        r"^- `(\w+)`( with `(?:id|lead_hours)`)?: (.*?)(?=^-|\Z)", section, re.DOTALL | re.MULTILINE
    )
    told = {(what, bool(whole)): re.findall(r"`(\w+)`", rest) for what, whole, rest in found}
    for what in ("episodes", "prices"):
        told[what, True] = told[what, False] + told[what, True]  # "the same, …"
    return told


def test_answers_have_the_columns_that_the_readme_names(store: Store) -> None:
    by_id = Details(id=uuid4())
    told = {(what, False): list(ask(store, what).columns) for what in QUESTIONS}
    told["schedules", True] = list(ask(store, "schedules", by_id).columns)
    told["episodes", True] = list(ask(store, "episodes", by_id).columns)
    told["messages", True] = list(ask(store, "messages", by_id).columns)
    told["prices", True] = list(ask(store, "prices", Details(lead_hours=1)).columns)
    assert described() == told


def test_answers_have_the_kinds_that_the_readme_tells_of(store: Store) -> None:
    for what in QUESTIONS:
        for name, kind in ask(store, what).types.items():
            if name.endswith(("_at", "_slot")) or name in {"start", "end", "valid_until"}:
                assert kind == "TIMESTAMP", (what, name)
            if name.endswith(("_kwh", "_kw", "_percent", "_per_kwh")):
                assert kind == "DOUBLE", (what, name)


def test_many_unknown_columns_are_a_short_sentence(store: Store) -> None:
    wanted = Details(columns=tuple(f"{n}{'x' * 900}" for n in range(900)))
    with pytest.raises(QuestionError, match="there is no column 0xxx") as refused:
        ask(store, "prices", wanted)
    assert len(str(refused.value)) < 300
