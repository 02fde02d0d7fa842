"""When models are trained, and what comes of it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Iterable
from datetime import datetime, timedelta

from darkstar_common.contract import Issue, Quantity
from darkstar_common.runtime import Context, Stopwatch, write_atomic
from darkstar_forecaster import metrics
from darkstar_forecaster.core.promotion import ENOUGH_DAYS, Lesson, seen_days
from darkstar_forecaster.core.schedule import Weekly
from darkstar_forecaster.knowing import Knowing
from darkstar_forecaster.registry import Registry
from darkstar_forecaster.waiting import until
from darkstar_forecaster.workshop import WorkFailedError, Workshop

_HOUR, _DAY = timedelta(hours=1), timedelta(days=1)
_FILE = "training.json"


class Training:
    """Trains what is due, or asked for; one quantity after the other."""

    def __init__(
        self,
        context: Context,
        knowing: Knowing,
        registry: Registry,
        workshop: Workshop,
        changed: Callable[[], Awaitable[None]],
    ) -> None:
        """Take what is needed.

        Args:
            context: of the service.
            knowing: has what is learned from.
            registry: takes the models.
            workshop: trains them.
            changed: is told that training began or ended.
        """
        self._context, self._knowing, self._registry = context, knowing, registry
        self._workshop, self._changed = workshop, changed
        train = context.config.forecaster.train
        self._schedule = Weekly(days=train.days, at=train.time, zone=context.config.zone)
        self._path = context.state_dir / _FILE
        self._done = self._read()
        self._failures: dict[Quantity, int] = {}
        self._not_before: dict[Quantity, datetime] = {}
        self._asked: tuple[Quantity, ...] = ()
        self._woken = asyncio.Event()
        self.running = False

    @property
    def quantities(self) -> tuple[Quantity, ...]:
        """What this house needs models of."""
        config = self._context.config
        return ("load", "pv", "price") if config.has_solar else ("load", "price")

    @property
    def next_at(self) -> datetime | None:
        """When it is due next; None: it is not scheduled."""
        if not self._context.config.forecaster.train.enabled:
            return None
        return self._schedule.next(self._context.clock.now())

    def ask(self, quantities: Iterable[Quantity]) -> str:
        """Train these now; why not, or nothing if it begins."""
        if self.running or self._asked:
            return "models are being trained already; forecast/models tells when that is over"
        wanted = tuple(one for one in quantities if one in self.quantities)
        if not wanted:
            return "there are no panels in this house (has_solar), so nothing is learned of PV"
        self._asked = wanted
        self._woken.set()
        return ""

    async def run(self) -> None:
        """Train what is due, every time that something is, until cancelled."""
        clock = self._context.clock
        while True:
            wanted = self._asked or self._due(clock.now())
            if wanted:
                await self._train(wanted)
            now = clock.now()
            if not self._asked:
                await until(clock, min(now + _HOUR, self._schedule.next(now)), self._woken)
            self._woken.clear()

    def _due(self, now: datetime) -> tuple[Quantity, ...]:
        """Those whose last success is older than the latest scheduled moment, if they can be."""
        if not self._context.config.forecaster.train.enabled:
            return ()
        late = [
            one
            for one in self.quantities
            if self._schedule.is_due(self._done.get(one), now)
            and now >= self._not_before.get(one, now)
        ]
        if not late:
            return ()
        known = self._knowing.now()
        config = self._context.config
        return tuple(one for one in late if len(seen_days(one, known, config)) >= ENOUGH_DAYS)

    async def _train(self, wanted: tuple[Quantity, ...]) -> None:
        self.running, self._asked = True, ()
        await self._changed()
        if not await self._knowing.recollection.reload():
            self._context.log.warning("history_not_told", reason="trained on what is known")
        for quantity in wanted:
            await self._train_one(quantity)
        self.running = False
        await self._changed()

    async def _train_one(self, quantity: Quantity) -> None:
        watch, config = Stopwatch(), self._context.config
        current = self._registry.current(quantity, config)
        model = current[1] if current else None
        try:
            lesson = await self._workshop.learn(self._knowing.now(), quantity, model)
            self._registry.keep(lesson, self._context.clock.now(), config)
        except (WorkFailedError, OSError) as error:
            await self._failed(quantity, str(error))
            return
        metrics.TRAINING_SECONDS.labels(quantity).observe(watch.elapsed.total_seconds())
        metrics.TRAININGS.labels(quantity, _outcome(lesson)).inc()
        self._context.log.info(
            "model_trained", quantity=quantity, outcome=_outcome(lesson), reason=lesson.reason,
            **lesson.scores,
        )  # fmt: skip
        self._failures.pop(quantity, None)
        self._done[quantity] = self._context.clock.now()
        self._write()
        await self._context.status.clear_issue(f"{quantity}_training")

    async def _failed(self, quantity: Quantity, reason: str) -> None:
        """The model before stays; it is tried again after 1, 2, 4 … 24 hours."""
        failures = self._failures[quantity] = self._failures.get(quantity, 0) + 1
        pause = min(_DAY, _HOUR * 2.0 ** min(failures - 1, 5))
        self._not_before[quantity] = self._context.clock.now() + pause
        metrics.TRAININGS.labels(quantity, "failed").inc()
        self._context.log.error("training_failed", quantity=quantity, reason=reason)
        await self._context.status.raise_issue(
            Issue(
                key=f"{quantity}_training",
                severity="warning",
                message=f"the {quantity} model could not be trained: {reason}; "
                "what was in use stays",
                guidance="It is tried again by itself; forecaster.train has the limits.",
            )
        )

    def _read(self) -> dict[Quantity, datetime]:
        try:
            told = json.loads(self._path.read_bytes())
            return {one: datetime.fromisoformat(at) for one, at in told.items()}
        except FileNotFoundError:
            return {}
        except (OSError, ValueError, TypeError, AttributeError) as error:
            self._context.log.warning("training_times_unreadable", reason=str(error))
            return {}

    def _write(self) -> None:
        """Remember; where that fails, a restart trains once more."""
        told = {one: at.isoformat() for one, at in self._done.items()}
        try:
            write_atomic(self._path, json.dumps(told).encode())
        except OSError as error:
            self._context.log.warning("training_times_unwritten", reason=str(error))


def _outcome(lesson: Lesson) -> str:
    """What came of it, in a word."""
    if lesson.promoted is not None:
        return "promoted"
    return "rejected" if lesson.judged else "untrainable"
