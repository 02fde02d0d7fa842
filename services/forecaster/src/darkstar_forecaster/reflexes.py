"""Looks at the evidence once a day, and puts learned figures in force or back when asked."""

from __future__ import annotations

from collections.abc import Callable, Collection
from datetime import date, datetime, timedelta
from typing import Any, Literal

import polars as pl

from darkstar_common.bus import Delivery
from darkstar_common.config.forecasting import WEEKDAYS
from darkstar_common.contract import (
    LEARNING_APPLY,
    LEARNING_REVERT,
    ApplyLearning,
    HistoryQuestion,
    Learned,
    LearnedChange,
    RequestResult,
    RevertLearning,
    Service,
)
from darkstar_common.runtime import Context, because_of
from darkstar_forecaster import metrics
from darkstar_forecaster.asking import Untold, answer
from darkstar_forecaster.core.reflex import (
    LONGEST,
    Look,
    Refused,
    forecasts,
    house,
    weigh,
)
from darkstar_forecaster.core.reflex.observed import ISSUED, SLOTS
from darkstar_forecaster.core.schedule import Weekly
from darkstar_forecaster.tuning import Tuning

CHANNELS = (LEARNING_APPLY, LEARNING_REVERT)
AHEAD_HOURS = 24.0
"""Forecasts are judged as they were issued so long before [h]."""
_SPAN = timedelta(days=LONGEST)
_SLOTS_AT_ONCE, _FORECASTS_AT_ONCE = timedelta(days=15), timedelta(days=3)
"""Of long spans so much is asked for at a time; a small computer answers it within its second."""
_BUSY = (timedelta(seconds=5), timedelta(seconds=15))
"""Pauses after which a piece is asked for again."""
_PATIENCE = (timedelta(minutes=1), timedelta(minutes=5), timedelta(minutes=20), timedelta(hours=1))
_ASKED = "people took it back"


class Reflexes:
    """Reflex: `run` is its day, `take` what people ask of it."""

    def __init__(
        self,
        context: Context,
        tuning: Tuning,
        not_to_learn: Callable[[], Collection[date]] = frozenset,
    ) -> None:
        """Take what is needed; `not_to_learn` are the local days that people want left out."""
        self._context, self._tuning, self._not_to_learn = context, tuning, not_to_learn
        self._settings = context.config.forecaster.reflex
        self._schedule = Weekly(days=WEEKDAYS, at=self._settings.time, zone=context.config.zone)

    async def run(self) -> None:
        """Look at the configured time of each day, and soon where that was missed."""
        clock, waited = self._context.clock, 0
        while self._settings.enabled:
            if not self._is_due():
                await clock.sleep_until(self._schedule.next(clock.now()))
            untold = await self.look()
            if untold is None:
                waited = 0
                continue
            self._context.log.info("reflex_waited", reason=untold.reason)
            await clock.sleep(_PATIENCE[min(waited, len(_PATIENCE) - 1)])
            waited += 1

    def _is_due(self) -> bool:
        """Whether a look is missing; one in the future is of a clock that was wrong."""
        now, looked_at = self._context.clock.now(), self._tuning.learnings.looked_at
        known = None if looked_at is None or looked_at > now else looked_at
        return self._schedule.is_due(known, now)

    async def look(self) -> Untold | None:
        """Weigh the evidence of now; why not, where the recorder does not tell it."""
        seen = await self._seen()
        metrics.LOOKS.labels("untold" if isinstance(seen, Untold) else "told").inc()
        if isinstance(seen, Untold):
            return seen
        proposals = weigh(seen)
        self._context.log.info(
            "evidence_weighed", proposals={one.parameter: one.proposed for one in proposals}
        )
        await self._tuning.weighed(proposals, seen.now)
        return None

    async def take(self, delivery: Delivery[Any]) -> None:
        """Answer a request of people to apply a proposal, or to take one back."""
        match delivery.message:
            case ApplyLearning(parameter=parameter):
                done = await self._apply(parameter)
            case RevertLearning(parameter=parameter):
                done = await self._revert(parameter)
            case other:
                raise TypeError(f"{type(other).__name__} is no request about what was learned")
        accepted = not isinstance(done, Refused)
        reason = done.sentence if isinstance(done, Refused) else told(done)
        because_of(self._context.log, delivery.message).info(
            "request_answered", request=delivery.channel.path, accepted=accepted, reason=reason
        )
        await delivery.answer(
            RequestResult(
                sender=Service.FORECASTER,
                emitted_at=self._context.clock.now(),
                caused_by=delivery.message.message_id,
                accepted=accepted,
                reason=reason,
                understood=() if accepted else delivery.channel.message.examples,
            )
        )

    async def _apply(
        self, parameter: Learned | Literal["all"]
    ) -> tuple[LearnedChange, ...] | Refused:
        known = self._tuning.learnings
        opened = [one.parameter for one in known.proposals]
        if not opened:
            return Refused(sentence=self._nothing_open())
        if parameter != "all":
            return await self._tuning.apply([parameter])
        now, zone = self._context.clock.now(), self._context.config.zone
        free = [one for one in opened if not known.changed_on(one, now, zone)]
        return await self._tuning.apply(free or opened)

    async def _revert(
        self, parameter: Learned | Literal["all"]
    ) -> tuple[LearnedChange, ...] | Refused:
        if parameter == "all":
            return await self._tuning.revert_all(why=_ASKED)
        return await self._tuning.revert(parameter, why=_ASKED)

    def _nothing_open(self) -> str:
        if not self._settings.enabled:
            return "nothing is proposed, since forecaster.reflex.enabled is false"
        return f"no proposal is open; evidence is weighed each day at {self._settings.time}"

    async def _seen(self) -> Look | Untold:
        """What there is to see, or why it is not to be seen."""
        config, now = self._context.config, self._context.clock.now()
        slots = await self._told("slots", now, _SLOTS_AT_ONCE, columns=SLOTS)
        if isinstance(slots, Untold):
            return slots
        ahead = await self._told(
            "forecasts", now, _FORECASTS_AT_ONCE, columns=ISSUED, lead_hours=AHEAD_HOURS
        )
        if isinstance(ahead, Untold):
            return ahead
        return Look(
            now=now,
            config=config,
            learnings=self._tuning.learnings,
            house=house(slots, config, not_to_learn=self._not_to_learn()),
            pv=forecasts(ahead, "pv"),
            load=forecasts(ahead, "load"),
        )

    async def _told(
        self,
        what: HistoryQuestion,
        now: datetime,
        at_once: timedelta,
        *,
        columns: tuple[str, ...],
        lead_hours: float | None = None,
    ) -> pl.DataFrame | Untold:
        """All that the recorder knows of the span before `now`, asked for piece by piece."""
        pieces, start = [], now - _SPAN
        while start < now:
            end, pauses = min(start + at_once, now), iter(_BUSY)
            while isinstance(
                piece := await answer(
                    self._context, what, start, end, columns=columns, lead_hours=lead_hours
                ),
                Untold,
            ):
                pause = next(pauses, None)
                if pause is None:
                    return piece
                await self._context.clock.sleep(pause * self._context.clock.speed)
            pieces.append(piece)
            start = end
        return pl.concat(pieces, how="vertical_relaxed")


def told(changes: tuple[LearnedChange, ...]) -> str:
    """What was changed, in a sentence."""
    return "; ".join(
        f"{one.parameter} is {one.after:.6g} {'again' if one.reverts else 'now'}, "
        f"not {one.before:.6g}"
        for one in changes
    )
