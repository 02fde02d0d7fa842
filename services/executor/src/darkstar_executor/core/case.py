"""One setting, all that is known about its entity, and how to write at this moment."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from darkstar_executor.core.clamping import same
from darkstar_executor.core.entities import Entity
from darkstar_executor.core.sent import Sent
from darkstar_executor.core.setting import Setting, Value

_OF_ITSELF = 5.0
"""What of a power counts as a change, in threshold_percent of itself."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Manners:
    """How to write at this moment.

    Attributes:
        threshold_percent: Smaller changes, as a share of the entity's range, are not written.
        min_interval: Between two writes to one entity.
        confirm_within: How long an entity may take to show a setting, times the attempts.
        max_per_day: Writes to one entity; what calms is written beyond it. None: no limit.
        day: The local day.
        urgent: A person asked, or we are leaving; the interval holds nothing back.
        shadow: Nothing is sent; the outcome says what would have been.
        again: What is set already is written too: the house does not follow.
        at_once: Nobody will be there to see bounds shown before what waits for them; the order
            of sending has to do.
    """

    threshold_percent: float
    min_interval: timedelta
    confirm_within: timedelta = timedelta(seconds=60)
    max_per_day: int | None = None
    day: date = date.min
    urgent: bool = False
    shadow: bool = False
    again: bool = False
    at_once: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One setting, and all that is known about its entity.

    Attributes:
        value: What is wanted, within the entity's range and on its steps.
        shown: What it says it is set to.
        heard: Whether the house has said anything since the last write to it.
        today: Writes to it today.
        now: The moment.
    """

    setting: Setting
    entity: Entity
    value: Value
    shown: Value | None
    last: Sent | None
    reachable: bool
    heard: bool
    today: int
    manners: Manners
    now: datetime

    @property
    def afloat(self) -> tuple[tuple[Value, datetime], ...]:
        """Other values that were sent and may arrive yet, before their messages expire."""
        last = self.last
        if last is None:
            return ()
        sent = (*last.afloat, (last.value, last.at)) if last.pending else last.afloat
        return tuple(
            (value, at)
            for value, at in sent
            if abs(self.now - at) < self.manners.confirm_within and not self.near(value)
        )

    @property
    def standing(self) -> Value | None:
        """What the entity is set to, as far as is known."""
        last = self.last
        if last is not None and (last.pending or self.manners.shadow or self.shown is None):
            return last.value
        return self.shown

    def near(self, other: Value | None) -> bool:
        """Whether `other` is as good as the value wanted."""
        within = 0.0 if self.setting.exact else self._threshold(other)
        return same(other, self.value, self.entity, within=within)

    @property
    def calms(self) -> bool:
        """Whether it stops a forced flow, or makes one smaller than it is."""
        standing = self.standing
        if self.setting.sense != "limit" or isinstance(self.value, bool | str):
            return self.setting.calm
        known = standing is not None and not isinstance(standing, bool | str)
        return self.setting.calm or (known and abs(self.value) < abs(float(standing or 0.0)))

    @property
    def used_up(self) -> bool:
        """Whether the entity was written as often as it may be today."""
        most = self.manners.max_per_day
        return most is not None and self.today >= most

    def _threshold(self, other: Value | None) -> float:
        """A share of the range; of a power no more than five times that share of itself.

        Some gateways give a power a range of a megawatt, and a small one is no zero.
        """
        low, high = self.entity.minimum, self.entity.maximum
        reach = high - low if low is not None and high is not None else 0.0
        if self.setting.most is not None:
            reach = min(reach, 2 * self.setting.most)
        if self.setting.sense == "limit":
            known = (one for one in (self.value, other) if isinstance(one, float | int))
            reach = min(reach, _OF_ITSELF * max(map(abs, known), default=0.0))
        return reach * self.manners.threshold_percent / 100
