"""So many sensor messages a second, from a process of its own: `python -m bench.flood PORT RATE`.

Round robin over all sensors of the house, each message another value than the one before.
"""

from __future__ import annotations

import asyncio
import socket
import sys
from itertools import count

import aiomqtt
from unit.executor.samples import ENTITIES, SETTINGS, state_topic

from darkstar_common.runtime import Stopwatch

SENSORS = tuple(role for role in ENTITIES if role not in SETTINGS)
AT_ONCE = ((socket.IPPROTO_TCP, socket.TCP_NODELAY, 1),)
"""A small message does not wait until the one before it is acknowledged (up to 40 ms)."""
FEWEST_PAUSES = 0.005
"""Messages go out in bursts of so much time at least [s]."""
VALUES = {
    "battery_soc": 50.0, "battery_power": 300.0, "pv_power": 900.0, "load_power": 0.6,
    "grid_power": 100.0, "grid_voltage": 231.0, "water_temperature": 55.0,
    "load_energy": 4000.0, "pv_energy": 7_000_000.0,
}  # fmt: skip
STEPS = {"load_power": 0.001, "load_energy": 0.0001, "pv_energy": 0.1}


def message(number: int) -> tuple[str, str]:
    """Topic and payload of the message of that number; counters only count up."""
    role = SENSORS[number % len(SENSORS)]
    turn = number // len(SENSORS)
    wave = turn if role.endswith("energy") else turn % 10
    return state_topic(role), f"{VALUES[role] + wave * STEPS.get(role, 0.1):.4f}"


async def flood(port: int, rate: float) -> None:
    """Send until cancelled, and say each second's rate on standard output."""
    async with aiomqtt.Client("127.0.0.1", port=port, socket_options=AT_ONCE) as client:
        watch, second = Stopwatch(), 1
        for number in count():
            await client.publish(*message(number))
            ahead = (number + 1) / rate - watch.elapsed.total_seconds()
            if ahead > FEWEST_PAUSES:
                await asyncio.sleep(ahead)
            if watch.elapsed.total_seconds() >= second:
                print((number + 1) / watch.elapsed.total_seconds(), flush=True)  # noqa: T201 (its only word to the benchmark)
                second += 1


if __name__ == "__main__":
    asyncio.run(flood(int(sys.argv[1]), float(sys.argv[2])))
