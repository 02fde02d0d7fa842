"""What is imported into Home Assistant by hand: the blueprint and the dashboard card."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML
from ruamel.yaml.nodes import Node

from darkstar_common.config import Config
from darkstar_gateway.core.controls import controls
from darkstar_gateway.core.sensors import sensors

HOME_ASSISTANT = Path(__file__).resolve().parents[3] / "deploy/home-assistant"
CARD = HOME_ASSISTANT / "dashboard/card.yaml"
BLUEPRINT = HOME_ASSISTANT / "blueprints/safe_mode.yaml"
CORE_CARDS = {
    "vertical-stack", "horizontal-stack", "tile", "glance", "entities", "button", "history-graph",
    "conditional", "markdown", "section",
}  # fmt: skip


def _read(path: Path) -> Any:
    yaml = YAML(typ="safe")
    yaml.constructor.add_constructor("!input", _input)
    return yaml.load(path)


def _input(constructor: Any, node: Node) -> str:
    return f"!input {constructor.construct_scalar(node)}"


def _values(document: Any, key: str) -> Iterator[Any]:
    """Every value of `key`, however deep."""
    if isinstance(document, dict):
        for name, one in document.items():
            if name == key:
                yield one
            yield from _values(one, key)
    elif isinstance(document, list):
        for one in document:
            yield from _values(one, key)


def _announced() -> set[str]:
    config = Config()
    return {f"{one.component}.darkstar_{one.key}" for one in (*controls(config), *sensors(config))}


def test_every_entity_of_the_card_is_announced() -> None:
    named = set(_values(_read(CARD), "entity"))
    assert len(named) > 15
    assert named <= _announced()


def test_the_card_needs_no_card_of_others() -> None:
    assert set(_values(_read(CARD), "type")) <= CORE_CARDS


def test_the_blueprint_watches_an_entity_that_is_announced_for_five_minutes() -> None:
    inputs = _read(BLUEPRINT)["blueprint"]["input"]
    assert inputs["executor"]["default"] in _announced()
    assert inputs["patience"]["default"] == {"minutes": 5}
    text = BLUEPRINT.read_text(encoding="utf-8")
    assert "for: !input patience" in text


def test_every_input_of_the_blueprint_is_used_and_has_a_name() -> None:
    document = _read(BLUEPRINT)
    inputs = document["blueprint"]["input"]
    text = BLUEPRINT.read_text(encoding="utf-8")
    for name, one in inputs.items():
        assert f"!input {name}" in text, name
        assert one["name"], name
        assert one["selector"], name
        assert "default" in one, "what a house does not have need not be told"


@pytest.mark.parametrize("path", [CARD, BLUEPRINT])
def test_lines_are_read_without_scrolling(path: Path) -> None:
    assert max(len(line) for line in path.read_text(encoding="utf-8").splitlines()) <= 120
