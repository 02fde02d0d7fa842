"""Tells people what is worth telling, each thing once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from uuid import UUID

from darkstar_common.contract import NOTIFY, Notification, Service
from darkstar_common.runtime import Context
from darkstar_executor import metrics
from darkstar_executor.core.news import Note, Said, worth_saying


class Notifier:
    """Publishes notes of the kinds that people want; in shadow mode nothing but errors."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._said: Said = {}
        self.wanted: Mapping[str, bool] = context.config.executor.notify.model_dump()
        self.shadow = context.config.executor.shadow

    async def say(self, notes: Iterable[Note], *, cause: UUID | None = None) -> None:
        """Publish those of `notes` that are news to people."""
        for note in notes:
            now = self._context.clock.now()
            silent = self.shadow and note.severity != "error"
            if silent or not worth_saying(note, self.wanted, self._said, now):
                continue
            self._said = {**self._said, note.kind: (note.title, now)}
            message = Notification(
                sender=Service.EXECUTOR,
                emitted_at=now,
                caused_by=cause,
                kind=note.kind,
                severity=note.severity,
                title=note.title,
                text=note.text,
            )
            await self._context.bus.publish(NOTIFY, message)
            metrics.NOTES.labels(kind=note.kind).inc()
            self._context.log.info(
                "notification_sent",
                message_id=str(message.message_id),
                kind=note.kind,
                title=note.title,
                text=note.text,
                caused_by=str(cause) if cause else None,
            )
