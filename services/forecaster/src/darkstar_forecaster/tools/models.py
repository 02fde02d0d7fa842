"""`darkstar-forecaster models`: which models there are, and back to one of before."""

from __future__ import annotations

import sys
from argparse import ArgumentParser, Namespace
from pathlib import Path

from darkstar_common.contract import ModelCard, Quantity, Service
from darkstar_common.runtime import SystemClock, read_settings
from darkstar_forecaster.registry import QUANTITIES, Registry, RegistryError
from darkstar_forecaster.tools.tool import Commands, ToolError

_HELP = "which models there are; back to one of before"


def register(commands: Commands) -> None:
    """Add the command."""
    parser = commands.add_parser("models", help=_HELP, description=_HELP)
    parser.set_defaults(work=shown)
    actions = parser.add_subparsers(dest="action")
    _place(actions.add_parser("list", help="all that are kept, newest first"))
    rollback = actions.add_parser(
        "rollback", help="use an earlier model again; the service does so within the hour"
    )
    rollback.add_argument("quantity", choices=QUANTITIES)
    rollback.add_argument("version", nargs="?", help="default: the one before")
    _place(rollback)
    rollback.set_defaults(work=rolled_back)


def _place(parser: ArgumentParser) -> None:
    parser.add_argument(
        "--models", type=Path, help="where they are; default: the service's, in DARKSTAR_STATE_DIR"
    )


def shown(options: Namespace) -> int:
    """List them."""
    registry = _registry(options)
    cards = [card for one in QUANTITIES for card in registry.cards(one)]
    sys.stdout.writelines(f"{_line(card)}\n" for card in cards)
    if not cards:
        sys.stdout.write("there are no models yet\n")
    return 0


def rolled_back(options: Namespace) -> int:
    """Go back.

    Raises:
        ToolError: There is no such model.
    """
    quantity: Quantity = options.quantity
    try:
        entry = _registry(options).rollback(quantity, options.version, SystemClock().now())
    except (RegistryError, OSError) as error:
        raise ToolError(str(error)) from None
    sys.stdout.write(f"{entry.version} is in use again\n")
    return 0


def _registry(options: Namespace) -> Registry:
    chosen: Path | None = getattr(options, "models", None)
    return Registry(chosen or read_settings().state_dir.absolute() / Service.FORECASTER / "models")


def _line(card: ModelCard) -> str:
    seen = ""
    if card.from_slot and card.to_slot:
        seen = f", seen {card.from_slot:%Y-%m-%d} to {card.to_slot:%Y-%m-%d}"
    return f"{card.version}  {card.state}{seen}: {card.reason}"
