"""What to do about one setting: leave it, write it, wait for it, or give it up for a while."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Literal

from darkstar_executor.core.clamping import same, unfit
from darkstar_executor.core.entities import Entity
from darkstar_executor.core.setting import Setting, Value

ATTEMPTS = 3
REST_AFTER_FAILURE = timedelta(minutes=15)
"""After the last attempt nothing is tried for so long, unless something else is wanted."""
DEAF = 10
"""Without a word from the house an attempt lasts so many times longer: perhaps we hear nothing."""
FIGHT = 3
"""So often within an hour a setting may be changed by another hand before it is left alone."""
_HOUR = timedelta(hours=1)

Result = Literal["written", "unchanged", "shadow", "held_back", "unbound", "not_confirmed"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """The last write to one entity.

    Attributes:
        at: When it was sent, or given up.
        attempts: How often in a row this value was sent.
        confirmed: Whether the entity has shown it since.
        failed: Whether the attempts are used up: it rests.
        troubled: Whether it failed, and has not obeyed since.
        reverted: How often another hand changed it after it was shown.
    """

    value: Value
    at: datetime
    attempts: int = 1
    confirmed: bool = False
    failed: bool = False
    troubled: bool = False
    reverted: int = 0

    @property
    def pending(self) -> bool:
        """Whether it waits to be shown."""
        return not self.confirmed and not self.failed

    def rests(self, now: datetime) -> bool:
        """Whether it was given up, not long ago."""
        return self.failed and abs(now - self.at) < REST_AFTER_FAILURE

    def noticed(self, value: Value | None, entity: Entity, now: datetime) -> Sent:
        """After `entity` showed `value`."""
        if not same(value, self.value, entity):
            return self
        fought = self.reverted >= FIGHT and abs(now - self.at) < _HOUR
        return replace(self, confirmed=True, failed=False, troubled=self.troubled and fought)


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

    @property
    def standing(self) -> Value | None:
        """What the entity is set to, as far as is known."""
        last = self.last
        if last is not None and (last.pending or self.manners.shadow or self.shown is None):
            return last.value
        return self.shown

    def near(self, other: Value | None) -> bool:
        """Whether `other` is as good as the value wanted."""
        within = 0.0 if self.setting.exact else self._threshold()
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

    def _threshold(self) -> float:
        low, high = self.entity.minimum, self.entity.maximum
        reach = high - low if low is not None and high is not None else 0.0
        return reach * self.manners.threshold_percent / 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What is done about a setting.

    Attributes:
        sends: Whether it is written.
        wears: Whether that counts as a write of the day; a keep-alive does not.
        worn: It is held back since its entity was written often enough today.
    """

    result: Result
    detail: str = ""
    sends: bool = False
    wears: bool = True
    worn: bool = False


def judge(case: Case, now: datetime) -> Verdict:
    """What to do about the setting of `case`, others apart."""
    wrong = unfit(case.value, case.entity)
    if wrong is not None:
        return Verdict(result="held_back", detail=wrong)
    verdict = _wish(case, now)
    if verdict.sends and not case.reachable:
        return held_back(f"{case.entity.entity_id} says it is unavailable")
    if verdict.sends and verdict.wears and case.used_up and not case.calms:
        detail = f"{case.entity.entity_id} was written {case.today} times today"
        return Verdict(result="held_back", detail=detail, worn=True)
    return verdict


def remembered(case: Case, verdict: Verdict, now: datetime) -> Sent | None:
    """What is to be known of the entity after `verdict`."""
    last = case.last
    if last is not None and verdict.result == "not_confirmed":
        return last if last.failed else replace(last, at=now, failed=True, troubled=True)
    if not verdict.sends:
        return last
    unseen = case.manners.shadow or case.entity.state_topic is None
    sent = Sent(value=case.value, at=now, confirmed=unseen or case.near(case.shown))
    if last is None:
        return sent
    sent = replace(sent, troubled=last.troubled)
    if not case.near(last.value):
        return sent
    fought = last.reverted if abs(now - last.at) < _HOUR else 0
    if last.confirmed:
        return replace(sent, reverted=fought + (0 if case.near(case.shown) else 1))
    return replace(sent, attempts=last.attempts + 1, reverted=fought)


def held_back(detail: str) -> Verdict:
    """It would be written, but for `detail`."""
    return Verdict(result="held_back", detail=detail)


def _wish(case: Case, now: datetime) -> Verdict:
    last = case.last
    passed = abs(now - last.at) if last else timedelta.max  # a clock may be set back
    if last is not None and case.near(last.value):
        if last.failed:
            return _resting(case, last, now)
        if not last.confirmed:
            return _waiting(case, last, passed)
    if case.near(case.standing):
        return _set_already(case, passed)
    if last is not None and case.near(last.value) and last.reverted >= FIGHT and passed < _HOUR:
        return Verdict(result="not_confirmed", detail=_fought_over(case))
    if passed < case.manners.min_interval and not case.manners.urgent:
        return held_back(f"written {passed.total_seconds():.0f} s ago")
    return Verdict(result="written", sends=True)


def _set_already(case: Case, passed: timedelta) -> Verdict:
    if case.manners.again and not case.manners.shadow:
        return Verdict(result="written", detail="the house does not follow it", sends=True)
    refresh = case.setting.refresh
    if refresh is not None and passed >= refresh and not case.manners.shadow:
        return Verdict(result="unchanged", detail="kept alive", sends=True, wears=False)
    return Verdict(result="unchanged")


def _resting(case: Case, last: Sent, now: datetime) -> Verdict:
    if last.rests(now) or not case.reachable:
        detail = _fought_over(case) if last.reverted >= FIGHT else _not_shown(case, last.attempts)
        return Verdict(result="not_confirmed", detail=detail)
    return Verdict(result="written", detail="tried again after a rest", sends=True)


def _waiting(case: Case, last: Sent, passed: timedelta) -> Verdict:
    limit = case.manners.confirm_within * min(last.attempts, ATTEMPTS)
    if passed < limit:
        return Verdict(result="unchanged", detail="sent, not shown yet")
    if not case.reachable:
        return held_back(f"{case.entity.entity_id} says it is unavailable")
    if not case.heard and passed < DEAF * limit:
        return held_back("sent, and nothing was heard of the house since")
    if last.attempts < ATTEMPTS:
        detail = f"attempt {last.attempts + 1} of {ATTEMPTS}"
        return Verdict(result="written", detail=detail, sends=True)
    return Verdict(result="not_confirmed", detail=_not_shown(case, last.attempts))


def _not_shown(case: Case, attempts: int) -> str:
    seen = "nothing" if case.shown is None else f"{case.shown}"
    return f"{case.entity.entity_id} was set to {case.value} {attempts} times and shows {seen}"


def _fought_over(case: Case) -> str:
    return (
        f"{case.entity.entity_id} was set to {case.value} {FIGHT} times within an hour and each "
        f"time something else changed it, to {case.shown} at last"
    )
