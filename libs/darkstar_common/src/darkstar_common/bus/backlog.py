"""A queue that cannot grow without end."""

from __future__ import annotations

from collections import OrderedDict, deque
from collections.abc import Callable
from itertools import count
from typing import Generic, TypeVar

T = TypeVar("T")

LIMIT = 10_000
"""Items of each sort that are kept in order before something has to give way."""
ALL_A_BROKER_KEEPS = 150_000
"""The same for who may lose nothing: mosquitto 2.0.11 sends all it kept for us, up to 100,000
messages as shipped, as soon as one is acknowledged, however small a window it was told."""


class Backlog(Generic[T]):
    """Items in the order they came, bounded in a way that loses the least.

    An item with a key is the state of something: once `limit` items wait, a newer one
    takes the place of the latest with the same key. An item without is an event: past
    `limit` of them the oldest is dropped.

    Example:
        >>> waiting = Backlog[str](limit=1)
        >>> for item, key in (("a1", "a"), ("a2", "a"), ("b1", "b"), ("x", None), ("y", None)):
        ...     dropped = waiting.put(item, key)
        >>> dropped, [waiting.pop() for _ in range(len(waiting))]
        ('x', ['a2', 'b1', 'y'])
    """

    def __init__(
        self, limit: int = LIMIT, *, gave_way: Callable[[T], object] = lambda _: None
    ) -> None:
        """Make an empty one.

        Args:
            limit: Items of each sort that are kept in order.
            gave_way: Told of each item that is dropped or replaced.
        """
        self._limit, self._gave_way = limit, gave_way
        self._numbers = count()
        self._items: OrderedDict[int, tuple[T, str | None]] = OrderedDict()
        self._latest: dict[str, int] = {}
        self._events: deque[int] = deque()

    def __len__(self) -> int:
        return len(self._items)

    def put(self, item: T, key: str | None = None, *, latest_only: bool = False) -> T | None:
        """Append `item`; `latest_only` replaces an older one of that key in any case.

        Returns:
            The event that was dropped for it, if one had to be.
        """
        number = next(self._numbers)
        dropped = None
        if key is None:
            if len(self._events) >= self._limit:
                dropped, _ = self._items.pop(self._events.popleft())
                self._gave_way(dropped)
            self._events.append(number)
        else:
            if latest_only or len(self._items) >= self._limit:
                self._replace(key)
            self._latest[key] = number
        self._items[number] = (item, key)
        return dropped

    def pop(self) -> T:
        """Take the oldest.

        Raises:
            KeyError: There is none.
        """
        number, (item, key) = self._items.popitem(last=False)
        if key is None:
            self._events.popleft()
        elif self._latest[key] == number:
            del self._latest[key]
        return item

    def _replace(self, key: str) -> None:
        replaced = self._items.pop(self._latest.get(key, -1), None)
        if replaced is not None:
            self._gave_way(replaced[0])

    def clear(self) -> None:
        """Forget all."""
        self._items.clear()
        self._latest.clear()
        self._events.clear()
