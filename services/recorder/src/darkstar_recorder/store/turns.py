"""Several threads, one connection that writes: each takes its turn, in the order they came.

A plain lock would do for safety. Who releases it and takes it again at once, as a tool does
that writes piece after piece, would keep others from it for long, though: Python's locks
know no queue.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from inspect import isfunction, isgeneratorfunction
from threading import Condition, get_ident
from types import TracebackType
from typing import Any, Concatenate, ParamSpec, TypeVar

P = ParamSpec("P")
R = TypeVar("R")
C = TypeVar("C", bound=type)

_ASIDE = "_needs_no_turn"


class Turns:
    """A lock that is given in the order it was asked for; who has it may ask again."""

    def __init__(self) -> None:
        self._changed = Condition()
        self._next = self._serving = self._depth = 0
        self._owner: int | None = None

    def __enter__(self) -> None:
        me = get_ident()
        with self._changed:
            if self._owner != me:
                ticket, self._next = self._next, self._next + 1
                # Nobody may give up while waiting, or the ticket would block all behind it.
                self._changed.wait_for(lambda: self._serving == ticket)
                self._owner = me
            self._depth += 1

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        with self._changed:
            self._depth -= 1
            if not self._depth:
                self._owner = None
                self._serving += 1
                self._changed.notify_all()


def in_turn(cls: C) -> C:
    """Let every public method of `cls` take its turn by `self._turns`, but those `aside`.

    So a method that somebody adds is safe without a thought.

    Raises:
        TypeError: A method is a generator, whose turn would be over before it begins.
    """
    for name, method in list(vars(cls).items()):
        if not isfunction(method) or name.startswith("_") or hasattr(method, _ASIDE):
            continue
        if isgeneratorfunction(method):
            raise TypeError(f"{cls.__name__}.{name} is a generator; return a list, or be aside")
        setattr(cls, name, _taking_turns(method))
    return cls


def aside(method: Callable[P, R]) -> Callable[P, R]:
    """Mark a method that uses a cursor of its own, and so needs to wait for nobody."""
    setattr(method, _ASIDE, True)
    return method


def _taking_turns(method: Callable[Concatenate[Any, P], R]) -> Callable[Concatenate[Any, P], R]:
    @wraps(method)
    def taking(self: Any, /, *args: P.args, **kwargs: P.kwargs) -> R:
        with self._turns:
            return method(self, *args, **kwargs)

    return taking
