"""What a house says, much faster: `python -m bench.house_mixture PORT RATE SECONDS`.

Messages of the contract's real payloads, each of a kind in the share that the executor's five
seconds, the planner's and the forecaster's quarter hours give it; lists of slots are two days
long. Sent at QoS 1 from a process of its own, which says at the end what it has sent.
"""

from __future__ import annotations

import json
import sys
import time
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

from paho.mqtt.client import Client, MQTTv5
from paho.mqtt.enums import CallbackAPIVersion

from darkstar_common.contract import (
    ACTION,
    CONTROL_STATE,
    EPISODE,
    HOUSE_ENERGY,
    HOUSE_STATE,
    LOAD_FORECAST,
    PRICES,
    PV_FORECAST,
    SCHEDULE,
    STRATEGY,
    WEATHER,
    Channel,
)

RATE, SECONDS = 2000.0, 60.0
PAYLOADS = Path(__file__).resolve().parents[1] / "contract/payloads/v1"
SLOT, SLOTS = timedelta(minutes=15), 192
STEP_KWH = 1e-6
"""So much the counters grow with each message; 3.5 kW at full rate."""
HALF_AN_HOUR: tuple[tuple[Channel[Any], str, int], ...] = (
    (HOUSE_STATE, "HouseState", 360),
    (HOUSE_ENERGY, "EnergyCounters", 360),
    (CONTROL_STATE, "ControlState", 30),
    (ACTION, "ActionRecord", 4),
    (SCHEDULE, "Schedule-whole", 2),
    (STRATEGY, "Strategy", 2),
    (EPISODE, "Episode", 2),
    (LOAD_FORECAST, "QuantileForecast-load", 1),
    (PV_FORECAST, "QuantileForecast-pv", 1),
    (PRICES, "PriceCurve", 1),
    (WEATHER, "WeatherForecast", 1),
)
"""How often each comes."""


def stretched(document: Any, start: datetime) -> Any:
    """The document, its lists of slots as long as real ones."""
    if isinstance(document, dict):
        return {name: stretched(value, start) for name, value in document.items()}
    if isinstance(document, list) and document and _is_slot(document[0]):
        return [
            document[n % len(document)] | {"start": (start + n * SLOT).isoformat()}
            for n in range(SLOTS)
        ]
    return document


def _is_slot(one: Any) -> bool:
    return isinstance(one, dict) and "start" in one


def order() -> list[int]:
    """Indices into the table, spread evenly over half an hour."""
    places = [
        ((number + 0.5) / count, index)
        for index, (_, _, count) in enumerate(HALF_AN_HOUR)
        for number in range(count)
    ]
    return [index for _, index in sorted(places)]


def renewed(document: dict[str, Any], number: int) -> dict[str, Any]:
    """The document as a message of now: with an id, times and counters of its own."""
    now = datetime.now(UTC).isoformat()
    new = document | {"message_id": str(uuid4()), "emitted_at": now}
    for name, value in document.items():
        if name == "issued_at":
            new[name] = now
        elif isinstance(value, dict) and value.get("measured_at"):
            grown = {"value": kwh(number)} if name.endswith("_kwh") else {}
            new[name] = value | grown | {"measured_at": now}
    return new


def kwh(number: int) -> float:
    """What a counter shows [kWh]."""
    return round(100 + number * STEP_KWH, 6)


def flood(port: int, rate: float, seconds: float) -> None:
    """Send, wait until the broker has it all, and say what it was."""
    today = datetime.now(UTC).replace(minute=0, second=0, microsecond=0)
    read = [
        json.loads((PAYLOADS / f"{name}.json").read_text(encoding="utf-8"))
        for _, name, _ in HALF_AN_HOUR
    ]
    documents = [stretched(one, today) for one in read]
    for (channel, _, _), document in zip(HALF_AN_HOUR, documents, strict=True):
        channel.message.model_validate(renewed(document, 0))
    topics = [channel.topic("home") for channel, _, _ in HALF_AN_HOUR]
    client = Client(CallbackAPIVersion.VERSION2, protocol=MQTTv5)
    client.max_inflight_messages_set(400)
    client.connect("127.0.0.1", port)
    client.loop_start()
    sent, turns, energies = Counter[str](), order(), 0
    began = time.perf_counter()
    for number in range(round(rate * seconds)):
        index = turns[number % len(turns)]
        path = HALF_AN_HOUR[index][0].path
        energies += path == HOUSE_ENERGY.path
        payload = json.dumps(renewed(documents[index], energies))
        last = client.publish(topics[index], payload, qos=1)
        sent[path] += 1
        ahead = (number + 1) / rate - (time.perf_counter() - began)
        if ahead > 0.005:
            time.sleep(ahead)
    last.wait_for_publish()
    took = time.perf_counter() - began
    client.loop_stop()
    said = {"sent": sent, "seconds": took, "load_kwh": kwh(energies)}
    print(json.dumps(said))  # noqa: T201 (its only word to the benchmark)


if __name__ == "__main__":
    flood(int(sys.argv[1]), float(sys.argv[2]), float(sys.argv[3]))
