"""Entity ids, made from names the way Home Assistant makes them."""

from __future__ import annotations

import re
import unicodedata

_LETTERS = str.maketrans(
    {"ß": "ss", "æ": "ae", "Æ": "ae", "ø": "o", "Ø": "o", "œ": "oe", "đ": "d", "ł": "l", "Ł": "l",
     "þ": "th", "ð": "d", "°": "deg", "µ": "u", "²": "2", "³": "3", "'": "", "’": ""}  # noqa: RUF001 (a typed apostrophe)
)  # fmt: skip


def slug(text: str) -> str:
    """`text` as the second half of an entity id.

    Example:
        >>> slug("Värmepump 2: Ström (W)")
        'varmepump_2_strom_w'
    """
    plain = unicodedata.normalize("NFKD", text.translate(_LETTERS))
    ascii_only = plain.encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "_", ascii_only).strip("_")


def entity_id(component: str, *, wanted: str | None, device: str, name: str | None) -> str:
    """The id an entity gets: the one it asks for, else from its device's and its own name.

    Args:
        component: Such as sensor or number.
        wanted: `default_entity_id` or `object_id` of its discovery message.
        device: Name of the device, empty for an entity without one.
        name: Its own name; None for the main entity of a device.
    """
    if wanted:
        return f"{component}.{slug(wanted.removeprefix(component + '.'))}"
    own = name or ""
    if device and own.lower().startswith(device.lower()):
        own = own[len(device) :]
    return f"{component}.{slug(f'{device} {own}') or f'mqtt_{component}'}"
