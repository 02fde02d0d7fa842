"""`darkstar-recorder episodes`: planning runs as they were kept, of every form ever written."""

from __future__ import annotations

import json
from argparse import ArgumentParser, Namespace
from pathlib import Path
from typing import Any

from darkstar_recorder.core.packing import UnreadableError
from darkstar_recorder.store.episodes import Chosen
from darkstar_recorder.tools.tool import Desk, Tool, ToolError, moment

PIECE = 20
"""So many are written anew in one transaction; 10 ms each."""
_SHOWN = 20
_MEGABYTE = 1_000_000
_LINE = "{id:36}  {slot:16}  {system:10}  {status:10}  {cost:>14}"


def _arguments(parser: ArgumentParser) -> None:
    doing = parser.add_subparsers(dest="doing", required=True)
    listing = doing.add_parser("list", help="the newest ones, a line each")
    listing.add_argument("--from", dest="since", type=moment, help="first slots from here on")
    listing.add_argument("--until", type=moment, help="first slots before this")
    listing.add_argument("--system", help="whose runs: prod, or another system in shadow")
    listing.add_argument(
        "--limit", type=int, default=_SHOWN, help=f"so many at most; default {_SHOWN}"
    )
    listing.add_argument("--show-size", action="store_true", help="what they take, too")
    show = doing.add_parser("show", help="what is known of one")
    show.add_argument("id", help="its id, the beginning of it, or its name")
    export = doing.add_parser("export", help="write one, whole, as JSON")
    export.add_argument("id", help="its id, the beginning of it, or its name")
    export.add_argument("--output", type=Path, required=True, help="the file")
    doing.add_parser("repack", help="write those of earlier versions in the present form")


def _run(desk: Desk, options: Namespace) -> int:
    doing = {"list": _list, "show": _show, "export": _export, "repack": _repack}
    return doing[options.doing](desk, options)


def _list(desk: Desk, options: Namespace) -> int:
    chosen = Chosen(
        start=options.since, end=options.until, system_id=options.system, limit=options.limit
    )
    rows = desk.store.find_episodes(chosen)
    for row in rows:
        size = f"  {row['body_bytes']:>8,} bytes" if options.show_size else ""
        desk.tell(_line(row) + size)
    sizes = desk.store.episode_sizes()
    desk.tell(f"{len(rows)} of {sizes.episodes} episodes")
    if options.show_size:
        desk.tell(
            f"all of them: {sizes.bodies / _MEGABYTE:.2f} MB; what is known of them as JSON "
            f"text: {sizes.texts / _MEGABYTE:.2f} MB"
        )
    return 0


def _line(row: dict[str, Any]) -> str:
    at = row["first_slot"] or row["emitted_at"]
    cost = "" if row["cost"] is None else f"{row['cost']:.2f} {row['currency'] or ''}"
    status = "damaged" if row["form"] == "unreadable" else row["status"] or ""
    return _LINE.format(
        id=str(row["message_id"]), slot=f"{at:%Y-%m-%d %H:%M}", system=row["system_id"],
        status=status, cost=cost.rstrip(),
    )  # fmt: skip


def _show(desk: Desk, options: Namespace) -> int:
    row = _one(desk, options.id)
    content = _content(desk, row)
    for name, value in row.items():
        if value is not None:
            desk.tell(f"{name}: {value}")
    for name, value in content.items():
        desk.tell(f"{name}, as JSON: {len(json.dumps(value)):,} bytes")
    return 0


def _export(desk: Desk, options: Namespace) -> int:
    row = _one(desk, options.id)
    text = json.dumps(_content(desk, row), ensure_ascii=False, indent=1)
    try:
        desk.path(options.output).write_text(text + "\n", encoding="utf-8")
    except OSError as error:
        raise ToolError(f"{options.output}: it cannot be written: {error}") from None
    desk.tell(f"{options.output}: episode {row['message_id']}")
    return 0


def _repack(desk: Desk, _options: Namespace) -> int:
    done = 0
    desk.checkpoint()
    while piece := desk.store.repack_episodes(PIECE):
        for key in piece.unreadable:
            desk.tell(f"episode {key} is damaged; it stays as it is")
        done += piece.done
        desk.checkpoint()
    desk.tell(f"{done} episodes written anew")
    return 0


def _one(desk: Desk, name: str) -> dict[str, Any]:
    found = desk.store.episodes_named(name)
    if not found:
        raise ToolError(f"there is no episode {name}; `episodes list` names them")
    if len(found) > 1:
        ids = ", ".join(str(row["message_id"]) for row in found[:3])
        raise ToolError(f"{len(found)} episodes begin with {name}, such as {ids}; say more of it")
    return found[0]


def _content(desk: Desk, row: dict[str, Any]) -> dict[str, Any]:
    try:
        content = desk.store.episode(row["message_id"])
    except UnreadableError as error:
        raise ToolError(f"episode {row['message_id']} is damaged: {error}") from None
    return content if isinstance(content, dict) else {"content": content}


EPISODES = Tool(
    name="episodes",
    help="list, show and export planning runs, of every form ever written",
    arguments=_arguments,
    run=_run,
)
