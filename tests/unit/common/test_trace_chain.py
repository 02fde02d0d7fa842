"""Which messages belong to the chain of one, and how they are drawn."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from darkstar_common.contract import HistoryRows, Service
from darkstar_common.launcher.tracing.chain import (
    Chain,
    SeveralError,
    UnknownError,
    chain,
    matching,
)
from darkstar_common.launcher.tracing.messages import Remark, Told, known, recorded
from darkstar_common.launcher.tracing.picture import document, picture
from darkstar_common.launcher.tracing.words import NOT_KEPT, facts, sentence

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
STOCKHOLM = ZoneInfo("Europe/Stockholm")
WRITE = {
    "role": "max_charge_current", "entity": "number.inverter_max_charge", "before": 10.0,
    "wanted": 50.0, "after": None, "result": "written", "detail": "",
}  # fmt: skip


def told(name: str, topic: str, after: float = 0, **more: Any) -> Told:
    """A message so many seconds after noon."""
    at = NOON + timedelta(seconds=after)
    return Told(message_id=name, topic=topic, sender="someone", sent_at=at, **more)


PRICE = told("price000", "market/prices", detail={"area": "SE4", "currency": "SEK", "source": "x"})
LOAD = told("load0000", "forecast/load", detail={"quantity": "load", "model_version": "m7"})
PLAN = told(
    "plan0000", "plan/schedule", 2, caused_by="price000",
    made_from={"prices": "price000", "load": "load0000", "house": "house000"},
    detail={"status": "optimal", "cost": 12.5, "currency": "SEK", "solve_seconds": 0.4},
)  # fmt: skip
RUN = told("run00000", "plan/episode", 3, caused_by="plan0000", detail={"because": "new prices"})
DONE = told(
    "done0000", "control/action", 4, caused_by="plan0000",
    detail={
        "rule": "plan_charge", "reason": "it is cheap", "planned": {"intent": "hold"},
        "commanded": {"intent": "charge_from_grid"}, "writes": [WRITE], "skipped": None,
        "before": {"soc_percent": 40.0, "load_kw": 1.25, "pv_kw": None, "work_mode": "auto"},
    },
)  # fmt: skip
NEXT = told("plan0001", "plan/schedule", 9, made_from={"prices": "price000"})
STRANGER = told("plan0009", "plan/schedule", 9)
ALL = known((PRICE, LOAD, PLAN, RUN, DONE, NEXT, STRANGER))


def names(found: Chain) -> set[str]:
    return set(found.messages)


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ("done0000", {"done0000", "plan0000", "price000", "load0000", "house000"}),
        (
            "price000",
            {"price000", "plan0000", "plan0001", "run00000", "done0000", "load0000", "house000"},
        ),
        ("load0000", {"load0000", "plan0000", "run00000", "done0000", "price000", "house000"}),
        ("plan0009", {"plan0009"}),
        ("house000", {"house000", "plan0000", "run00000", "done0000", "price000", "load0000"}),
    ],
)
def test_a_chain_is_what_led_to_it_and_what_it_led_to(asked: str, expected: set[str]) -> None:
    assert names(chain(asked, ALL)) == expected


def test_what_nobody_knows_has_no_chain() -> None:
    with pytest.raises(UnknownError, match="nothing is known of the message abcd"):
        chain("abcd", ALL)


def test_a_circle_of_causes_has_an_end() -> None:
    first, second = (
        told("aaaa", "notify", caused_by="bbbb"),
        told("bbbb", "notify", caused_by="aaaa"),
    )
    found = chain("aaaa", known((first, second)))
    assert names(found) == {"aaaa", "bbbb"}
    assert len(found.spine) == 2
    assert picture(found, STOCKHOLM)


def test_the_way_to_a_message_begins_at_its_first_cause() -> None:
    assert [one.message_id for one in chain("done0000", ALL).spine] == [
        "price000", "plan0000", "done0000",
    ]  # fmt: skip


@pytest.mark.parametrize(("beginning", "expected"), [("pr", "price000"), ("house", "house000")])
def test_the_beginning_of_an_id_is_enough_when_no_other_begins_so(
    beginning: str, expected: str
) -> None:
    assert matching(beginning, ALL.values()) == expected


def test_ids_that_begin_alike_are_named() -> None:
    with pytest.raises(SeveralError, match="3 ids begin with plan: plan0000, plan0001, plan0009;"):
        matching("plan", ALL.values())


def test_an_id_that_begins_like_no_other_is_unknown() -> None:
    with pytest.raises(UnknownError, match="begins with ffff"):
        matching("ffff", ALL.values())


def test_a_price_is_drawn_down_to_what_was_written() -> None:
    lines = picture(chain("price000", known((PRICE, LOAD, PLAN, RUN, DONE))), STOCKHOLM)
    head, x, level = "01 Jan 13:00:00", "in SEK from x", "(unknown)"
    assert lines == (
        "01 Jan 13:00:00  market/prices  from someone  price000  ◀ asked for",
        "│  prices of SE4 in SEK from x",
        "└─ 01 Jan 13:00:02  plan/schedule  from someone  plan0000",
        "   │  optimal, expected cost 12.5 SEK, solved in 0.40 s",
        f"   │  made from prices: {head}  market/prices  from someone  price000, prices of SE4 {x}",
        f"   │  made from load: {head}  forecast/load  from someone  load0000, load by m7 {level}",
        f"   │  made from house: house000, {NOT_KEPT}",
        "   ├─ 01 Jan 13:00:03  plan/episode  from someone  run00000",
        "   │     the planning run, since new prices",
        "   └─ 01 Jan 13:00:04  control/action  from someone  done0000",
        "         charge from grid (the plan: hold), rule plan_charge: it is cheap",
        "         before: soc 40 %, load 1.25 kW, work mode auto",
        "         max_charge_current number.inverter_max_charge: 10 → 50 written",
    )


def test_a_setpoint_is_drawn_below_its_causes_and_not_beside_others() -> None:
    lines = picture(chain("done0000", ALL), STOCKHOLM)
    heads = [one for one in lines if "01 Jan" in one and "made from" not in one]
    assert [one.rpartition("  ")[2] for one in heads[:2]] == ["price000", "plan0000"]
    assert "done0000  ◀ asked for" in heads[2]
    assert len(heads) == 3
    assert not any("episode" in one for one in lines)


def test_each_message_is_drawn_once() -> None:
    both = told("both0000", "notify", 5, caused_by="plan0000", made_from={"it": "done0000"})
    lines = picture(chain("plan0000", known((PRICE, PLAN, DONE, both))), STOCKHOLM)
    assert sum("both0000" in one for one in lines) == 1


def test_programs_get_the_same_as_json() -> None:
    found = json.loads(document(chain("done0000", ALL)))
    assert found["asked"] == "done0000"
    by_id = {one["message_id"]: one for one in found["messages"]}
    assert by_id["done0000"]["caused_by"] == "plan0000"
    assert by_id["plan0000"]["made_from"]["load"] == "load0000"
    assert by_id["done0000"]["sent_at"] == "2026-01-01T12:00:04+00:00"
    assert by_id["house000"]["topic"] is None


def test_what_the_recorder_answers_becomes_messages() -> None:
    rows = HistoryRows(
        sender=Service.RECORDER, emitted_at=NOON, what="messages", row_count=1, complete=True,
        columns={
            "sent_at": ("2026-01-01T12:00:00Z",), "message_id": ("a",), "caused_by": (None,),
            "sender": ("planner",), "topic": ("plan/schedule",),
            "made_from": ('{"prices": "b"}',), "detail": ('{"status": "optimal"}',),
        },
    )  # fmt: skip
    assert recorded(rows) == (
        Told(
            message_id="a", topic="plan/schedule", sender="planner", sent_at=NOON,
            made_from={"prices": "b"}, detail={"status": "optimal"},
        ),
    )  # fmt: skip


def test_no_rows_are_no_messages() -> None:
    rows = HistoryRows(
        sender=Service.RECORDER, emitted_at=NOON, what="messages", row_count=0, complete=True,
        columns={"message_id": ()},
    )  # fmt: skip
    assert recorded(rows) == ()


def test_what_two_tell_of_a_message_is_put_together() -> None:
    line = Remark(at=NOON, service="executor", event="request_answered", detail={})
    from_log = Told(message_id="price000", remarks=(line,))
    found = known((PRICE,), (from_log,), (from_log,))["price000"]
    assert found.topic == "market/prices"
    assert found.remarks == (line,)


@pytest.mark.parametrize(
    ("topic", "detail", "expected"),
    [
        ("", {}, NOT_KEPT),
        ("market/prices", {"slots": 96}, ""),
        ("weather/forecast", {"source": "open_meteo"}, "weather from open_meteo"),
        (
            "forecast/pv",
            {"quantity": "pv", "model_version": "", "level": "infant", "basis": "the weather"},
            "pv by no model (infant), which rests on the weather",
        ),
        (
            "plan/strategy",
            {"risk_appetite": 3, "comfort": None, "rules": [{"rule": "r", "changed": "c"}]},
            "risk appetite 3; r: c",
        ),
        (
            "control/state",
            {
                "changes": [
                    {
                        "name": "override", "before": None,
                        "after": {"action": "hold", "until": "2026-01-01T13:00:00Z"},
                    },
                    {"name": "shadow", "before": True, "after": False},
                ]
            },
            "override: nothing → hold until 2026-01-01T13:00; shadow: on → off",
        ),
        (
            "control/action",
            {"rule": "off", "reason": "r", "skipped": "shadow mode"},
            "rule off: r; nothing written: shadow mode",
        ),
        ("notify", {"title": "No plan", "text": "why"}, "No plan: why"),
        (
            "plan/hindsight",
            {"day": "2026-01-01", "cost": 3.0, "currency": "SEK"},
            "2026-01-01 would have cost 3 SEK at best",
        ),
        ("of/a/later/version", {"anything": 1}, ""),
    ],
)  # fmt: skip
def test_every_kind_has_its_sentence(topic: str, detail: dict[str, Any], expected: str) -> None:
    assert sentence(Told(message_id="a", topic=topic, detail=detail)) == expected


def test_settings_that_stay_are_one_line() -> None:
    kept = [{**WRITE, "role": role, "result": "unchanged"} for role in ("work_mode", "soc_target")]
    one = Told(message_id="a", topic="control/action", detail={"writes": [kept[0], WRITE, kept[1]]})
    assert list(facts(one)) == [
        "max_charge_current number.inverter_max_charge: 10 → 50 written",
        "as wanted already: work_mode, soc_target",
    ]


def test_a_write_that_was_not_shown_says_so() -> None:
    write = {**WRITE, "before": None, "after": 10.0, "result": "not_confirmed", "detail": "3 tries"}
    one = Told(message_id="a", topic="control/action", detail={"writes": [write]})
    (said,) = facts(one)
    assert said.endswith("max_charge: unknown → 50 not confirmed, shows 10 (3 tries)")
