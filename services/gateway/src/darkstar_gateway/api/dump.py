"""One file with all that helps to find out what went wrong, and nothing that is private."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from fastapi import APIRouter
from fastapi.responses import Response

from darkstar_common.runtime import Secrets
from darkstar_gateway.api.asking import Recorder
from darkstar_gateway.api.problems import Problem
from darkstar_gateway.api.wired import Wired
from darkstar_gateway.core.dump import FORMAT, Dump, states, versions
from darkstar_gateway.core.redact import Redaction, private_words, told_settings

_LOOKED_BACK = timedelta(days=2)
_NONE = "No planning run of the last two days is recorded."


def dump_router(wired: Wired, recorder: Recorder) -> APIRouter:
    """`GET /api/dump`."""
    router = APIRouter(tags=["logs"])
    words = private_words(wired.config)
    hidden = tuple(_values(wired.secrets))

    @router.get("/dump", summary="All that is known, without what is private", response_model=Dump)
    async def dump() -> Response:
        """Settings, the last planning problem, states and health, to be handed to somebody.

        Secrets, place, names, addresses and entities are replaced. `darkstar-planner solve`
        reads the file.
        """
        now, view, health = wired.clock.now(), wired.live.view, wired.live.health()
        problem, note = await _problem(recorder, now)
        entities = {one.entity for group in health.groups for one in group.issues if one.entity}
        redaction = Redaction((*words, *entities), hidden)
        made = Dump(
            darkstar_dump=FORMAT,
            made_at=now,
            versions=versions(view),
            settings=redaction.of(told_settings(wired.config)),
            problem=redaction.of(problem),
            problem_note=redaction.of(note),
            states=redaction.of(states(view)),
            health=redaction.of(health.model_dump(mode="json")),
        )
        name = f"darkstar-dump-{now:%Y%m%dT%H%M%SZ}.json"
        headers = {"content-disposition": f'attachment; filename="{name}"'}
        text = made.model_dump_json(indent=1)
        return Response(text, media_type="application/json", headers=headers)

    return router


async def _problem(recorder: Recorder, now: Any) -> tuple[dict[str, Any] | None, str]:
    """What the last run solved, and where it is from; a dump is made without it, too."""
    try:
        runs = await recorder.records(
            "episodes", start=now - _LOOKED_BACK, end=now + timedelta(minutes=1)
        )
        ours = [one for one in runs if one.get("system_id", "prod") == "prod"]
        if not ours:
            return None, _NONE
        (whole,) = await recorder.records("episodes", id=ours[-1]["message_id"])
    except Problem as problem:
        return None, problem.detail
    body = json.loads(whole["body"])
    return body["inputs"], f"Of the planning run at {whole['emitted_at']}."


def _values(secrets: Secrets) -> Iterator[str]:
    """Every secret there is."""
    said = (
        secrets.home_assistant_token, secrets.gateway_password, secrets.viewer_password,
        secrets.gateway_token,
    )  # fmt: skip
    yield from (one for one in said if one)
    yield from secrets.notify_urls
