"""What the services log: to be looked at, and to be taken along."""

from __future__ import annotations

from collections import deque
from typing import Annotated, Literal

from fastapi import APIRouter, Query
from fastapi.responses import Response
from pydantic import BaseModel, Field

from darkstar_common.contract import LogLine, Part, Service
from darkstar_common.contract.base import SERVICES
from darkstar_gateway.api.wired import Wired
from darkstar_gateway.logbook import BookLine

Level = Literal["debug", "info", "warning", "error", "critical"]
LoggedService = Literal["planner", "executor", "recorder", "forecaster", "gateway"]


class Chosen(BaseModel):
    """Which lines."""

    service: LoggedService | None = Field(default=None, description="Null: all of them")
    level: Level = Field(default="debug", description="This one and worse")

    @property
    def of(self) -> Service | None:
        """Whose lines."""
        return Service(self.service) if self.service else None


class Asked(Chosen):
    """Which lines, and how many."""

    after: int = Field(default=0, ge=0, description="Only those after this cursor")
    limit: int = Field(default=500, ge=1, le=5000, description="The newest so many")


class ShownLine(LogLine):
    """A line, whose it is, and its number."""

    number: int
    service: Service

    @classmethod
    def of(cls, kept: BookLine) -> ShownLine:
        """As it is kept."""
        return cls(number=kept.number, service=kept.service, **dict(kept.line))


class Lines(Part):
    """Lines of logs, the newest last."""

    lines: tuple[ShownLine, ...]
    cursor: int = Field(description="Ask with `after` at it for what comes next")
    left_out: int = Field(ge=0, description="Older lines that fit, but are beyond the limit")
    dropped: int = Field(ge=0, description="Lines that never came here, too many at once")
    services: tuple[Service, ...] = Field(default=SERVICES, description="Who has a log")


def logs_router(wired: Wired) -> APIRouter:
    """`GET /api/logs` and `/api/logs/download`."""
    router = APIRouter(prefix="/logs", tags=["logs"])
    book = wired.logbook

    @router.get("", summary="What the services log")
    async def logs(asked: Annotated[Asked, Query()]) -> Lines:
        """The latest lines, newest last; with `after`, those since a cursor."""
        found = list(book.lines(service=asked.of, level=asked.level, after=asked.after))
        newest = deque(found, maxlen=asked.limit)
        return Lines(
            lines=tuple(ShownLine.of(one) for one in newest),
            cursor=book.cursor,
            left_out=len(found) - len(newest),
            dropped=book.dropped(asked.of),
        )

    @router.get(
        "/download",
        summary="The same as a file",
        response_class=Response,
        responses={200: {"content": {"application/x-ndjson": {"schema": {"type": "string"}}}}},
    )
    async def download(asked: Annotated[Chosen, Query()]) -> Response:
        """All lines that are kept, as a file with a JSON object on each line."""
        lines = book.lines(service=asked.of, level=asked.level)
        text = "".join(f"{ShownLine.of(one).model_dump_json()}\n" for one in lines)
        name = f"darkstar-{asked.service or 'all'}.log.jsonl"
        headers = {"content-disposition": f'attachment; filename="{name}"'}
        return Response(text, media_type="application/x-ndjson", headers=headers)

    return router
