"""All that is known of the house at one moment, fit to be handed to somebody else."""

from __future__ import annotations

from typing import Any

from pydantic import AwareDatetime, Field

from darkstar_common.contract import Message, Part
from darkstar_gateway.core.view import View

FORMAT = 1
_STATES = (
    "schedule", "strategy", "plan_status", "house_state", "house_energy", "control_state",
    "prices", "load_forecast", "pv_forecast", "models", "learning",
)  # fmt: skip


class Dump(Part):
    """One file for who is to help: no secrets, no place, no names, no addresses.

    `darkstar-planner solve` reads it and solves its `problem`.
    """

    darkstar_dump: int = Field(description="Format of this file")
    made_at: AwareDatetime
    versions: dict[str, str | None] = Field(description="Of the services; null: not running")
    settings: dict[str, Any]
    problem: dict[str, Any] | None = Field(
        description="What the last planning run solved; null: none is known"
    )
    problem_note: str = Field(description="Where the problem is from, or why there is none")
    states: dict[str, Any] = Field(description="The latest of each; null: not known")
    health: dict[str, Any]


def states(view: View) -> dict[str, Any]:
    """What the view holds that helps to understand a plan, as JSON."""
    return {name: _plain(getattr(view, name)) for name in _STATES}


def versions(view: View) -> dict[str, str | None]:
    """Which version of each service runs."""
    return {
        str(service): said.version if said and said.online else None
        for service, said in view.services.items()
    }


def _plain(message: Message | None) -> Any:
    return None if message is None else message.model_dump(mode="json")
