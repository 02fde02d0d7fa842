"""Which names this house's page is reached by, and whether a page of it is what asks.

A name that anybody can register may be pointed at this machine (DNS rebinding): its pages
would then ask as if they were ours. Addresses and names of the home network cannot be had so.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from ipaddress import ip_address
from typing import Final
from urllib.parse import urlsplit

HOME_ENDINGS: Final = (".local", ".lan", ".home.arpa", ".localhost")
_NAME: Final = re.compile(r"[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?(\.[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?)*")


def name_of(authority: str) -> str:
    """The name or address in a Host header, without its port; empty if it holds none.

    Example:
        >>> name_of("Darkstar.Local.:8410"), name_of("[::1]:8410"), name_of("a b")
        ('darkstar.local', '::1', '')
    """
    try:
        parts = urlsplit(f"//{authority}")
        name, _ = parts.hostname or "", parts.port
    except ValueError:
        return ""
    plain = parts.netloc == authority and not (parts.username or parts.password)
    name = name.removesuffix(".")
    return name if plain and (is_address(name) or _NAME.fullmatch(name)) else ""


def is_known(name: str, own: Iterable[str]) -> bool:
    """Whether the page may be reached by `name`: an address, of the home network, or one's own."""
    if not name:
        return False
    of_home = "." not in name or name.endswith(HOME_ENDINGS)
    return of_home or is_address(name) or name in {one.lower().removesuffix(".") for one in own}


def is_address(name: str) -> bool:
    """Whether `name` is one of IPv4 or IPv6."""
    try:
        ip_address(name)
    except ValueError:
        return False
    return True


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach `host`."""
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False


def from_own_page(headers: Mapping[str, str], own: Iterable[str]) -> bool:
    """Whether a browser asks for a page of this very address, or no browser asks.

    Browsers say where a page comes from that sends something (`Origin`). A proxy may rewrite
    `Host`; it then says the first one in `X-Forwarded-Host`, which no page can set for another.

    Args:
        headers: Of the request, by names in small letters.
        own: Names of the page besides those of the home network.
    """
    origin = headers.get("origin")
    site = headers.get("sec-fetch-site")
    if origin is None or site == "same-origin":
        return site in {None, "none", "same-origin"}
    asking = _authority_of(origin)
    if not asking:
        return False
    reached = (headers.get("host", ""), headers.get("x-forwarded-host", ""))
    mine = {one.lower().removesuffix(".") for one in own}
    return name_of(asking) in mine or any(_same(asking, one) for one in reached if one)


def _same(asking: str, reached: str) -> bool:
    """Whether both are one address; many proxies leave the port away."""
    if asking.lower() == reached.lower():
        return True
    name = name_of(reached)
    return bool(name) and reached.lower().removesuffix(".") == name == name_of(asking)


def _authority_of(origin: str) -> str:
    """Name and port of an origin; empty when it is none, as `null` is."""
    try:
        parts = urlsplit(origin)
    except ValueError:
        return ""
    return parts.netloc if parts.scheme in {"http", "https"} else ""
