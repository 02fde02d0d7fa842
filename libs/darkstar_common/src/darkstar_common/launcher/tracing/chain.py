"""Which messages belong to the chain of one."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from darkstar_common.launcher.tracing.messages import Told

_LONG_AGO = datetime.min.replace(tzinfo=UTC)


class UnknownError(Exception):
    """No message has such an id."""


class SeveralError(Exception):
    """More than one message has such an id; the text names some."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Chain:
    """A message, what it came of, and what came of it."""

    asked: str
    messages: Mapping[str, Told]

    @property
    def spine(self) -> tuple[Told, ...]:
        """From the first cause to the message asked for, itself included."""
        path = [self.messages[self.asked]]
        while (cause := path[-1].caused_by) is not None and self.messages[cause] not in path:
            path.append(self.messages[cause])
        return tuple(reversed(path))

    def children(self, of: str) -> tuple[Told, ...]:
        """What came of the message `of`, the oldest first."""
        found = (one for one in self.messages.values() if of in one.parents)
        return tuple(sorted(found, key=age))


def age(one: Told) -> tuple[datetime, str]:
    """The order of messages; one without a time is the oldest."""
    return (one.sent_at or _LONG_AGO, one.message_id)


def chain(asked: str, messages: Mapping[str, Told]) -> Chain:
    """All of `messages` that led to the message `asked`, or that it led to.

    What is only named as a cause is part of it too, without a topic.

    Raises:
        UnknownError: Nothing is known of it.
    """
    causes = {one.message_id: one.parents for one in messages.values()}
    effects: dict[str, list[str]] = {}
    for name, parents in causes.items():
        for parent in parents:
            effects.setdefault(parent, []).append(name)
    if asked not in causes and asked not in effects:
        raise UnknownError(f"nothing is known of the message {asked}")
    found = _reached(asked, lambda one: causes.get(one, ())) | _reached(
        asked, lambda one: effects.get(one, ())
    )
    named = found | {cause for one in found for cause in causes.get(one, ())}
    return Chain(
        asked=asked,
        messages={name: messages.get(name) or Told(message_id=name) for name in sorted(named)},
    )


def _reached(start: str, following: Callable[[str], Iterable[str]]) -> set[str]:
    """All that can be reached from `start`, itself included."""
    found, waiting = {start}, [start]
    while waiting:
        new = [one for one in following(waiting.pop()) if one not in found]
        found.update(new)
        waiting += new
    return found


def matching(beginning: str, messages: Iterable[Told]) -> str:
    """The one id that begins so, of messages and of their causes.

    Raises:
        UnknownError: There is none.
        SeveralError: There is more than one.
    """
    ids = {each for one in messages for each in (one.message_id, *one.parents)}
    found = sorted(one for one in ids if one.startswith(beginning))
    if not found:
        raise UnknownError(f"no message that is known has an id that begins with {beginning}")
    if len(found) > 1:
        some = ", ".join(one[: len(beginning) + 4] for one in found[:4])
        more = f" and {len(found) - 4} more" if len(found) > 4 else ""  # noqa: PLR2004 (those named)
        raise SeveralError(
            f"{len(found)} ids begin with {beginning}: {some}{more}; give more of its letters"
        )
    return found[0]
