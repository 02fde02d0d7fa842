"""Signing in and out."""

from __future__ import annotations

from http import HTTPStatus
from typing import Final

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from darkstar_common.contract import Part
from darkstar_gateway.api.access.entrance import Entrance
from darkstar_gateway.api.problems import Problem, documented
from darkstar_gateway.core.access.grant import By, Grant, Role

_LONGEST: Final = 1024


class SessionState(Part):
    """Who is signed in."""

    signed_in: bool
    role: Role | None
    """An owner may do all, a viewer look and no more; null: nobody is signed in."""
    required: bool
    """Whether a password or token is asked for at all."""
    by: By | None
    """What let them in; open: nobody is asked."""


class SignIn(BaseModel):
    """What is sent to sign in."""

    model_config = ConfigDict(extra="forbid")

    password: str = Field(max_length=_LONGEST)
    """The owner's, or the viewer's."""


_REFUSALS: Final = documented(
    HTTPStatus.UNAUTHORIZED, HTTPStatus.UNPROCESSABLE_ENTITY, HTTPStatus.TOO_MANY_REQUESTS
)


def session_router(entrance: Entrance) -> APIRouter:
    """`/api/session`."""
    router = APIRouter(tags=["access"])

    @router.get("/session", summary="Who is signed in")
    async def session(request: Request) -> SessionState:
        """Whether who asks is signed in, as what, and whether that is needed."""
        return _state(entrance, grant_of(request))

    @router.post("/session", summary="Sign in", responses=_REFUSALS)
    async def sign_in(said: SignIn, request: Request, response: Response) -> SessionState:
        """Begin a session by password: it is in a cookie that scripts cannot read."""
        grant = grant_of(request)
        if grant is not None and grant.by in {"open", "ingress"}:
            return _state(entrance, grant)
        peer = request.client.host if request.client else None
        secret = await entrance.sign_in(said.password, peer)
        if secret is None:
            raise Problem(HTTPStatus.UNAUTHORIZED, "That is not the password.")
        if grant is not None:  # of an earlier session: it is left
            await entrance.doorkeeper.close(grant)
        _cookie(entrance, request, response, secret, seconds=entrance.lasts_seconds)
        return _state(entrance, entrance.doorkeeper.grant(secret))

    @router.delete("/session", summary="Sign out")
    async def sign_out(request: Request, response: Response) -> SessionState:
        """End the session; to be signed out already is no error."""
        grant = grant_of(request)
        if grant is not None and grant.by == "password":
            await entrance.doorkeeper.close(grant)
            grant = None
        _cookie(entrance, request, response, "", seconds=0)
        return _state(entrance, grant)

    return router


def grant_of(request: Request) -> Grant | None:
    """What who asks may do, as `Guard` found; None: nobody knows who it is."""
    found: Grant | None = getattr(request.state, "grant", None)
    return found


def _state(entrance: Entrance, grant: Grant | None) -> SessionState:
    return SessionState(
        signed_in=grant is not None,
        role=grant.role if grant else None,
        required=entrance.required,
        by=grant.by if grant else None,
    )


def _cookie(
    entrance: Entrance, request: Request, response: Response, secret: str, *, seconds: int
) -> None:
    """Set the cookie; without a path it is for what lies beside this one, below any prefix."""
    response.set_cookie(
        entrance.cookie,
        secret,
        max_age=seconds,
        path=None,
        secure="https" in {request.url.scheme, request.headers.get("x-forwarded-proto")},
        httponly=True,
        samesite="strict",
    )
