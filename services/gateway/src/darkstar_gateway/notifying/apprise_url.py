"""A Discord webhook, an e-mail address or any of the many others, by the Apprise library."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping
from typing import Any

from darkstar_common.contract import Notification, Severity
from darkstar_gateway.notifying.destination import DeliveryError

_KINDS: Mapping[Severity, Any] = {"info": "info", "warning": "warning", "error": "failure"}
_TALKATIVE = ("apprise", "urllib3")
"""Their logs may hold an address, and an address holds its password."""


class UnusableUrlError(Exception):
    """Apprise can make nothing of an address; which one it was is for the caller to say."""


class AppriseUrl:
    """One address."""

    def __init__(self, url: str, number: int) -> None:
        """Read the address; connects to nothing yet.

        Args:
            url: In Apprise's words, such as discord://id/token.
            number: Its place among all addresses, counted from 1; names it, for it is secret.

        Raises:
            UnusableUrlError: Apprise can make nothing of it.
        """
        from apprise import Apprise, AppriseAsset  # noqa: PLC0415 (22 MB, for who uses it)

        for library in _TALKATIVE:
            logging.getLogger(library).setLevel(logging.CRITICAL + 1)
        asset = AppriseAsset(app_id="Darkstar", app_desc="Darkstar", async_mode=False)
        self._apprise = Apprise(asset=asset)
        if not self._apprise.add(url):
            raise UnusableUrlError
        self.name = f"{self._apprise[0].service_name} (address {number})"
        self.key = f"url_{number}"

    async def send(self, notification: Notification) -> None:
        """Bring one there.

        Raises:
            DeliveryError: It was not taken.
        """
        if not await asyncio.to_thread(self._notify, notification):
            raise DeliveryError(
                "it was not taken",
                "check that its address in DARKSTAR_NOTIFY_URLS still holds, and the network",
            )

    def _notify(self, notification: Notification) -> bool:
        return bool(
            self._apprise.notify(
                title=notification.title,
                body=notification.text,
                notify_type=_KINDS[notification.severity],
            )
        )
