"""Errors as people and programs can act on them: application/problem+json (RFC 9457)."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from darkstar_common.contract import Part

_LONGEST_NAME = 100
"""Of what a request calls something, when it is said back [characters]."""


class ProblemDetail(Part):
    """What every error says; some say more."""

    type: str
    title: str
    status: int
    detail: str
    """A sentence that says what is wrong and what to do."""


def documented(*statuses: HTTPStatus) -> dict[int | str, dict[str, Any]]:
    """The `responses` of a route that may refuse so."""
    return {
        int(one): {"model": ProblemDetail, "description": one.description or one.phrase}
        for one in statuses
    }


class Problem(Exception):  # noqa: N818 (the name the standard gives it)
    """A request that cannot be served: a status, a sentence, and what else is known."""

    def __init__(self, status: HTTPStatus, detail: str, **extra: Any) -> None:
        super().__init__(detail)
        self.status = status
        self.detail = detail
        self.extra = extra


class ProblemResponse(JSONResponse):
    """JSON of the media type that says it is a problem."""

    media_type = "application/problem+json"


def problem_response(
    status: HTTPStatus,
    detail: str,
    *,
    extra: Mapping[str, Any] | None = None,
    headers: Mapping[str, str] | None = None,
) -> ProblemResponse:
    """The answer for a problem of that kind."""
    content = {"type": "about:blank", "title": status.phrase, "status": status, "detail": detail}
    return ProblemResponse({**content, **(extra or {})}, status_code=status, headers=headers)


def response_to(problem: Problem) -> ProblemResponse:
    """The answer that `problem` is, with the headers that belong to its status."""
    headers = {}
    if problem.status == HTTPStatus.UNAUTHORIZED:
        headers["www-authenticate"] = "Bearer"
    if "retry_after_seconds" in problem.extra:
        headers["retry-after"] = str(problem.extra["retry_after_seconds"])
    return problem_response(problem.status, problem.detail, extra=problem.extra, headers=headers)


def install_problems(app: FastAPI) -> None:
    """Make every error of `app` a problem."""
    app.add_exception_handler(Problem, _problem)
    app.add_exception_handler(HTTPException, _http_exception)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(Exception, _broken)


async def _problem(_request: Request, error: Exception) -> ProblemResponse:
    assert isinstance(error, Problem)  # noqa: S101 (it is registered for this class only)
    return response_to(error)


async def _http_exception(request: Request, error: Exception) -> ProblemResponse:
    assert isinstance(error, HTTPException)  # noqa: S101 (it is registered for this class only)
    status = HTTPStatus(error.status_code)
    sentence = error.detail
    if status == HTTPStatus.NOT_FOUND:
        sentence = (
            f"There is nothing at {request.url.path}. See api/openapi.json for what there is."
        )
    elif status == HTTPStatus.METHOD_NOT_ALLOWED:
        sentence = f"{request.method} is not how {request.url.path} is used."
    return problem_response(status, sentence, headers=error.headers)


async def _invalid(_request: Request, error: Exception) -> ProblemResponse:
    assert isinstance(error, RequestValidationError)  # noqa: S101 (it is registered for this class only)
    first = error.errors()[0]
    name = ".".join(str(part) for part in first["loc"][1:]) or "the request"
    detail = f"{name[:_LONGEST_NAME]}: {first['msg']}."
    return problem_response(HTTPStatus.UNPROCESSABLE_ENTITY, detail)


async def _broken(_request: Request, _error: Exception) -> ProblemResponse:
    return problem_response(
        HTTPStatus.INTERNAL_SERVER_ERROR,
        "The gateway could not answer this, which is a mistake of its own. Its log says more.",
    )
