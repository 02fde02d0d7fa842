"""The API as OpenAPI describes it, and a page to read it and to try it."""

from __future__ import annotations

from collections.abc import Iterator
from http import HTTPStatus
from typing import Any, Final

from fastapi import APIRouter, FastAPI
from fastapi.responses import HTMLResponse

from darkstar_gateway.api.page import Page
from darkstar_gateway.api.problems import ProblemDetail

_ALWAYS: Final = (
    HTTPStatus.UNAUTHORIZED,
    HTTPStatus.FORBIDDEN,
    HTTPStatus.NOT_FOUND,
    HTTPStatus.REQUEST_URI_TOO_LONG,
    HTTPStatus.MISDIRECTED_REQUEST,
    HTTPStatus.TOO_MANY_REQUESTS,
    HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE,
)
_OF_WHAT_CHANGES: Final = (
    HTTPStatus.REQUEST_TIMEOUT,
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
)
_METHODS: Final = frozenset({"get", "put", "post", "delete", "patch"})
_PROBLEM: Final = {
    "application/problem+json": {"schema": {"$ref": "#/components/schemas/ProblemDetail"}}
}
_OF_FASTAPI: Final = ("HTTPValidationError", "ValidationError")
_SECURITY: Final = {
    "token": {"type": "http", "scheme": "bearer", "description": "For programs"},
    "session": {
        "type": "apiKey",
        "in": "cookie",
        "name": "darkstar_session_{site}",
        "description": "For browsers: POST /api/session sets it. What changes something needs the "
        "header x-darkstar: 1 and a page of this address, too",
    },
}
_ABOUT: Final = (
    "Times are of UTC, powers in kW, energies in kWh, prices for a kWh. What is unknown is null. "
    "Every error is `application/problem+json` with a sentence in `detail`. All paths are relative "
    "to where the page is."
)
_DOCS: Final = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Darkstar's API</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<link rel="icon" href="../icon.svg">
<link rel="stylesheet" href="../docs/swagger-ui.css">
<link rel="stylesheet" href="../docs/docs.css">
</head><body><div id="docs"></div>
<script src="../docs/swagger-ui-bundle.js"></script>
<script src="../docs/start.js"></script>
</body></html>
"""
_PLAIN: Final = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Darkstar's API</title></head><body>
<h1>Darkstar's API</h1>
<p>It is described in <a href="openapi.json">openapi.json</a>. The page that shows it is built with
the rest: <code>make setup</code>.</p>
</body></html>
"""


class DescribedApp(FastAPI):
    """An application whose description tells how it fails and who may ask."""

    def __init__(self, version: str) -> None:
        super().__init__(
            title="Darkstar",
            version=version,
            description=_ABOUT,
            openapi_url="/api/openapi.json",
            docs_url=None,
            redoc_url=None,
            servers=[{"url": "..", "description": "Where this description is"}],
        )

    def openapi(self) -> dict[str, Any]:
        """The description; made once."""
        if self.openapi_schema is None:
            self.openapi_schema = _complete(super().openapi())
        return self.openapi_schema


def docs_router(page: Page) -> APIRouter:
    """`/api/docs`."""
    router = APIRouter(include_in_schema=False)
    shown = _DOCS if "docs/swagger-ui-bundle.js" in page.assets else _PLAIN

    @router.get("/docs")
    async def docs() -> HTMLResponse:
        return HTMLResponse(shown)

    return router


def _complete(document: dict[str, Any]) -> dict[str, Any]:
    for path, method, operation in _operations(document):
        responses = operation["responses"]
        for status, response in responses.items():
            if "content" in response or status[0] in "45":
                response["content"] = _told(status, response.get("content", {}))
        for one in (*_ALWAYS, *(_OF_WHAT_CHANGES if method != "get" else ())):
            told = {"description": one.description or one.phrase, "content": _PROBLEM}
            responses.setdefault(str(int(one)), told)
        if path != "/api/session":
            operation["security"] = [{name: []} for name in _SECURITY]
    components = document.setdefault("components", {})
    schemas = components.setdefault("schemas", {})
    for name in _OF_FASTAPI:
        schemas.pop(name, None)
    schemas["ProblemDetail"] = ProblemDetail.model_json_schema()
    components["securitySchemes"] = _SECURITY
    return document


def _operations(document: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            if method in _METHODS:
                yield path, method, operation


def _told(status: str, content: dict[str, Any]) -> dict[str, Any]:
    """What an answer holds, where an error is a problem whatever else it tells."""
    said = content.get("application/json")
    name = _name_of(said)
    if status[0] not in "45" or name == "Health":
        return content
    return _PROBLEM if name in {"", *_OF_FASTAPI} else {"application/problem+json": said}


def _name_of(said: dict[str, Any] | None) -> str:
    reference: str = ((said or {}).get("schema") or {}).get("$ref", "")
    return reference.rsplit("/", 1)[-1]
