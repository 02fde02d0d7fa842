"""Asks Home Assistant for its long-term statistics and its history, over its WebSocket API."""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextlib import ExitStack
from datetime import UTC, datetime
from itertools import count
from types import TracebackType
from typing import Any, Self

from websockets.exceptions import WebSocketException
from websockets.sync.client import ClientConnection, connect

from darkstar_recorder.core.memories import Hour, Known, State

PATIENCE = 60.0
"""A small computer takes long for a month of a busy sensor; this is too long [s]."""
LARGEST = 64 * 2**20
"""An answer is not longer [bytes]."""


class HomeAssistantError(Exception):
    """It cannot be asked; the message says why, in one sentence."""


class HomeAssistant:
    """A connection to it; use it with `with`."""

    def __init__(self, url: str, token: str, *, patience: float = PATIENCE) -> None:
        """For the Home Assistant at `url` [http…]; it has `patience` [s] for each answer."""
        self._url = url.rstrip("/")
        self._token = token
        self._patience = patience
        self._numbers = count(1)
        self._open = ExitStack()
        self._socket: ClientConnection | None = None

    def __enter__(self) -> Self:
        """Connect and log in.

        Raises:
            HomeAssistantError: It is not there, or does not take the token.
        """
        address = f"ws{self._url.removeprefix('http')}/api/websocket"
        try:
            self._socket = self._open.enter_context(
                connect(address, open_timeout=self._patience, max_size=LARGEST)
            )
        except (OSError, WebSocketException) as error:
            raise HomeAssistantError(
                f"Home Assistant is not to be reached at {self._url} ({_said(error)}); "
                "check home_assistant.url"
            ) from None
        with ExitStack() as undone:
            undone.callback(self._open.close)
            self._log_in()
            undone.pop_all()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Hang up."""
        self._open.close()

    def known(self) -> dict[str, Known]:
        """Every entity and every statistic, by id, with its units.

        Raises:
            HomeAssistantError: It does not answer.
        """
        states = {
            one["entity_id"]: one.get("attributes", {}).get("unit_of_measurement")
            for one in self._ask("get_states")
        }
        statistics = {one["statistic_id"]: one for one in self._ask("recorder/list_statistic_ids")}
        return {
            name: _known(states.get(name), statistics.get(name))
            for name in states.keys() | statistics.keys()
        }

    def statistics(self, entity: str, start: datetime, end: datetime) -> tuple[Hour, ...]:
        """The hours of `entity` that start in [`start`, `end`); energies are in kWh.

        An energy whose unit Home Assistant does not convert comes as it is: see `Known`.

        Raises:
            HomeAssistantError: It does not answer.
        """
        found = self._ask(
            "recorder/statistics_during_period",
            start_time=start.isoformat(),
            end_time=end.isoformat(),
            statistic_ids=[entity],
            period="hour",
            types=["sum", "mean"],
            units={"energy": "kWh"},
        )
        return tuple(
            Hour(start=_moment(one["start"] / 1000), sum=one.get("sum"), mean=one.get("mean"))
            for one in found.get(entity, ())
        )

    def history(self, entity: str, start: datetime, end: datetime) -> tuple[State, ...]:
        """What `entity` showed in [`start`, `end`], in its own unit and words.

        Raises:
            HomeAssistantError: It does not answer.
        """
        found = self._ask(
            "history/history_during_period",
            start_time=start.isoformat(),
            end_time=end.isoformat(),
            entity_ids=[entity],
            # what it showed before is not repeated as if it were measured at the start
            include_start_time_state=False,
            significant_changes_only=False,
            minimal_response=True,
            no_attributes=True,
        )
        return tuple(State(at=_moment(one["lu"]), text=one["s"]) for one in found.get(entity, ()))

    def _log_in(self) -> None:
        self._heard()
        self._say({"type": "auth", "access_token": self._token})
        if self._heard().get("type") != "auth_ok":
            raise HomeAssistantError(
                f"Home Assistant at {self._url} does not take the token; make a long-lived access "
                "token on its profile page, and set DARKSTAR_HOME_ASSISTANT_TOKEN"
            )

    def _ask(self, what: str, **more: object) -> Any:
        number = next(self._numbers)
        self._say({"id": number, "type": what, **more})
        answer = self._heard()
        while answer.get("id") != number or answer.get("type") != "result":
            answer = self._heard()
        if not answer.get("success"):
            reason = answer.get("error", {}).get("message", "it does not say why")
            raise HomeAssistantError(f"Home Assistant refuses {what}: {reason}")
        return answer["result"]

    def _say(self, message: Mapping[str, object]) -> None:
        try:
            self._connected().send(json.dumps(message))
        except (OSError, WebSocketException) as error:
            raise self._lost(error) from None

    def _heard(self) -> dict[str, Any]:
        try:
            heard = json.loads(self._connected().recv(timeout=self._patience))
        except TimeoutError:
            raise HomeAssistantError(
                f"Home Assistant at {self._url} has not answered for {self._patience:g} s"
            ) from None
        except (OSError, WebSocketException) as error:
            raise self._lost(error) from None
        except ValueError:
            heard = None
        if not isinstance(heard, dict):
            raise HomeAssistantError(f"what answers at {self._url} is no Home Assistant")
        return heard

    def _connected(self) -> ClientConnection:
        if self._socket is None:
            raise HomeAssistantError("Home Assistant was not called yet")
        return self._socket

    def _lost(self, error: Exception) -> HomeAssistantError:
        return HomeAssistantError(f"Home Assistant at {self._url} hung up ({_said(error)})")


def _known(unit: str | None, statistic: Mapping[str, Any] | None) -> Known:
    if statistic is None:
        return Known(unit=unit)
    of_statistics = statistic.get("statistics_unit_of_measurement")
    converted = statistic.get("unit_class") == "energy"
    return Known(
        unit=unit,
        statistics_unit="kWh" if converted else of_statistics,
        has_sum=bool(statistic.get("has_sum")),
        # 1: arithmetic; older ones say has_mean
        has_mean=bool(statistic.get("has_mean") or statistic.get("mean_type") == 1),
    )


def _moment(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, tz=UTC)


def _said(error: Exception) -> str:
    return str(error).splitlines()[0] if str(error) else type(error).__name__
