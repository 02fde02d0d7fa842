"""Home Assistant's Supervisor, as an add-on may ask it.

SupervisorError   it cannot be reached, or refuses; the text says so and what to do
"""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from darkstar_common.launcher.addon.options import Options, OptionsError, read_options

PATIENCE = 10.0
"""For an answer [s]."""


class SupervisorError(Exception):
    """It has no answer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Supervisor:
    """Where it is, and who we are to it."""

    url: str
    token: str | None = field(repr=False)

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> Supervisor:
        """The one that started this container."""
        url = environment.get("SUPERVISOR_URL", "http://supervisor")
        return cls(url=url.rstrip("/"), token=environment.get("SUPERVISOR_TOKEN") or None)

    def mqtt(self) -> dict[str, Any]:
        """What it knows of a broker.

        Raises:
            SupervisorError: It knows of none, or does not answer.
        """
        return self._asked(
            "/services/mqtt",
            "install and start the Mosquitto broker add-on, or name a broker in the options",
        )

    def timezone(self) -> str | None:
        """The time zone that people here live by; None where it is not told."""
        try:
            said = self._asked("/info", "").get("data")
        except SupervisorError:
            return None
        zone = said.get("timezone") if isinstance(said, dict) else None
        return zone if isinstance(zone, str) and zone else None

    def _asked(self, path: str, way_out: str) -> dict[str, Any]:
        request = urllib.request.Request(  # noqa: S310 (the Supervisor's address)
            f"{self.url}{path}", headers={"Authorization": f"Bearer {self.token or ''}"}
        )
        try:
            with urllib.request.urlopen(request, timeout=PATIENCE) as answer:  # noqa: S310 (as above)
                said = json.load(answer)
        except urllib.error.HTTPError as error:
            raise SupervisorError(
                f"the Supervisor knows no broker ({error.code}): {way_out}"
            ) from None
        except (OSError, ValueError) as error:
            raise SupervisorError(f"the Supervisor does not answer ({error}): {way_out}") from None
        if not isinstance(said, dict):
            raise SupervisorError(f"the Supervisor's answer is none: {way_out}")
        return said


def options_in(path: Path) -> Options:
    """The options that people chose.

    Raises:
        OptionsError: The file cannot be read, or an option cannot be used.
    """
    try:
        plain = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise OptionsError(f"{path} cannot be read ({error}): the Supervisor writes it") from None
    if not isinstance(plain, dict):
        raise OptionsError(f"{path} holds no options: the Supervisor writes it")
    return read_options(plain)
