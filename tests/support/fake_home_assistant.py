"""A stand-in for Home Assistant's WebSocket API, as far as its memory is asked for."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from threading import Thread
from typing import Any

from websockets.exceptions import ConnectionClosed
from websockets.sync.server import ServerConnection, serve

TOKEN = "a token of the fake"  # noqa: S105 (of nothing)
_KWH_PER = {"Wh": 0.001, "kWh": 1.0, "MWh": 1000.0}


@dataclass
class FakeHomeAssistant:
    """What it remembers; tests write to it as they like."""

    url: str = ""
    units: dict[str, str | None] = field(default_factory=dict)
    """Entity to the unit of its state."""
    states: dict[str, list[tuple[datetime, str]]] = field(default_factory=dict)
    metadata: dict[str, dict[str, Any]] = field(default_factory=dict)
    hours: dict[str, dict[float, dict[str, Any]]] = field(default_factory=dict)
    asked: list[dict[str, Any]] = field(default_factory=list)
    """Every command since it is there."""
    hangs_up_after: int | None = None
    """After so many commands the line breaks; None: never."""
    silent: bool = False
    """It takes commands, and never answers."""

    def serve(self, socket: ServerConnection) -> None:
        """Talk to one client until it leaves."""
        with suppress(ConnectionClosed):
            socket.send(json.dumps({"type": "auth_required", "ha_version": "fake"}))
            if json.loads(socket.recv()).get("access_token") != TOKEN:
                socket.send(json.dumps({"type": "auth_invalid", "message": "Invalid"}))
                return
            socket.send(json.dumps({"type": "auth_ok"}))
            for text in socket:
                message = json.loads(text)
                if self.hangs_up_after is not None and len(self.asked) >= self.hangs_up_after:
                    return
                self.asked.append(message)
                if not self.silent:
                    socket.send(json.dumps(self._answer(message)))

    def _answer(self, message: dict[str, Any]) -> dict[str, Any]:
        about = {"id": message["id"], "type": "result"}
        answers = {
            "get_states": self._get_states,
            "recorder/list_statistic_ids": self._list,
            "recorder/import_statistics": self._import,
            "recorder/statistics_during_period": self._statistics,
            "history/history_during_period": self._history,
        }
        answer = answers.get(message["type"])
        if answer is None:
            error = {"code": "unknown_command", "message": "Unknown command."}
            return {**about, "success": False, "error": error}
        return {**about, "success": True, "result": answer(message)}

    def _get_states(self, _: dict[str, Any]) -> list[dict[str, Any]]:
        return [
            {
                "entity_id": entity,
                "state": self.states.get(entity, [(None, "unknown")])[-1][1],
                "attributes": {"unit_of_measurement": unit} if unit else {},
            }
            for entity, unit in self.units.items()
        ]

    def _list(self, _: dict[str, Any]) -> list[dict[str, Any]]:
        return [
            {
                "statistic_id": name,
                "statistics_unit_of_measurement": one["unit_of_measurement"],
                "unit_class": one.get("unit_class"),
                "has_sum": one["has_sum"],
                "mean_type": one["mean_type"],
            }
            for name, one in self.metadata.items()
        ]

    def _import(self, message: dict[str, Any]) -> None:
        metadata = message["metadata"]
        name = metadata["statistic_id"]
        self.metadata[name] = metadata
        hours = self.hours.setdefault(name, {})
        for one in message["stats"]:
            hours[datetime.fromisoformat(one["start"]).timestamp()] = one

    def _statistics(self, message: dict[str, Any]) -> dict[str, Any]:
        begin, end = _span(message)
        answer = {}
        for name in message["statistic_ids"]:
            if name not in self.metadata:
                continue
            about = self.metadata[name]
            factor = 1.0
            if about.get("unit_class") == "energy" and message["units"].get("energy") == "kWh":
                factor = _KWH_PER[about["unit_of_measurement"]]
            rows = [
                {
                    "start": at * 1000,
                    "end": (at + 3600) * 1000,
                    **{
                        kind: one[kind] * (factor if kind == "sum" else 1.0)
                        for kind in message["types"]
                        if kind in one
                    },
                }
                for at, one in sorted(self.hours[name].items())
                if begin <= at < end
            ]
            if rows:
                answer[name] = rows
        return answer

    def _history(self, message: dict[str, Any]) -> dict[str, Any]:
        begin, end = _span(message)
        found = {
            entity: [
                {"s": text, "a": {}, "lu": at.timestamp()}
                for at, text in self.states.get(entity, ())
                if begin < at.timestamp() < end
            ]
            for entity in message["entity_ids"]
        }
        return {entity: rows for entity, rows in found.items() if rows}


def _span(message: dict[str, Any]) -> tuple[float, float]:
    begin, end = (datetime.fromisoformat(message[one]) for one in ("start_time", "end_time"))
    return begin.timestamp(), end.timestamp()


@contextmanager
def fake_home_assistant() -> Iterator[FakeHomeAssistant]:
    """One that listens as long as the block lasts."""
    fake = FakeHomeAssistant()
    with serve(fake.serve, "127.0.0.1", 0) as server:
        fake.url = f"http://127.0.0.1:{server.socket.getsockname()[1]}"
        thread = Thread(target=server.serve_forever)
        thread.start()
        try:
            yield fake
        finally:
            server.shutdown()
            thread.join()


def hour(moment: datetime, **values: float) -> dict[str, Any]:
    """A row for `recorder/import_statistics`."""
    return {"start": moment.astimezone(UTC).isoformat(), **values}


def metadata(
    entity: str, unit: str | None, *, energy: bool = False, has_sum: bool = True
) -> dict[str, Any]:
    """Its head: of a counter, or of something that has a mean."""
    return {
        "statistic_id": entity,
        "source": "recorder",
        "name": None,
        "unit_of_measurement": unit,
        "unit_class": "energy" if energy else None,
        "has_sum": has_sum,
        "has_mean": not has_sum,
        "mean_type": 0 if has_sum else 1,
    }
