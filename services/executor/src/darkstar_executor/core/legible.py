r"""Text from outside without what no message can carry.

JSON may spell half of a character (`"\ud83d"` alone), and Python reads it; no UTF-8 holds it, so
one device with such a name would break every message that tells of it.
"""

from __future__ import annotations

import json
import re
from typing import Any

_HALF = re.compile("[\ud800-\udfff]")
_SPELT = re.compile(r"\\u[dD][89a-fA-F]")
_UNREADABLE = "\N{REPLACEMENT CHARACTER}"


def legible(text: str) -> str:
    r"""`text` with a replacement for each half of a character.

    Example:
        >>> legible("Lamp \ud83d") == "Lamp \ufffd"
        True
    """
    return text if text.isascii() else _HALF.sub(_UNREADABLE, text)


def from_json(text: str) -> Any:
    """What `text` says, every word and key of it legible.

    Raises:
        ValueError: It is no JSON.
        RecursionError: It is nested too deep.
    """
    found = json.loads(text)
    if not _SPELT.search(text):
        return found
    return json.loads(legible(json.dumps(found, ensure_ascii=False)))
