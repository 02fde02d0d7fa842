"""`darkstar-recorder reset-learning --today`: nothing is learned from this day."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from zoneinfo import ZoneInfo

from darkstar_recorder.core.quality import DayLabel
from darkstar_recorder.tools.tool import Desk, Tool

_WHY = "a person said so (reset-learning)"


def _arguments(parser: ArgumentParser) -> None:
    parser.add_argument(
        "--today", action="store_true", required=True, help="the local day that it is now"
    )


def _run(desk: Desk, _options: Namespace) -> int:
    today = desk.now.astimezone(ZoneInfo(desk.config.timezone)).date()
    label = DayLabel(day=today, label="exclude", reasons=_WHY)
    changed = desk.store.label_days([label], "person", desk.now)
    state = "is left out of learning from now on" if changed else "was left out of learning before"
    desk.tell(f"{today}: {state}; its slots are kept as they are")
    desk.tell("what was learned of it already is the forecaster's: ask it on learning/reset")
    return 0


RESET_LEARNING = Tool(
    name="reset-learning",
    help="let nothing be learned from a day that was not like others",
    arguments=_arguments,
    run=_run,
)
