"""`darkstar-recorder episodes`: planning runs as they were kept, of every form ever written."""

from __future__ import annotations

import json
from argparse import SUPPRESS, ArgumentParser, Namespace
from pathlib import Path
from typing import Any

from darkstar_recorder.core.packing import UnreadableError
from darkstar_recorder.store.episode_files import RUNS, SLOTS, EpisodeFiles
from darkstar_recorder.store.episodes import Chosen
from darkstar_recorder.tools.tool import Desk, Tool, ToolError, add_span, at_least_one

PIECE = 20
"""So many are written anew in one transaction; 10 ms each."""
_SHOWN = 20
_MEGABYTE = 1_000_000
_LINE = "{id:36}  {slot:16}  {system:10}  {status:10}  {cost:>14}"


def _arguments(parser: ArgumentParser) -> None:
    doing = parser.add_subparsers(dest="doing", required=True)
    listing = doing.add_parser("list", help="the newest ones, a line each")
    _add_choice(listing)
    listing.add_argument(
        "--limit", type=at_least_one, default=_SHOWN, help=f"so many at most; default {_SHOWN}"
    )
    listing.add_argument("--show-size", action="store_true", help="what they take, too")
    show = doing.add_parser("show", help="what is known of one")
    show.add_argument("id", help="its id, the beginning of it, or its name")
    export = doing.add_parser(
        "export", help="write one, whole, as JSON; or all of them as Parquet files for learning"
    )
    export.add_argument("id", nargs="?", help="its id, the beginning of it, or its name")
    export.add_argument("--output", type=Path, help="the file")
    export.add_argument("--all", type=Path, metavar="DIR", help="all of them; where the files go")
    _add_choice(export)
    doing.add_parser("repack", help="write those of earlier versions in the present form")
    for one in doing.choices.values():  # named at the end, as with other commands
        one.add_argument("--database", type=Path, default=SUPPRESS, help="as of `episodes`")


def _add_choice(parser: ArgumentParser) -> None:
    add_span(parser, since="first slots from here on", until="first slots before this")
    parser.add_argument("--system", help="whose runs: prod, or another system in shadow")


def _chosen(options: Namespace, limit: int | None = None) -> Chosen:
    return Chosen(start=options.since, end=options.until, system_id=options.system, limit=limit)


def _run(desk: Desk, options: Namespace) -> int:
    doing = {"list": _list, "show": _show, "export": _export, "repack": _repack}
    return doing[options.doing](desk, options)


def _list(desk: Desk, options: Namespace) -> int:
    rows = desk.store.find_episodes(_chosen(options, options.limit))
    for row in rows:
        desk.checkpoint()
        size = f"  {row['body_bytes']:>8,} bytes" if options.show_size else ""
        desk.tell(_line(row, damaged=_is_damaged(desk, row)) + size)
    sizes = desk.store.episode_sizes()
    desk.tell(f"{len(rows)} of {sizes.episodes} episodes")
    if options.show_size:
        desk.tell(
            f"all of them: {sizes.bodies / _MEGABYTE:.2f} MB; what is known of them as JSON "
            f"text: {sizes.texts / _MEGABYTE:.2f} MB"
        )
    return 0


def _is_damaged(desk: Desk, row: dict[str, Any]) -> bool:
    try:
        desk.store.episode(row["message_id"])
    except UnreadableError:
        return True
    return False


def _line(row: dict[str, Any], *, damaged: bool) -> str:
    at = row["first_slot"] or row["emitted_at"]
    cost = "" if row["cost"] is None else f"{row['cost']:.2f} {row['currency'] or ''}"
    status = "damaged" if damaged else row["status"] or ""
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
    if options.all and not (options.id or options.output):
        return _export_all(desk, options)
    if options.all or not (options.id and options.output):
        raise ToolError(
            "say which episode and into which file, as in `episodes export ID --output FILE`; "
            "or `episodes export --all DIR`"
        )
    row = _one(desk, options.id)
    text = json.dumps(_content(desk, row), ensure_ascii=False, indent=1)
    try:
        desk.path(options.output).write_text(text + "\n", encoding="utf-8")
    except OSError as error:
        raise ToolError(f"{options.output}: it cannot be written: {error}") from None
    desk.tell(f"{options.output}: episode {row['message_id']}")
    return 0


def _export_all(desk: Desk, options: Namespace) -> int:
    _write_anew(desk)  # so that all have columns
    exporter = desk.store.exporter()
    chosen, runs, slots = _chosen(options), 0, 0
    try:
        files = EpisodeFiles(exporter, desk.config.zone)
        days = files.days(chosen)
        for number, day in enumerate(days, start=1):
            desk.checkpoint()
            written = files.write(day, desk.path(options.all), chosen)
            for key in written.damaged:
                desk.tell(f"episode {key} is damaged; it is left out")
            runs, slots = runs + written.runs, slots + written.slots
            desk.progress(number, len(days))
    except OSError as error:
        raise ToolError(f"{options.all}: it cannot be written: {error}") from None
    finally:
        exporter.close()
    desk.tell(f"{options.all / RUNS}: {runs} episodes of {len(days)} days")
    desk.tell(f"{options.all / SLOTS}: {slots} slots as they planned them and as they came")
    return 0


def _repack(desk: Desk, _options: Namespace) -> int:
    desk.tell(f"{_write_anew(desk)} episodes written anew")
    return 0


def _write_anew(desk: Desk) -> int:
    done = 0
    desk.checkpoint()
    while piece := desk.store.repack_episodes(PIECE):
        for key in piece.unreadable:
            desk.tell(f"episode {key} is damaged; it stays as it is")
        done += piece.done
        desk.checkpoint()
    return done


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
