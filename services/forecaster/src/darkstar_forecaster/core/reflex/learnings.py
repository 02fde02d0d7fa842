"""What was learned about the house's figures: in force, proposed, changed and taken back."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Self
from zoneinfo import ZoneInfo

from pydantic import AwareDatetime, BaseModel, ConfigDict

from darkstar_common.config import Config
from darkstar_common.contract import Learned, LearnedChange, Proposal
from darkstar_forecaster.core.reflex.bounds import rules

REMEMBERED = 500
"""So many changes are kept; at one a day and figure more than two months of all six."""
RESPECTED = timedelta(days=30)
"""For so long nothing that people took back is put in force without being asked."""
RECONFIGURED = "the configuration says something else now"
FORGOTTEN = "what was learned that day is to be forgotten"
_SAME = 1e-9


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """Nothing was changed, and why."""

    sentence: str


class Learnings(BaseModel):
    """Everything that was learned; immutable, and kept over restarts.

    Attributes:
        values: In force instead of the configuration's.
        bases: What the configuration said of each of them when it was last changed.
        proposals: Open ones.
        changes: Newest first.
        looked_at: When evidence was last weighed.
    """

    model_config = ConfigDict(frozen=True, allow_inf_nan=False)

    values: dict[Learned, float] = {}
    bases: dict[Learned, float] = {}
    proposals: tuple[Proposal, ...] = ()
    changes: tuple[LearnedChange, ...] = ()
    looked_at: AwareDatetime | None = None

    def in_force(self, config: Config) -> dict[Learned, float]:
        """The value of every figure that may drift in this house."""
        return {one: self.values.get(one, rule.configured) for one, rule in rules(config).items()}

    def settled(self, config: Config, now: datetime) -> Self:
        """Without what was learned of figures whose configuration has changed since.

        A person who writes another capacity into the file means it; what was learned of
        a battery that is gone means nothing.
        """
        ruled = rules(config)
        stale = [
            one
            for one in self.values
            if one not in ruled or abs(self.bases.get(one, 0.0) - ruled[one].configured) > _SAME
        ]
        settled = self
        for one in stale:
            configured = ruled[one].configured if one in ruled else self.values[one]
            settled = settled.changed(one, configured, now, why=RECONFIGURED, reverts=True)
        gone = set(stale)
        return settled.model_copy(
            update={
                "values": {one: it for one, it in settled.values.items() if one not in gone},
                "proposals": tuple(
                    one
                    for one in settled.proposals
                    if one.parameter in ruled and one.parameter not in gone
                ),
            }
        )

    def weighed(self, proposals: Iterable[Proposal], now: datetime) -> Self:
        """With `proposals` in place of the earlier ones."""
        return self.model_copy(update={"proposals": tuple(proposals), "looked_at": now})

    def applied(
        self, parameter: Learned, config: Config, now: datetime, *, automatic: bool = False
    ) -> Self | Refused:
        """With the open proposal of `parameter` in force."""
        found = next((one for one in self.proposals if one.parameter == parameter), None)
        if found is None:
            opened = ", ".join(one.parameter for one in self.proposals)
            there = f"there are proposals of {opened}" if opened else "no proposal is open"
            return Refused(sentence=f"there is no proposal of {parameter}; {there}")
        if self.changed_on(parameter, now, config.zone):
            return Refused(sentence=f"{parameter} was changed today; it changes once a day at most")
        return self.based(parameter, config).changed(
            parameter, found.proposed, now, why=found.evidence, automatic=automatic
        )

    def reverted(
        self, parameter: Learned, config: Config, now: datetime, *, why: str
    ) -> Self | Refused:
        """With the last change of `parameter` that still holds taken back."""
        configured = rules(config).get(parameter)
        if configured is None or parameter not in self.values:
            return Refused(sentence=f"{parameter} is as configured; there is nothing to take back")
        last = self._last_standing(parameter)
        before = configured.configured if last is None else last.before
        return self.changed(parameter, before, now, why=why, reverts=True).trimmed(config)

    def cleared(self, config: Config, now: datetime, *, why: str) -> Self | Refused:
        """With every figure as the configuration says."""
        if not self.values:
            return Refused(sentence="every figure is as configured; there is nothing to take back")
        cleared, ruled = self, rules(config)
        for one in self.values:
            if one in ruled:
                cleared = cleared.changed(one, ruled[one].configured, now, why=why, reverts=True)
        return cleared.model_copy(update={"values": {}})

    def without_today(self, config: Config, now: datetime) -> Self:
        """As it was when the local day of `now` began, the changes of it on record."""
        today = now.astimezone(config.zone).date()
        back = self
        for one in rules(config):
            of_today = [
                change
                for change in self.changes
                if change.parameter == one
                and change.changed_at.astimezone(config.zone).date() == today
            ]
            current = self.in_force(config)[one]
            if of_today and abs(of_today[-1].before - current) > _SAME:
                back = back.based(one, config).changed(
                    one, of_today[-1].before, now, why=FORGOTTEN, reverts=True
                )
        kept = tuple(
            one for one in back.proposals if one.proposed_at.astimezone(config.zone).date() != today
        )
        return back.model_copy(update={"proposals": kept}).trimmed(config)

    def changed_on(self, parameter: Learned, now: datetime, zone: ZoneInfo) -> bool:
        """Whether `parameter` was changed on the local day of `now` already."""
        today = now.astimezone(zone).date()
        last = next((one for one in self.changes if one.parameter == parameter), None)
        return last is not None and last.changed_at.astimezone(zone).date() == today

    def unwanted(self, parameter: Learned, now: datetime) -> bool:
        """Whether people have lately taken a change of `parameter` back, for what it was."""
        return any(
            one.parameter == parameter
            and one.reverts
            and one.evidence not in {RECONFIGURED, FORGOTTEN}
            and now - one.changed_at < RESPECTED
            for one in self.changes
        )

    def value_at(self, parameter: Learned, when: datetime, *, current: float) -> float:
        """What was in force at `when`, given what is `current`."""
        value = current
        for one in self.changes:
            if one.parameter != parameter:
                continue
            if one.changed_at <= when:
                break
            value = one.before
        return value

    def changed_at(self, parameter: Learned) -> datetime | None:
        """When `parameter` was last changed."""
        return next((one.changed_at for one in self.changes if one.parameter == parameter), None)

    def _last_standing(self, parameter: Learned) -> LearnedChange | None:
        """The newest change of `parameter` that was not taken back."""
        taken_back = 0
        for one in self.changes:
            if one.parameter != parameter:
                continue
            if one.reverts:
                taken_back += 1
            elif taken_back:
                taken_back -= 1
            else:
                return one
        return None

    def changed(
        self,
        parameter: Learned,
        after: float,
        now: datetime,
        *,
        why: str,
        automatic: bool = False,
        reverts: bool = False,
    ) -> Self:
        """With `after` in force for `parameter`, and that on record."""
        before = self.values.get(parameter, self.bases.get(parameter, after))
        change = LearnedChange(
            parameter=parameter,
            before=before,
            after=after,
            changed_at=now,
            automatic=automatic,
            evidence=why,
            reverts=reverts,
        )
        return self.model_copy(
            update={
                "values": {**self.values, parameter: after},
                "proposals": tuple(one for one in self.proposals if one.parameter != parameter),
                "changes": (change, *self.changes)[:REMEMBERED],
            }
        )

    def based(self, parameter: Learned, config: Config) -> Self:
        """With what the configuration says of `parameter` on record."""
        configured = rules(config)[parameter].configured
        return self.model_copy(update={"bases": {**self.bases, parameter: configured}})

    def trimmed(self, config: Config) -> Self:
        """Without values that are as configured."""
        ruled = rules(config)
        kept: Mapping[Learned, float] = {
            one: value
            for one, value in self.values.items()
            if one in ruled and abs(value - ruled[one].configured) > _SAME
        }
        return self.model_copy(update={"values": dict(kept)})
