"""The chain of a message as a tree for people, and as JSON for programs."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import tzinfo

from darkstar_common.launcher.tracing.chain import Chain
from darkstar_common.launcher.tracing.messages import Told
from darkstar_common.launcher.tracing.words import facts, remark, sentence

_SHORT = 8
"""Letters of an id that people see; enough to ask with."""
_ASKED = "  ◀ asked for"


class _Drawing:
    """Draws each message once."""

    def __init__(self, chain: Chain, zone: tzinfo) -> None:
        self._chain, self._zone = chain, zone
        self._drawn: set[str] = set()

    def lines(self) -> Iterator[str]:
        """The tree, from the first cause to the last consequence."""
        spine = self._chain.spine
        self._drawn.update(one.message_id for one in spine)
        indent = ""
        for depth, one in enumerate(spine):
            last = one.message_id == self._chain.asked
            children = self._children(one.message_id) if last else (one,)
            first = indent[:-3] + "└─ " if depth else ""
            yield from self._message(one, first, indent, goes_on=bool(children))
            if last:
                yield from self._below(children, indent)
            indent += "   "

    def _below(self, children: tuple[Told, ...], indent: str) -> Iterator[str]:
        for number, one in enumerate(children):
            last = number == len(children) - 1
            under = indent + ("   " if last else "│  ")
            own = self._children(one.message_id)
            begin = indent + ("└─ " if last else "├─ ")
            yield from self._message(one, begin, under, goes_on=bool(own))
            yield from self._below(own, under)

    def _children(self, of: str) -> tuple[Told, ...]:
        """What came of it and is not drawn elsewhere."""
        new = tuple(one for one in self._chain.children(of) if one.message_id not in self._drawn)
        self._drawn.update(one.message_id for one in new)
        return new

    def _message(self, one: Told, begin: str, under: str, *, goes_on: bool) -> Iterator[str]:
        asked = _ASKED if one.message_id == self._chain.asked else ""
        yield f"{begin}{self._head(one)}{asked}"
        edge = under + ("│  " if goes_on else "   ")
        if words := sentence(one):
            yield f"{edge}{words}"
        for name, behind in one.made_from.items():
            told = self._chain.messages.get(behind) or Told(message_id=behind)
            yield f"{edge}made from {name}: {self._head(told)}, {sentence(told)}"
        for line in facts(one):
            yield f"{edge}{line}"

    def _head(self, one: Told) -> str:
        when = "" if one.sent_at is None else f"{one.sent_at.astimezone(self._zone):%d %b %H:%M:%S}"
        parts = (when, one.topic, f"from {one.sender}" if one.sender else "")
        return "  ".join((*(part for part in parts if part), one.message_id[:_SHORT]))


def picture(chain: Chain, zone: tzinfo) -> tuple[str, ...]:
    """The lines of the tree; times are local."""
    return tuple(_Drawing(chain, zone).lines())


def document(chain: Chain) -> str:
    """The chain as a JSON object; times are UTC."""
    return json.dumps(
        {
            "asked": chain.asked,
            "messages": [
                {
                    "message_id": one.message_id,
                    "topic": one.topic or None,
                    "sender": one.sender or None,
                    "sent_at": None if one.sent_at is None else one.sent_at.isoformat(),
                    "caused_by": one.caused_by,
                    "made_from": dict(one.made_from),
                    "sentence": sentence(one),
                    "detail": dict(one.detail),
                    "logged": [remark(each) for each in one.remarks],
                }
                for one in chain.messages.values()
            ],
        },
        ensure_ascii=False,
        indent=1,
    )
