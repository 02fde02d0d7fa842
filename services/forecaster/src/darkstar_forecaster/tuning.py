"""Keeps what was learned about the house's figures: on disk, on the bus, and in force."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from pathlib import Path

from pydantic import ValidationError

from darkstar_common.contract import (
    LEARNING,
    Issue,
    Learned,
    LearnedChange,
    LearningState,
    Proposal,
    Service,
)
from darkstar_common.runtime import Context, write_atomic
from darkstar_forecaster import metrics
from darkstar_forecaster.core.reflex import Learnings, Refused

UNREADABLE, UNSAVED = "learning_unreadable", "learning_unsaved"
SHOWN = 30
"""So many of the last changes are published."""


def _ignored() -> None:
    """Nobody wants to know."""


class Tuning:
    """The only place that changes a learned figure. The configuration file is never touched."""

    def __init__(self, context: Context, changed: Callable[[], None] = _ignored) -> None:
        """Take what is needed.

        Args:
            context: Of the service.
            changed: Called when a value came into force or was taken back.
        """
        self._context, self._told = context, changed
        self._path = context.state_dir / "learning.json"
        self.learnings = Learnings()

    @property
    def values(self) -> Mapping[Learned, float]:
        """In force instead of the configuration's; a factor that is not there is 1."""
        return self.learnings.values

    async def restore(self) -> None:
        """Take up what was learned before the last stop, and publish it."""
        kept = await self._kept()
        self.learnings = kept.settled(self._context.config, self._context.clock.now())
        if self.learnings != kept:
            await self._save()
        await self.publish()

    async def publish(self) -> None:
        """Say on the bus what is in force, proposed and changed."""
        known = self.learnings
        await self._context.bus.publish(
            LEARNING,
            LearningState(
                sender=Service.FORECASTER,
                emitted_at=self._context.clock.now(),
                automatic=self._context.config.forecaster.reflex.automatic,
                values=known.values,
                proposals=known.proposals,
                changes=known.changes[:SHOWN],
                looked_at=known.looked_at,
            ),
        )

    async def weighed(self, proposals: Iterable[Proposal], looked_at: datetime) -> None:
        """Take the proposals of a look at the evidence, and apply them where that is wanted."""
        config, now = self._context.config, self._context.clock.now()
        known = self.learnings.weighed(proposals, looked_at)
        if config.forecaster.reflex.automatic:
            for one in known.proposals:
                if known.unwanted(one.parameter, now):
                    continue
                made = known.applied(one.parameter, config, now, automatic=True)
                known = known if isinstance(made, Refused) else made
        await self._take(known)

    async def apply(self, parameters: Iterable[Learned]) -> tuple[LearnedChange, ...] | Refused:
        """Put open proposals in force; all of `parameters` or none."""
        known, now = self.learnings, self._context.clock.now()
        for one in parameters:
            made = known.applied(one, self._context.config, now)
            if isinstance(made, Refused):
                return made
            known = made
        return await self._take(known)

    async def revert(self, parameter: Learned, *, why: str) -> tuple[LearnedChange, ...] | Refused:
        """Take the last change of a figure back."""
        now = self._context.clock.now()
        made = self.learnings.reverted(parameter, self._context.config, now, why=why)
        return made if isinstance(made, Refused) else await self._take(made)

    async def revert_all(self, *, why: str) -> tuple[LearnedChange, ...] | Refused:
        """Everything as configured."""
        made = self.learnings.cleared(self._context.config, self._context.clock.now(), why=why)
        return made if isinstance(made, Refused) else await self._take(made)

    async def reset_today(self) -> tuple[LearnedChange, ...]:
        """Forget what was learned on the present local day; what was taken back for that."""
        now = self._context.clock.now()
        return await self._take(self.learnings.without_today(self._context.config, now))

    async def _take(self, known: Learnings) -> tuple[LearnedChange, ...]:
        """Put `known` on record; the changes that it adds, oldest first."""
        before, self.learnings = self.learnings, known
        if known == before:
            return ()
        seen = before.changes[0] if before.changes else None
        added: list[LearnedChange] = []
        for one in known.changes:
            if one == seen:
                break
            added.insert(0, one)
        for one in added:
            metrics.FIGURES_CHANGED.labels(one.parameter).inc()
            self._context.log.info(
                "figure_changed",
                parameter=one.parameter,
                before=one.before,
                after=one.after,
                automatic=one.automatic,
                evidence=one.evidence,
            )
        await self._save()
        await self.publish()
        if known.values != before.values:
            self._told()
        return tuple(added)

    async def _kept(self) -> Learnings:
        try:
            return Learnings.model_validate_json(self._path.read_bytes())
        except FileNotFoundError:
            return Learnings()
        except (OSError, ValidationError) as error:
            await self._say_unreadable(error)
            return Learnings()

    async def _save(self) -> None:
        try:
            write_atomic(self._path, self.learnings.model_dump_json().encode())
        except OSError as error:
            self._context.log.exception("learning_not_saved")
            await self._context.status.raise_issue(
                Issue(
                    key=UNSAVED,
                    severity="warning",
                    message=f"What was learned cannot be saved ({error.strerror}).",
                    guidance=f"It holds until a restart. Make {self._path.parent} writable.",
                )
            )
            return
        for key in (UNREADABLE, UNSAVED):
            await self._context.status.clear_issue(key)

    async def _say_unreadable(self, error: OSError | ValidationError) -> None:
        aside = _put_aside(self._path)
        self._context.log.error("learning_unreadable", problem=str(error).splitlines()[0])
        where = "It could not be moved aside." if aside is None else f"The file is now {aside}."
        await self._context.status.raise_issue(
            Issue(
                key=UNREADABLE,
                severity="warning",
                message=f"What was learned cannot be read from {self._path}.",
                guidance=f"The configuration's figures hold until it is learned anew. {where}",
            )
        )


def _put_aside(path: Path) -> Path | None:
    """Move an unreadable file out of the way; where it is now, None where that failed."""
    try:
        return path.replace(path.with_suffix(".unreadable"))
    except OSError:
        return None
