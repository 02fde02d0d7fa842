"""The hands: sends what is to be written, records it, and says loudly what does not obey."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from importlib.metadata import version

from darkstar_common.contract import ACTION, ActionRecord, Issue, NotificationKind, Write
from darkstar_common.runtime import Context, Stopwatch
from darkstar_executor import metrics
from darkstar_executor.core.case import Manners
from darkstar_executor.core.ears import Ears
from darkstar_executor.core.entities import Entity
from darkstar_executor.core.ledger import Ledger
from darkstar_executor.core.news import Note
from darkstar_executor.core.returning import returned
from darkstar_executor.core.setting import Setting
from darkstar_executor.core.writes import NOTHING_DONE, Order, Outcome, plan_writes, showing
from darkstar_executor.keeping import Keeper
from darkstar_executor.notifying import Notifier
from darkstar_executor.records import DEEDS, NEW_DIARY, Act, Look, noted

__all__ = ["Act", "Hands"]

_SHORTEST = timedelta(seconds=1)
"""A message lives at least so long, however fast simulated time passes."""


class Hands:
    """Writes on change, reads back, reports. Remembers what it wrote, per entity."""

    def __init__(
        self, context: Context, *, keeper: Keeper | None = None, notifier: Notifier | None = None
    ) -> None:
        self._context, self._keeper = context, keeper
        self._notifier = notifier or Notifier(context)
        self._last = NOTHING_DONE
        self._diary = NEW_DIARY
        self._version = version("darkstar-executor")

    @property
    def ledger(self) -> Ledger:
        """Writes of the day, and settings as they were found."""
        return self._last.ledger

    async def restore(self) -> None:
        """Take up the counts of the day, and the settings found, where the last run left them."""
        if self._keeper is not None:
            self._last = replace(self._last, ledger=self._keeper.kept.ledger)

    def obedient(self, ears: Ears) -> frozenset[str]:
        """Roles whose entity is there and does what it is told."""
        return frozenset(
            role
            for role, binding in ears.bindings.items()
            if binding.entity is not None and role not in ears.unavailable
        ).difference(self._last.resting)

    def awaits(self, ears: Ears) -> bool:
        """Whether an entity shows another setting than at the last look: time for the next.

        What it shows may be what others wait for, or what somebody else has changed.
        """
        return showing(ears) != self._last.shows

    def returned(
        self, fallback: tuple[Setting, ...], ears: Ears, entities: Iterable[Entity]
    ) -> tuple[tuple[Setting, ...], Ears]:
        """Every entity as it was found before the first write, in an order that is safe.

        Args:
            fallback: The settings that leave the house in self-consumption.
            ears: Who plays which role now.
            entities: All that were discovered: some may play no role any more.

        Returns:
            What to set, and ears that also know who plays no role any more.
        """
        return returned(self.ledger.found, fallback, ears, entities)

    def gave_back(self) -> None:
        """Forget the settings as they were found: the devices have them again."""
        self._last = replace(self._last, ledger=self.ledger.released())
        self._keep()

    def forget(self) -> None:
        """Start anew: what was written before says nothing about the devices any more."""
        self._last = Outcome(ledger=self.ledger)

    def weigh(self, act: Act, ears: Ears, now: datetime) -> Outcome:
        """What would be written now; sends nothing."""
        config = self._context.config
        executor = config.executor
        manners = Manners(
            threshold_percent=executor.write_threshold_percent,
            min_interval=timedelta(seconds=executor.min_write_seconds),
            confirm_within=timedelta(seconds=executor.confirm_seconds),
            max_per_day=executor.max_writes_per_day,
            day=now.astimezone(config.zone).date(),
            urgent=act.urgent,
            shadow=act.shadow,
            again=act.again,
            at_once=act.at_once,
        )
        return plan_writes(act.settings, ears, self._last, manners, now)

    async def do(self, act: Act, outcome: Outcome, *, since: Stopwatch) -> None:
        """Send the orders of `outcome`, in their order, and record them if they tell anything."""
        before, self._last = self._last, outcome
        self._keep()
        for order in outcome.orders:
            await self._send(order, act)
        for write in outcome.writes:
            if write.result in DEEDS or write.role in outcome.failed - before.failed:
                metrics.WRITES.labels(role=write.role, result=write.result).inc()
        await self._record(act, outcome, since)
        await self._complain(act, outcome, before)

    def _keep(self) -> None:
        if self._keeper is not None:
            self._keeper.keep(ledger=self.ledger)

    async def _send(self, order: Order, act: Act) -> None:
        topic, context = order.entity.command_topic, self._context
        if topic is None:
            return
        lives = timedelta(seconds=context.config.executor.confirm_seconds) / context.clock.speed
        await context.bus.publish_raw(
            topic,
            order.payload,
            qos=max(1, order.entity.qos),
            retain=order.entity.retain,
            expiry=max(lives, _SHORTEST),
        )
        context.log.info(
            "setting_written" if order.wears else "setting_kept_alive",
            role=order.role,
            entity=order.entity.entity_id,
            payload=order.payload,
            rule=act.decision.rule,
            caused_by=str(act.caused_by) if act.caused_by else None,
        )

    async def _record(self, act: Act, outcome: Outcome, since: Stopwatch) -> None:
        look = Look(
            act=act,
            outcome=outcome,
            now=self._context.clock.now(),
            seconds=since.elapsed.total_seconds(),
            version=self._version,
        )
        self._diary, records = noted(self._diary, look)
        for record in records:
            await self._context.bus.publish(ACTION, record)
            self._log_record(record)

    def _log_record(self, record: ActionRecord) -> None:
        """A line for each record; of a slot in which nothing changed only where all is wanted."""
        say = self._context.log.debug if record.kind == "slot" else self._context.log.info
        say(
            "action_recorded",
            message_id=str(record.message_id),
            kind=record.kind,
            rule=record.rule,
            reason=record.reason,
            writes=len(record.writes),
            skipped=record.skipped,
            success=record.success,
            caused_by=str(record.caused_by) if record.caused_by else None,
        )

    async def _complain(self, act: Act, outcome: Outcome, before: Outcome) -> None:
        """An issue for as long as a setting fails; a notification when it begins to."""
        for write in outcome.writes:
            if write.role not in outcome.failed:
                await self._context.status.clear_issue(f"write_{write.role}")
            elif write.result == "not_confirmed":
                await self._context.status.raise_issue(_disobedience(write))
                if write.role not in before.failed:
                    title = f"{write.entity or write.role} does not obey"
                    await self._say("not_confirmed", title, write.detail, act)
        for role in before.worn - outcome.worn:
            await self._context.status.clear_issue(f"write_limit_{role}")
        for role in sorted(outcome.worn - before.worn):
            issue = self._wear(role, outcome)
            await self._context.status.raise_issue(issue)
            await self._say("write_limit", f"{issue.entity} is written no more today",
                            issue.message, act)  # fmt: skip

    def _wear(self, role: str, outcome: Outcome) -> Issue:
        entity = outcome.entities[role].entity_id
        most = self._context.config.executor.max_writes_per_day
        return Issue(
            key=f"write_limit_{role}",
            severity="warning",
            message=f"{entity} was written {outcome.ledger.counts.get(entity, 0)} times today, and "
            f"executor.max_writes_per_day is {most}; only what stops a flow is written to it",
            guidance="find out what makes it change so often: the plan, a person, or another "
            "automation; its memory wears out",
            entity=entity,
        )

    async def _say(self, kind: NotificationKind, title: str, text: str, act: Act) -> None:
        self._context.log.error(kind, title=title, why=text)
        note = Note(kind=kind, title=title, text=text, severity="error")
        await self._notifier.say((note,), cause=act.caused_by)


def _disobedience(write: Write) -> Issue:
    return Issue(
        key=f"write_{write.role}",
        severity="error",
        message=write.detail,
        guidance="look at the device's gateway; it is tried again now and then",
        entity=write.entity,
    )
