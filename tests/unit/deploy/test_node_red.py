"""The example flow for Node-RED: what it listens to, what it asks for, and when."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from darkstar_common.contract import (
    HOUSE_STATE,
    NOW,
    OVERRIDE_SET,
    SCHEDULE,
    TABLE,
    OverrideSet,
)

ROOT = Path(__file__).resolve().parents[3]
FLOW: list[dict[str, Any]] = json.loads((ROOT / "deploy/node-red/flows.json").read_text())
BY_ID = {one["id"]: one for one in FLOW}
PAYLOADS = ROOT / "tests/contract/payloads/v1"
NODE = shutil.which("node")
needs_node = pytest.mark.skipif(NODE is None, reason="Node.js is not installed")
UNKNOWN = "price or state of charge is unknown"
SLOT = "2026-06-02T15:45:00Z"
RUN = """
const [code, told, messages] = JSON.parse(require("fs").readFileSync(0, "utf8"));
const kept = {}, said = [], sent = [];
const context = {get: (key) => kept[key], set: (key, value) => { kept[key] = value; }};
const env = {get: (key) => told[key]};
const node = {status: (one) => said.push(one)};
const decide = new Function("msg", "context", "env", "node", code);
for (const msg of messages) sent.push(decide(msg, context, env, node));
console.log(JSON.stringify([said, sent]));
"""


def test_it_listens_to_topics_that_there_are() -> None:
    known = {channel.topic("home") for channel in TABLE}
    heard = {one["topic"] for one in FLOW if one["type"] == "mqtt in"}
    assert heard <= known | {f"{OVERRIDE_SET.topic('home')}/result"}
    assert {SCHEDULE.topic("home"), NOW.topic("home"), HOUSE_STATE.topic("home")} < heard


def test_every_wire_ends_at_a_node_and_every_broker_is_the_one_to_fill_in() -> None:
    for one in FLOW:
        for ends in one.get("wires", []):
            assert set(ends) <= set(BY_ID)
        assert one.get("broker", "darkstar-broker") in {"darkstar-broker", "localhost"}
    assert "credentials" not in json.dumps(FLOW)
    assert BY_ID["darkstar-broker"]["protocolVersion"] == "5"


def test_what_it_asks_never_waits_for_an_executor_that_is_away() -> None:
    out = BY_ID["darkstar-override"]
    assert (out["qos"], out["retain"]) == ("0", "false")


def _read(name: str, **changes: Any) -> dict[str, Any]:
    plain: dict[str, Any] = json.loads((PAYLOADS / f"{name}.json").read_text()) | changes
    return plain


def _message(channel: Any, payload: dict[str, Any]) -> dict[str, Any]:
    return {"topic": channel.topic("home"), "payload": payload}


def _plan(**slot: Any) -> dict[str, Any]:
    first = _read("Schedule")["slots"][0]
    return _read("Schedule", slots=[first | {"start": SLOT} | slot])


def _house(soc: float | None) -> dict[str, Any]:
    return _read("HouseState", soc_percent={"value": soc, "measured_at": SLOT})


def _decided(
    messages: list[dict[str, Any]], node: str = "darkstar-decide", **told: Any
) -> tuple[list[Any], list[Any]]:
    figures = {"EXPORT_PRICE": 0.9, "SOC_FLOOR": 40, "MINUTES": 30} | told
    given = json.dumps([BY_ID[node]["func"], figures, messages])
    assert NODE is not None
    done = subprocess.run(
        (NODE, "-e", RUN), input=given, capture_output=True, text=True, check=True
    )
    said, sent = json.loads(done.stdout)
    return [one["text"] for one in said], sent


KNOWN = [
    _message(SCHEDULE, _plan()),
    _message(NOW, _read("Now")),
    _message(HOUSE_STATE, _house(61)),
]


@needs_node
def test_it_sells_where_the_price_is_high_and_there_is_enough() -> None:
    said, sent = _decided(KNOWN)
    assert sent[:2] == [None, None]
    assert sent[2]["topic"] == OVERRIDE_SET.topic("home")
    assert sent[2]["messageExpiryInterval"] == 60
    asked = OverrideSet.parse(json.dumps(sent[2]["payload"]).encode())
    assert (asked.action, asked.minutes, asked.soc_percent) == ("force_export", 30, 40)
    assert said == [*(["waiting for the plan, the price and the house"] * 2),
                    "asked to sell at 0.93 down to 40 %"]  # fmt: skip


@needs_node
@pytest.mark.parametrize(
    ("messages", "told", "why"),
    [
        (KNOWN, {"EXPORT_PRICE": 0.94}, "plan: discharge at 0.93, 61 %"),
        (KNOWN, {"SOC_FLOOR": 61}, "plan: discharge at 0.93, 61 %"),
        ([*KNOWN[:2], _message(HOUSE_STATE, _house(None))], {}, UNKNOWN),
        ([KNOWN[0], _message(NOW, _read("Now", export_per_kwh=None)), KNOWN[2]], {},
         UNKNOWN),
        ([_message(SCHEDULE, _plan(start="2026-06-02T16:00:00Z")), *KNOWN[1:]], {},
         "the plan says nothing about this quarter of an hour"),
        ([_message(SCHEDULE, _plan(export_kw=3.0, discharge_kw=3.5)), *KNOWN[1:]], {},
         "plan: discharge at 0.93, 61 %; sells already"),
    ],
)  # fmt: skip
def test_it_asks_for_nothing_and_says_why(
    messages: list[dict[str, Any]], told: dict[str, Any], why: str
) -> None:
    said, sent = _decided(messages, **told)
    assert sent == [None] * 3
    assert said[-1] == why


@needs_node
def test_it_asks_again_only_after_the_time_that_it_asked_for() -> None:
    minutes = {place: f"2026-06-02T15:{45 + place}:02Z" for place in (0, 9, 10)}
    later = [_message(NOW, _read("Now", emitted_at=at)) for at in minutes.values()]
    _, sent = _decided([*KNOWN, *later], MINUTES=10)
    assert [one is not None for one in sent[2:]] == [True, False, False, True]


@needs_node
@pytest.mark.parametrize(("accepted", "title"), [(True, "accepted"), (False, "refused")])
def test_the_answer_is_shown(accepted: bool, title: str) -> None:
    answer = _read("RequestResult", accepted=accepted, reason="a sentence")
    said, sent = _decided([{"topic": "x", "payload": answer}], "darkstar-answer")
    assert said == ["a sentence"]
    assert (sent[0]["topic"], sent[0]["payload"]) == (f"override {title}", "a sentence")
