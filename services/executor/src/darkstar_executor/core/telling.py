"""What `control/state` says: the decision, what people asked for, and how it goes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from darkstar_common.config import Config
from darkstar_common.contract import (
    NOTIFICATION_KINDS,
    ControlState,
    Following,
    Legionella,
    Schedule,
    Service,
)
from darkstar_common.slots import SLOT
from darkstar_executor.core.decide import Decision
from darkstar_executor.core.hot_cycle import told
from darkstar_executor.core.legionella import LegionellaState
from darkstar_executor.core.measured import Measured
from darkstar_executor.core.wishes import Wishes


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """All that there is to tell at one moment.

    Attributes:
        hands_on: Whether automation is on, by people and by the house's own switch.
        schedule: The one received last, followed or not.
        slot_start: Of the slot in force; None: no slot of the schedule is.
    """

    now: datetime
    decision: Decision
    wishes: Wishes
    measured: Measured
    shadow: bool
    hands_on: bool
    following: Following
    legionella: LegionellaState
    schedule: Schedule | None
    slot_start: datetime | None
    caused_by: UUID | None


def control_state(moment: Moment, config: Config) -> ControlState:
    """The whole state, for the bus."""
    decision, wishes, start = moment.decision, moment.wishes, moment.slot_start
    schedule = moment.schedule
    return ControlState(
        sender=Service.EXECUTOR,
        emitted_at=moment.now,
        caused_by=moment.caused_by,
        command=decision.command,
        rule=decision.rule,
        reason=decision.reason,
        shadow=moment.shadow,
        automation=moment.hands_on,
        override=wishes.override,
        water_boost_until=wishes.water_boost_until,
        paused_at=wishes.paused_at,
        paused_until=wishes.paused_until,
        slot_start=start,
        next_slot_start=start + SLOT if start else None,
        schedule_id=str(schedule.message_id) if schedule and start else None,
        water_rule=decision.water_rule,
        ev_rules=dict(decision.ev_rules),
        trimmed=decision.trimmed,
        following=moment.following,
        legionella=_legionella(moment, config),
        notifications=notifications(wishes, config),
        grid_available=moment.measured.grid_available,
    )


def notifications(wishes: Wishes, config: Config) -> dict[str, bool]:
    """Which kinds of notification are sent: as people said, else as configured."""
    configured = config.executor.notify
    return {
        kind: wishes.notifications.get(kind, getattr(configured, kind))
        for kind in NOTIFICATION_KINDS
    }


def _legionella(moment: Moment, config: Config) -> Legionella | None:
    heater = config.water_heater
    if heater is None:
        return None
    return told(moment.legionella, moment.decision.memory, heater, moment.now)
