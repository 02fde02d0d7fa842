"""What can be set, as the page sees it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
from support.settings_example import EXAMPLE, example

from darkstar_common.config import Config
from darkstar_common.generate.configuration import reference
from darkstar_gateway.core.settings.places import GROUPS
from darkstar_gateway.core.settings.tree import Node, tree


def walked(nodes: tuple[Node, ...]) -> Iterator[Node]:
    for node in nodes:
        yield node
        yield from walked(node.children)


MARKUP = "The supplier's own part without VAT."
ALL = {node.key: node for group in tree() for node in walked(group.nodes)}


def test_the_kept_example_is_what_is_answered() -> None:
    kept = json.loads(EXAMPLE.read_text(encoding="utf-8"))
    assert kept == example(), "make it anew: python tests/support/settings_example.py"


def test_every_section_is_in_one_group() -> None:
    shown = [section for _, _, sections in GROUPS for section in sections]
    assert sorted(shown) == sorted(Config.model_fields)


def test_every_key_of_the_reference_can_be_set() -> None:
    assert set(ALL) == set(re.findall(r"^\| `([a-z0-9_.]+)`", reference(), re.MULTILINE))


@pytest.mark.parametrize("node", ALL.values(), ids=lambda node: node.key)
def test_every_key_has_a_title_and_a_meaning(node: Node) -> None:
    assert node.title
    assert node.title[0].isupper() or node.title[0].isdigit()
    assert "_" not in node.title
    assert node.help or node.unit
    assert "\n" not in node.help


def test_no_two_keys_of_a_section_have_one_title() -> None:
    for node in ALL.values():
        titles = [child.title for child in node.children]
        assert len(titles) == len(set(titles)), node.key


@pytest.mark.parametrize(
    ("key", "said"),
    [
        ("battery.capacity_kwh", {"kind": "float", "unit": "kWh", "above": 0, "default": 10.0}),
        ("battery.min_soc_percent", {"unit": "%", "minimum": 0, "maximum": 100}),
        ("battery", {"kind": "section", "nullable": True, "needs": None}),
        ("battery.charge_taper", {"kind": "points", "needs": "battery"}),
        ("location", {"kind": "section", "nullable": True, "default": None}),
        ("location.latitude", {"unit": "° north", "help": ""}),
        ("water_heater.defer_hours", {"minimum": 0, "below": 24}),
        ("evs", {"kind": "sections", "needs": None}),
        ("evs.phases", {"kind": "choice", "choices": (1, 3), "unit": None}),
        ("evs.departure", {"kind": "time", "default": "07:00"}),
        ("appliances.id", {"kind": "text", "required": True, "default": None}),
        ("appliances.name", {"kind": "text", "nullable": True}),
        ("prices.sources", {"kind": "list", "least_items": 1, "default": ["generated"]}),
        ("prices.csv_path", {"kind": "text", "nullable": True, "unit": None}),
        ("executor.on_stop", {"kind": "choice", "choices": ("fallback", "release", "leave")}),
        ("executor.max_age_seconds", {"kind": "map", "default": {}}),
        ("executor.roles", {"kind": "map", "title": "Roles"}),
        ("executor.notify.legionella", {"kind": "bool", "needs": "water_heater"}),
        ("site", {"kind": "text", "restart": True, "pattern": "^[a-z0-9_-]+$"}),
        ("mqtt.host", {"restart": True}),
        ("mqtt.discovery_prefix", {"restart": False}),
        ("gateway.port", {"kind": "int", "restart": True, "maximum": 65535}),
        ("gateway.access.required", {"restart": False}),
        ("solar.arrays.tilt", {"needs": "solar"}),
        ("tariff.markup_per_kwh", {"unit": "currency/kWh", "help": MARKUP}),
    ],
)
def test_a_key_says_what_it_takes(key: str, said: dict[str, Any]) -> None:
    node = ALL[key]
    assert {name: getattr(node, name) for name in said} == said


@pytest.mark.parametrize(
    ("key", "kind", "choices"),
    [
        ("prices.sources", "choice", 7),
        ("grid.peak.hours", "int", 0),
        ("tariff.grid_fee_windows.weekdays", "choice", 7),
        ("executor.roles", "text", 0),
        ("executor.max_age_seconds", "float", 0),
        ("home_assistant.bridge", "text", 0),
    ],
)
def test_what_a_list_or_map_holds_is_said(key: str, kind: str, choices: int) -> None:
    item = ALL[key].item
    assert item is not None
    assert (item.kind, len(item.choices)) == (kind, choices)


def test_pairs_of_numbers_are_named() -> None:
    pairs = {key: node.columns for key, node in ALL.items() if node.kind == "points"}
    assert set(pairs) == {"battery.charge_taper", "solar.arrays.horizon"}
    assert all(len(columns) == 2 for columns in pairs.values())


def test_a_default_is_that_of_the_configuration() -> None:
    plain = Config().model_dump(mode="json")
    for key, node in ALL.items():
        place: Any = plain
        for part in key.split("."):
            place = place[part] if isinstance(place, dict) and part in place else None
        if node.kind not in ("section", "sections") and place is not None:
            assert node.default == place, key
