"""What is owed to a broker that keeps a message until it is told that we have it."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from itertools import count


class Receipt:
    """Given once all who hold it have given it."""

    __slots__ = ("_given", "_holders")

    def __init__(self, given: Callable[[], object]) -> None:
        """Make one with one holder; `given` is called when nobody holds it any more."""
        self._given = given
        self._holders = 1

    def hold(self) -> None:
        """Add a holder."""
        self._holders += 1

    def give(self) -> None:
        """Let go of it; more often than it was held makes no difference."""
        self._holders -= 1
        if self._holders == 0:
            self._given()


class NothingOwed(Receipt):
    """For a message that was acknowledged when it came, or needs no acknowledgement."""

    __slots__ = ()

    def __init__(self) -> None:
        super().__init__(lambda: None)

    def hold(self) -> None:
        """Nothing to count."""

    def give(self) -> None:
        """Nothing to give."""


NOTHING_OWED = NothingOwed()


class Owed:
    """The acknowledgements of one connection, sent in the order of arrival (MQTT-4.6.0-2).

    What is given out of turn waits for what came before it.

    Example:
        >>> owed = Owed(lambda number: print("sent", number))
        >>> first, second = owed.receipt(7), owed.receipt(8)
        >>> second.give()
        >>> first.give()
        sent 7
        sent 8
        >>> len(owed)
        0
    """

    def __init__(self, send: Callable[[int], object]) -> None:
        """Make an empty one.

        Args:
            send: Acknowledges the message of that packet number.
        """
        self._send = send
        self._arrivals = count()
        self._open: OrderedDict[int, tuple[int, bool]] = OrderedDict()

    def __len__(self) -> int:
        return len(self._open)

    def receipt(self, number: int) -> Receipt:
        """What is owed for the message of packet `number`, which came now."""
        arrival = next(self._arrivals)
        self._open[arrival] = (number, False)
        return Receipt(lambda: self._give(arrival, number))

    def forget(self) -> None:
        """Owe nothing more: the connection is gone, and the broker will send it all again."""
        self._open.clear()

    def _give(self, arrival: int, number: int) -> None:
        if arrival in self._open:
            self._open[arrival] = (number, True)
        while self._open and (oldest := next(iter(self._open.values())))[1]:
            self._open.popitem(last=False)
            self._send(oldest[0])
