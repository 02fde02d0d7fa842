"""An inbox without a bus behind it, and a message that may come into it."""

from __future__ import annotations

from darkstar_common.bus.inbox import QueueInbox
from darkstar_common.bus.reading import Incoming, Refused
from darkstar_common.bus.router import Row
from darkstar_common.contract import Channel, Message, Notification


def a_note(text: str = "once") -> bytes:
    """A notification, as it travels."""
    message = Notification.model_validate(
        {
            "sender": "planner",
            "emitted_at": "2026-01-01T12:00:00Z",
            "kind": "test",
            "title": "Test",
            "text": text,
        }
    )
    return message.model_dump_json().encode()


def an_inbox(
    row: Row = None, *, topic: str = "a", by_hand: bool = False, limit: int | None = 10
) -> QueueInbox:
    """An inbox for one topic, that reads whatever is not `bad`."""

    async def nothing(*_: object) -> None:
        pass

    def read(channel: Channel[Message], incoming: Incoming) -> Message | Refused:
        if incoming.payload == b"bad":
            return Refused("bad", "it is bad")
        return channel.message.model_validate_json(incoming.payload)

    return QueueInbox(
        {topic: row},
        read=read,
        refuse=lambda *_: None,
        answer=nothing,
        valid=tuple,
        watch=nothing,
        unwatch=nothing,
        by_hand=by_hand,
        limit=limit,
    )
