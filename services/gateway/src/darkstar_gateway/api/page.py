"""The page: the files that the build left, held in memory, so nothing else can be reached."""

from __future__ import annotations

import gzip
import mimetypes
from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from typing import Self

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, Response
from starlette.exceptions import HTTPException

STATIC = Path(__file__).parent.parent / "static"
"""Where `npm run build` puts the page."""

_FOREVER = "public, max-age=31536000, immutable"
_WORTH_PACKING = frozenset({".html", ".js", ".css", ".svg", ".json"})
_NOT_BUILT = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Darkstar</title></head><body>
<h1>The page is not built</h1>
<p>The gateway runs, and its API answers at <a href="api/health">api/health</a>;
the page itself has yet to be made from its source.</p>
<p>In the repository: <code>make setup</code>, which needs nothing installed before.
By hand, with Node.js 20.19 or later:</p>
<pre>cd services/gateway/web
npm ci
npm run build</pre>
<p>Then start the gateway again.</p>
</body></html>
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asset:
    """One file of the page, as it is and packed."""

    content: bytes
    packed: bytes | None
    media_type: str
    cache_control: str

    def response(self, *, packing_accepted: bool) -> Response:
        """The answer with this file in it."""
        headers = {"cache-control": self.cache_control, "vary": "accept-encoding"}
        if self.packed is None or not packing_accepted:
            return Response(self.content, media_type=self.media_type, headers=headers)
        headers["content-encoding"] = "gzip"
        return Response(self.packed, media_type=self.media_type, headers=headers)


@dataclass(frozen=True, slots=True)
class Page:
    """All files of the page by their path below the root; empty when it is not built."""

    assets: Mapping[str, Asset]

    @classmethod
    def read(cls, folder: Path = STATIC) -> Self:
        """The page in `folder`; an empty one if there is none."""
        found = (one for one in folder.rglob("*") if one.is_file())
        files = sorted(one for one in found if not one.name.startswith("."))
        return cls({one.relative_to(folder).as_posix(): _asset(folder, one) for one in files})


def page_router(page: Page) -> APIRouter:
    """`/` and the files the page is made of."""
    router = APIRouter(include_in_schema=False)

    @router.get("/{path:path}")
    async def file(path: str, request: Request) -> Response:
        asset = page.assets.get(path or "index.html")
        if asset is not None:
            accepted = "gzip" in request.headers.get("accept-encoding", "")
            return asset.response(packing_accepted=accepted)
        if not path:
            return HTMLResponse(_NOT_BUILT, status_code=HTTPStatus.SERVICE_UNAVAILABLE)
        raise HTTPException(HTTPStatus.NOT_FOUND)

    return router


def _asset(folder: Path, path: Path) -> Asset:
    content = path.read_bytes()
    named_by_content = path.relative_to(folder).parts[0] == "assets"
    return Asset(
        content=content,
        packed=gzip.compress(content, mtime=0) if path.suffix in _WORTH_PACKING else None,
        media_type=mimetypes.guess_type(path.name)[0] or "application/octet-stream",
        cache_control=_FOREVER if named_by_content else "no-cache",
    )
