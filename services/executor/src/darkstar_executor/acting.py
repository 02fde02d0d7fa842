"""The hands: sends what is to be written, records it, and says loudly what does not obey."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from darkstar_common.contract import (
    ACTION,
    NOTIFY,
    ActionRecord,
    Issue,
    Notification,
    Service,
    Write,
)
from darkstar_common.runtime import Context, Stopwatch
from darkstar_executor import metrics
from darkstar_executor.core.ears import Ears
from darkstar_executor.core.entities import Entity
from darkstar_executor.core.setting import Setting
from darkstar_executor.core.writes import (
    CONFIRM_WITHIN,
    Manners,
    Order,
    Outcome,
    plan_writes,
)
from darkstar_executor.records import Act

__all__ = ["Act", "Hands"]

_DEEDS = frozenset({"written", "shadow"})


class Hands:
    """Writes on change, reads back, reports. Remembers what it wrote, per role."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._last = Outcome()
        self._recorded: tuple[object, ...] = ()

    @property
    def disobedient(self) -> frozenset[str]:
        """Roles whose entity does not take what it is told."""
        return self._last.failed

    def obedient(self, ears: Ears) -> frozenset[str]:
        """Roles whose entity is there and does what it is told."""
        return frozenset(
            role
            for role, binding in ears.bindings.items()
            if binding.entity is not None and role not in ears.unavailable
        ).difference(self.disobedient)

    def awaits(self, ears: Ears) -> bool:
        """Whether an entity has just shown what others wait for: time to act again."""
        del ears
        return False

    async def restore(self) -> None:
        """Take up the counts of the day, and the settings found, where the last run left them."""

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
        del entities
        return fallback, ears

    def forget(self) -> None:
        """Start anew: what was written before says nothing about the devices any more."""
        self._last = Outcome()

    def weigh(self, act: Act, ears: Ears, now: datetime) -> Outcome:
        """What would be written now; sends nothing."""
        executor = self._context.config.executor
        manners = Manners(
            threshold_percent=executor.write_threshold_percent,
            min_interval=timedelta(seconds=executor.min_write_seconds),
            urgent=act.urgent,
            shadow=act.shadow,
        )
        return plan_writes(act.settings, ears, self._last.sent, manners, now)

    async def do(self, act: Act, outcome: Outcome, *, since: Stopwatch) -> None:
        """Send the orders of `outcome`, in their order, and record them if they tell anything."""
        failed_before, self._last = self._last.failed, outcome
        for order in outcome.orders:
            await self._send(order, act)
        for write in outcome.writes:
            if write.result in _DEEDS or write.role in outcome.failed - failed_before:
                metrics.WRITES.labels(role=write.role, result=write.result).inc()
        recorded = (act.decision.command, act.decision.rule, outcome.failed)
        if recorded != self._recorded or any(one.result in _DEEDS for one in outcome.writes):
            await self._record(act, outcome.writes, since)
        self._recorded = recorded
        await self._complain(act, outcome, failed_before)

    async def _send(self, order: Order, act: Act) -> None:
        topic = order.entity.command_topic
        if topic is None:
            return
        await self._context.bus.publish_raw(
            topic,
            order.payload,
            qos=max(1, order.entity.qos),
            retain=order.entity.retain,
            expiry=CONFIRM_WITHIN,
        )
        self._context.log.info(
            "setting_written",
            role=order.role,
            entity=order.entity.entity_id,
            payload=order.payload,
            rule=act.decision.rule,
            caused_by=str(act.caused_by) if act.caused_by else None,
        )

    async def _record(self, act: Act, writes: tuple[Write, ...], since: Stopwatch) -> None:
        record = ActionRecord(
            sender=Service.EXECUTOR,
            emitted_at=self._context.clock.now(),
            caused_by=act.caused_by,
            slot_start=act.slot_start,
            rule=act.decision.rule,
            reason=act.decision.reason,
            planned=act.decision.planned,
            commanded=act.decision.command,
            writes=writes,
            soc_percent=act.soc_percent,
            success=all(one.result not in {"not_confirmed", "unbound"} for one in writes),
            duration_seconds=since.elapsed.total_seconds(),
        )
        await self._context.bus.publish(ACTION, record)

    async def _complain(self, act: Act, outcome: Outcome, failed_before: frozenset[str]) -> None:
        """An issue for as long as a setting fails; a notification when it begins to."""
        for write in outcome.writes:
            if write.role not in outcome.failed:
                await self._context.status.clear_issue(f"write_{write.role}")
            elif write.result == "not_confirmed":
                await self._context.status.raise_issue(_disobedience(write))
                if write.role not in failed_before:
                    self._context.log.error(
                        "setting_not_confirmed", role=write.role, why=write.detail
                    )
                    await self._notify(write, act)

    async def _notify(self, write: Write, act: Act) -> None:
        note = Notification(
            sender=Service.EXECUTOR,
            emitted_at=self._context.clock.now(),
            caused_by=act.caused_by,
            kind="not_confirmed",
            severity="error",
            title=f"{write.entity or write.role} does not obey",
            text=write.detail,
        )
        await self._context.bus.publish(NOTIFY, note)


def _disobedience(write: Write) -> Issue:
    return Issue(
        key=f"write_{write.role}",
        severity="error",
        message=write.detail,
        guidance="look at the device's gateway; it is tried again now and then",
        entity=write.entity,
    )
