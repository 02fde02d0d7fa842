"""Stands before every route: which host, how long, who asks, and whether they may."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from typing import Final
from urllib.parse import quote

from starlette.datastructures import Headers
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from darkstar_gateway.api.access.bodies import whole_body
from darkstar_gateway.api.access.entrance import Entrance
from darkstar_gateway.api.problems import Problem, response_to
from darkstar_gateway.core.access.grant import READING, Grant, may
from darkstar_gateway.core.access.hosts import from_own_page, is_known, name_of
from darkstar_gateway.core.access.paths import LONGEST_ADDRESS, LONGEST_HEADERS, is_devious

SIGN_IN_FIRST: Final = 4401
"""Closes the WebSocket of who is not signed in, or no more; 401 among HTTP's."""
OWN_HEADER: Final = "x-darkstar"
"""No page of another site can send it without being asked first, and it would be told no."""
_ROOT: Final = "/api/"
_FOR_ALL: Final = frozenset({"session", "health"})


class Guard:
    """Asks who comes, and sends away who may not."""

    def __init__(self, app: ASGIApp, entrance: Entrance) -> None:
        self._app, self._entrance = app, entrance

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request or connection."""
        if scope["type"] == "http":
            await self._http(scope, receive, send)
        elif scope["type"] == "websocket":
            await self._websocket(scope, receive, send)
        else:
            await self._app(scope, receive, send)

    async def _http(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            grant = self._admitted(scope)
            inside = _with(scope, grant)
            if scope["method"] not in READING:
                receive = await whole_body(scope, receive)
        except Problem as problem:
            await response_to(problem)(scope, receive, send)
            return
        except ClientDisconnect:
            return
        sending = self._while_it_holds(grant, send) if grant and grant.session else send
        await self._app(inside, receive, sending)

    async def _websocket(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            grant = self._admitted(scope)
        except Problem as problem:
            if problem.status != HTTPStatus.UNAUTHORIZED:
                await send({"type": "websocket.close", "code": 1008})  # answered by 403
                return
            grant = None
        if grant is None:
            await receive()
            await send({"type": "websocket.accept"})
            await send(_closed())
            return

        async def sending(message: Message) -> None:
            if not self._entrance.doorkeeper.holds(grant):
                await send(_closed())
                raise ConnectionError
            await send(message)

        await self._app(_with(scope, grant), receive, sending)

    def _admitted(self, scope: Scope) -> Grant | None:
        """What who asks may do; None: nobody knows who, yet all may ask this.

        Raises:
            Problem: They may not.
        """
        headers = Headers(scope=scope)
        _fitting(scope)
        peer = scope["client"][0] if scope.get("client") else None
        grant = self._entrance.grant(headers, peer)
        if grant is None or grant.by != "ingress":
            self._reached_as_ours(headers)
        path = str(scope["path"])
        if not path.startswith(_ROOT):
            return grant
        path = path.removeprefix(_ROOT)
        method = scope.get("method", "GET")
        if method not in READING or scope["type"] == "websocket":
            self._sent_by_ours(scope, headers, grant)
        if grant is None and path not in _FOR_ALL:
            raise Problem(
                HTTPStatus.UNAUTHORIZED,
                "Sign in first: with the password at the page, or programs with the header "
                "Authorization: Bearer and the token.",
            )
        if grant is not None and path != "session" and not may(grant, method):
            raise Problem(
                HTTPStatus.FORBIDDEN,
                "With this password one may look, and change nothing. Sign in with the owner's.",
            )
        return grant

    def _reached_as_ours(self, headers: Mapping[str, str]) -> None:
        name = name_of(headers.get("host", ""))
        if not is_known(name, self._entrance.hosts):
            raise Problem(
                HTTPStatus.MISDIRECTED_REQUEST,
                "This page is not known by that name. If it is yours, add it to "
                "gateway.access.hosts in the configuration.",
            )

    def _sent_by_ours(self, scope: Scope, headers: Mapping[str, str], grant: Grant | None) -> None:
        """See that no page of another site makes the browser of who is signed in ask.

        Raises:
            Problem: One may do so.
        """
        if not from_own_page(headers, self._entrance.hosts):
            raise Problem(
                HTTPStatus.FORBIDDEN,
                "A page of another site asks for this. If it is yours behind a proxy, let that "
                "pass on the Host header, or add the name to gateway.access.hosts.",
            )
        if scope["type"] == "websocket":
            return
        from_browser = "origin" in headers or (grant is not None and grant.by_cookie)
        if from_browser and _has_body(headers) and _kind(headers) != "application/json":
            raise Problem(
                HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
                "From a browser this must be sent as application/json.",
            )
        if grant is not None and grant.by_cookie and headers.get(OWN_HEADER) != "1":
            raise Problem(
                HTTPStatus.FORBIDDEN,
                f"The header {OWN_HEADER}: 1 is missing, by which the page is told from others.",
            )

    def _while_it_holds(self, grant: Grant, send: Send) -> Send:
        """`send`, until the session ends; what streams for hours ends with it."""
        streaming = False

        async def sending(message: Message) -> None:
            nonlocal streaming
            if streaming and not self._entrance.doorkeeper.holds(grant):
                await send({"type": "http.response.body", "more_body": False})
                raise ConnectionError
            streaming = message["type"] == "http.response.body"
            await send(message)

        return sending


def _fitting(scope: Scope) -> None:
    """See that the request is none that only somebody who tries doors would make.

    Raises:
        Problem: It is.
    """
    address = len(scope.get("raw_path") or scope["path"].encode()) + len(scope["query_string"])
    if address > LONGEST_ADDRESS:
        limit = f"{LONGEST_ADDRESS // 1024} kB"
        raise Problem(HTTPStatus.REQUEST_URI_TOO_LONG, f"An address may be {limit} long.")
    if sum(len(name) + len(value) for name, value in scope["headers"]) > LONGEST_HEADERS:
        limit = f"{LONGEST_HEADERS // 1024} kB"
        raise Problem(
            HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE, f"All headers together may be {limit} long."
        )
    if is_devious(str(scope["path"])):
        raise Problem(
            HTTPStatus.NOT_FOUND, f"There is nothing at {quote(scope['path'], errors='replace')}."
        )


def _with(scope: Scope, grant: Grant | None) -> Scope:
    return {**scope, "state": {**scope.get("state", {}), "grant": grant}}


def _closed() -> Message:
    return {"type": "websocket.close", "code": SIGN_IN_FIRST, "reason": "Sign in first."}


def _has_body(headers: Mapping[str, str]) -> bool:
    return headers.get("content-length", "0") != "0" or "transfer-encoding" in headers


def _kind(headers: Mapping[str, str]) -> str:
    return headers.get("content-type", "").partition(";")[0].strip().lower()
