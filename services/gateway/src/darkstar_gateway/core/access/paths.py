"""Which requests are none that a page of ours makes: too long, or looking for other files."""

from __future__ import annotations

from typing import Final
from urllib.parse import unquote

LONGEST_ADDRESS: Final = 8 * 1024
"""Path and question together [bytes]."""
LONGEST_HEADERS: Final = 16 * 1024
"""All headers together [bytes]."""
LONGEST_BODY: Final = 64 * 1024
LONGEST_SETTINGS: Final = 256 * 1024


def is_devious(path: str) -> bool:
    r"""Whether `path` leaves where it begins, also when it is unquoted once more.

    Example:
        >>> is_devious("/api/../etc"), is_devious("/%2e%2e/etc"), is_devious("/a\\b")
        (True, True, True)
        >>> is_devious("/api/commands/ev/car..2/set")
        False
    """
    return any(
        ".." in one.split("/") or any(char < " " or char in "\\\x7f" for char in one)
        for one in (path, unquote(path, errors="replace"))
    )


def longest_body(path: str) -> int:
    """How long the body of a request to `path`, below the API's root, may be [bytes]."""
    return LONGEST_SETTINGS if path.split("/", maxsplit=1)[0] == "settings" else LONGEST_BODY
