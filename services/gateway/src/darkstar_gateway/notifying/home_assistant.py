"""Home Assistant's notify service, by its REST API."""

from __future__ import annotations

from http import HTTPStatus

import httpx

from darkstar_common.contract import Notification
from darkstar_gateway.notifying.destination import DeliveryError

_NO_ENTRY = (
    "make a long-lived access token in Home Assistant (your profile, Security), and name it in "
    "DARKSTAR_HOME_ASSISTANT_TOKEN"
)


class HomeAssistantNotify:
    """One service of the `notify` domain."""

    key = "home_assistant"
    name = "Home Assistant"

    def __init__(self, url: str, token: str, service: str) -> None:
        """Connects to nothing yet.

        Args:
            url: Where Home Assistant is.
            token: Long-lived access token.
            service: Which service of the domain, such as `notify`.
        """
        self.endpoint = f"{url.rstrip('/')}/api/services/notify/{service}"
        self._headers = {"authorization": f"Bearer {token}"}
        self._service = service

    async def send(self, notification: Notification) -> None:
        """Bring one there.

        Raises:
            DeliveryError: It was not taken.
        """
        said = {"title": notification.title, "message": notification.text}
        try:
            async with httpx.AsyncClient(headers=self._headers, timeout=None) as client:  # noqa: S113 (the caller's)
                answer = await client.post(self.endpoint, json=said)
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise DeliveryError(
                f"it cannot be reached ({type(error).__name__})",
                "check home_assistant.url in the configuration, and that Home Assistant runs",
            ) from None
        if not answer.is_success:
            raise DeliveryError(f"it answered {answer.status_code}", self._guidance(answer))

    def _guidance(self, answer: httpx.Response) -> str:
        if answer.status_code in (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN):
            return _NO_ENTRY
        if answer.status_code in (HTTPStatus.BAD_REQUEST, HTTPStatus.NOT_FOUND):
            return (
                f"gateway.notify_service says {self._service}; see under Developer tools, Actions, "
                "which notify services there are"
            )
        return "see Home Assistant's log"
