"""What people have set over the bus; it goes before the configuration, and passes in its time."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Annotated

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from darkstar_common.config import Config
from darkstar_common.contract import EvSet, ManualBlock
from darkstar_planner.core.inputs import Inputs
from darkstar_planner.core.strategy import Wishes

Level = Annotated[int, Field(ge=1, le=5)]


class Settings(BaseModel):
    """The settings, and what is to be remembered with them; immutable.

    Attributes:
        export_enabled: None, as for the levels: nobody has set it, so the configuration holds.
        vacation_until: When it ends by itself; None: when told.
        cars: What was last said of each vehicle, by its id; `emitted_at` says when.
        legionella_done_at: When the tank was last reported hot throughout.
    """

    model_config = ConfigDict(frozen=True, allow_inf_nan=False)

    export_enabled: bool | None = None
    risk_appetite: Level | None = None
    comfort: Level | None = None
    vacation: bool = False
    vacation_until: AwareDatetime | None = None
    blocks: tuple[ManualBlock, ...] = ()
    cars: dict[str, EvSet] = {}
    legionella_done_at: AwareDatetime | None = None

    def wishes(self, config: Config) -> Wishes:
        """What the strategy is to follow: what was set, else what is configured."""
        usual = Wishes.of(config)
        export, risk, comfort = self.export_enabled, self.risk_appetite, self.comfort
        return Wishes(
            export_enabled=usual.export_enabled if export is None else export,
            risk_appetite=usual.risk_appetite if risk is None else risk,
            comfort=usual.comfort if comfort is None else comfort,
            vacation=self.vacation,
            vacation_until=self.vacation_until,
        )

    def applied(self, inputs: Inputs) -> Inputs:
        """`inputs` with these settings."""
        return replace(
            inputs,
            wishes=self.wishes(inputs.config),
            blocks=self.blocks,
            cars=self.cars,
            legionella_done_at=self.legionella_done_at,
        )

    def current(self, config: Config, now: datetime) -> Settings:
        """These settings without what has passed at `now`, or is of no vehicle configured."""
        known = {one.id for one in config.evs}
        update: dict[str, object] = {
            "blocks": tuple(one for one in self.blocks if one.end > now),
            "cars": {
                name: _still_to_leave(car, now) for name, car in self.cars.items() if name in known
            },
        }
        if self.vacation_until is not None and self.vacation_until <= now:
            update |= {"vacation": False, "vacation_until": None}
        return self.model_copy(update=update)


def _still_to_leave(car: EvSet, now: datetime) -> EvSet:
    """`car` as it was said, without a departure that is over."""
    if car.departure is None or car.departure > now:
        return car
    return car.model_copy(update={"departure": None})
