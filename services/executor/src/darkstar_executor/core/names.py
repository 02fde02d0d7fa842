"""Entity ids, made from names the way Home Assistant makes them."""

from __future__ import annotations

import re
import unicodedata

_LETTERS = str.maketrans(
    {"ß": "ss", "æ": "ae", "Æ": "ae", "ø": "o", "Ø": "o", "œ": "oe", "đ": "d", "ł": "l", "Ł": "l",
     "þ": "th", "ð": "d", "°": "deg", "µ": "m", "μ": "m", "Ω": "o"}
)  # fmt: skip


def slug(text: str) -> str:
    """`text` as the second half of an entity id.

    Example:
        >>> slug("Värmepump 2: Ström (1,5 kW)")
        'varmepump_2_strom_15_kw'
    """
    plain = unicodedata.normalize("NFKD", text.translate(_LETTERS))
    ascii_only = plain.encode("ascii", "ignore").decode().lower()
    whole_numbers = re.sub(r"(?<=\d),(?=\d)", "", ascii_only)
    return re.sub(r"[^a-z0-9]+", "_", whole_numbers).strip("_")


def asked_id(component: str, wanted: str) -> str:
    """The id of an entity that asks for one, with its domain or without."""
    domain, _, own = wanted.partition(".")
    return f"{component}.{slug(own or domain)}"


def named_id(component: str, device: str, name: str | None) -> str:
    """The id an entity gets from its device's name and its own; None is the main entity's."""
    whole = slug(f"{device} {name or ''}")
    return f"{component}.{whole or f'mqtt_{component}'}"


def shortened_id(component: str, device: str, name: str | None) -> str:
    """The same, where a name that begins with the device's was shortened by it."""
    own = name or ""
    if device and own.lower().startswith(device.lower()) and not own[len(device) :][:1].isalnum():
        own = own[len(device) :]
    return named_id(component, device, own)
