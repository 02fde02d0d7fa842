"""MQTT topic filters."""

from __future__ import annotations

import unicodedata

_MOST_LEVELS = 200
_LONGEST = 65_535


def matches(topic_filter: str, topic: str) -> bool:
    """Whether `topic` falls under `topic_filter` with its `+` and `#` (MQTT 5, 4.7).

    Example:
        >>> matches("house/+/state", "house/pump/state"), matches("house/#", "house")
        (True, True)
        >>> matches("#", "$SYS/uptime"), matches("house/+", "house/pump/state")
        (False, False)
    """
    if topic_filter == topic:
        return True
    if topic.startswith("$") and topic_filter[:1] in {"+", "#"}:
        return False
    wanted, levels = topic_filter.split("/"), topic.split("/")
    if wanted[-1] == "#":
        del wanted[-1]
        levels = levels[: len(wanted)]
    if len(wanted) != len(levels):
        return False
    return all(one in {"+", level} for one, level in zip(wanted, levels, strict=True))


def is_topic(text: str) -> bool:
    """Whether a broker accepts `text` to publish on; one that does not hangs up.

    Example:
        >>> is_topic("pump/set"), is_topic("pump/+"), is_topic("")
        (True, False, False)
    """
    return _is_name(text) and not {"+", "#"} & set(text)


def is_filter(text: str) -> bool:
    """Whether a broker accepts `text` to subscribe to.

    Example:
        >>> is_filter("pump/#"), is_filter("+/state"), is_filter("pump/#/state"), is_filter("a+")
        (True, True, False, False)
    """
    *levels, last = text.split("/")
    whole = all(
        one == "+" or not {"+", "#"} & set(one) for one in (*levels, last.strip("#") or "+")
    )
    return _is_name(text) and whole and last in {"#", last.strip("#")}


def _is_name(text: str) -> bool:
    if not text or text.count("/") >= _MOST_LEVELS:
        return False
    if any(unicodedata.category(one) in {"Cc", "Cs", "Cn"} for one in text):
        return False
    return len(text.encode()) <= _LONGEST
