"""What Darkstar learned about the house's own figures: proposals, changes, and what is in force."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from darkstar_common.contract.base import Message, Moment, Part, Request

Learned = Literal[
    "pv_factor",
    "load_factor",
    "battery_capacity_kwh",
    "charge_efficiency",
    "discharge_efficiency",
    "wear_cost_per_kwh",
]
"""What may drift: factors on the forecasts, and figures of the configuration's battery."""


class Proposal(Part):
    """A better value for one figure, and what speaks for it."""

    parameter: Learned
    current: float = Field(description="In force now")
    proposed: float = Field(description="At most one step from it, and within the bounds")
    lowest: float = Field(description="It is never proposed lower")
    highest: float = Field(description="It is never proposed higher")
    proposed_at: Moment
    evidence: str = Field(description="A sentence for people")
    samples: int = Field(ge=0, description="Observations that the evidence rests on")
    figures: dict[str, float] = Field(default_factory=dict, description="Of the evidence, by name")


class LearnedChange(Part):
    """A value that was changed, and why."""

    parameter: Learned
    before: float
    after: float
    changed_at: Moment
    automatic: bool = Field(description="Applied by itself, not by people")
    evidence: str = Field(default="", description="What spoke for it, or who took it back")
    reverts: bool = Field(default=False, description="Takes an earlier change back")


class LearningState(Message):
    """What was learned about the house's figures. The configuration file is never rewritten."""

    automatic: bool = Field(description="Whether proposals are applied without being asked")
    values: dict[Learned, float] = Field(
        default_factory=dict,
        description="In force instead of the configuration's; factors multiply the forecasts",
    )
    proposals: tuple[Proposal, ...] = Field(default=(), description="Open ones")
    changes: tuple[LearnedChange, ...] = Field(default=(), description="The last, newest first")
    looked_at: Moment | None = Field(default=None, description="When evidence was last weighed")


class ApplyLearning(Request):
    """Put a proposal in force."""

    examples = ("all", "pv_factor")
    word_field = "parameter"

    parameter: Literal[Learned, "all"] = "all"


class RevertLearning(Request):
    """Take the last change of a figure back; all: to what the configuration says."""

    examples = ("pv_factor", "all")
    word_field = "parameter"

    parameter: Literal[Learned, "all"]


__all__ = [
    "ApplyLearning",
    "Learned",
    "LearnedChange",
    "LearningState",
    "Proposal",
    "RevertLearning",
]
