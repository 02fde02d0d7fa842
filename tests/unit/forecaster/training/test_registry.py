"""Models are kept whole or not at all; one is in use, and there is a way back."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path

import pytest
from unit.forecaster.training.a_model import DAY, NOW, a_lesson

from darkstar_common.config import Config
from darkstar_forecaster.core.promotion import Lesson
from darkstar_forecaster.registry import KEEPS, Registry, RegistryError, config_hash

CONFIG = Config()


@pytest.fixture
def registry(tmp_path: Path) -> Registry:
    return Registry(tmp_path)


def fill(registry: Registry, *levels: float) -> list[str]:
    """A promoted model a day, oldest first."""
    kept = [
        registry.keep(a_lesson(level, to=NOW + number * DAY), NOW + number * DAY, CONFIG)
        for number, level in enumerate(levels)
    ]
    return [one.version for one in kept if one is not None]


def used(registry: Registry) -> tuple[str, bytes] | None:
    found = registry.current("load", CONFIG)
    return found and (found[0], found[1].files["level.txt"])


def test_what_is_promoted_is_in_use_and_comes_back_as_it_was(tmp_path: Path) -> None:
    (version,) = fill(Registry(tmp_path), 1.5)
    assert version == "load-20260505T061000"
    found = Registry(tmp_path).current("load", CONFIG)
    assert found is not None
    assert found[0] == version
    assert found[1] == a_lesson(1.5).promoted


def test_nothing_is_in_use_at_first(registry: Registry) -> None:
    assert registry.current("load", CONFIG) is None
    assert registry.cards("pv") == ()


def test_what_was_not_judged_is_not_kept(registry: Registry) -> None:
    nothing = Lesson(quantity="load", promoted=None, reason="too little")
    assert registry.keep(nothing, NOW, CONFIG) is None


def test_a_rejected_candidate_leaves_a_card_alone(registry: Registry, tmp_path: Path) -> None:
    (version,) = fill(registry, 1.0)
    rejected = registry.keep(a_lesson(promoted=False), NOW + DAY, CONFIG)
    assert rejected is not None
    assert used(registry) == (version, b"1.0")
    cards = {one.version: one for one in registry.cards("load")}
    assert cards[rejected.version].state == "rejected"
    assert cards[rejected.version].reason == "it is worse"
    assert [one.name for one in (tmp_path / "load" / rejected.version).iterdir()] == ["card.json"]


def test_cards_tell_the_state_the_range_and_the_scores(registry: Registry) -> None:
    first, second = fill(registry, 1.0, 2.0)
    newest, oldest = registry.cards("load")
    assert (newest.version, newest.state, newest.promoted_at) == (second, "current", NOW + DAY)
    assert (oldest.version, oldest.state, oldest.promoted_at) == (first, "former", None)
    assert newest.config_hash == config_hash("load", CONFIG)
    assert newest.to_slot == NOW + DAY
    assert newest.scores == {"candidate_pinball": 0.1, "baseline_pinball": 0.2}
    assert newest.features == ("none",)


@pytest.mark.parametrize("damage", [b"", b"2.1", None])
def test_of_a_damaged_model_the_next_older_is_used_and_it_is_named(
    tmp_path: Path, damage: bytes | None
) -> None:
    first, second = fill(Registry(tmp_path), 1.0, 2.0)
    file = tmp_path / "load" / second / "level.txt"
    if damage is None:
        file.unlink()
    else:
        file.write_bytes(damage)
    registry = Registry(tmp_path)
    assert used(registry) == (first, b"1.0")
    assert second in registry.damaged["load"][0]


@pytest.mark.parametrize("damage", [b"{", b'{"quantity": "load"}', b"\xff\x00", None])
def test_a_damaged_card_is_named_and_passed_over(tmp_path: Path, damage: bytes | None) -> None:
    first, second = fill(Registry(tmp_path), 1.0, 2.0)
    card = tmp_path / "load" / second / "card.json"
    if damage is None:
        card.unlink()
    else:
        card.write_bytes(damage)
    registry = Registry(tmp_path)
    assert used(registry) == (first, b"1.0")
    assert second in registry.damaged["load"][0]


def test_half_a_model_is_none(registry: Registry, tmp_path: Path) -> None:
    (version,) = fill(registry, 1.0)
    building = tmp_path / "load" / ".load-20270101T000000"
    building.mkdir()
    (building / "level.txt").write_bytes(b"9")
    assert used(registry) == (version, b"1.0")
    assert not registry.damaged["load"]


@pytest.mark.parametrize("content", [b"", b"[]", b'{"version": 3}', b'{"version": "gone"}'])
def test_where_it_is_not_known_which_is_in_use_the_newest_is(
    registry: Registry, tmp_path: Path, content: bytes
) -> None:
    fill(registry, 1.0, 2.0)
    (tmp_path / "load" / "in_use.json").write_bytes(content)
    found = used(registry)
    assert found is not None
    assert found[1] == b"2.0"


def test_a_model_of_another_configuration_is_set_aside(registry: Registry) -> None:
    fill(registry, 1.0)
    other = Config.model_validate({"household": {"yearly_kwh": 3000}})
    assert registry.current("load", other) is None
    assert "another configuration" in registry.damaged["load"][0]
    assert used(registry) is not None


def test_parts_of_the_configuration_that_do_not_matter_change_nothing() -> None:
    other = Config.model_validate({"planner": {"interval_minutes": 7}, "site": "cabin"})
    assert config_hash("load", other) == config_hash("load", CONFIG)
    assert config_hash("pv", other) != config_hash("load", other)


def test_going_back_uses_the_one_before_and_the_newer_is_not_used_again(
    registry: Registry, tmp_path: Path
) -> None:
    first, second, third = fill(registry, 1.0, 2.0, 3.0)
    assert registry.rollback("load", None, NOW + 3 * DAY).version == second
    assert used(registry) == (second, b"2.0")
    (tmp_path / "load" / second / "level.txt").write_bytes(b"broken")
    assert used(Registry(tmp_path)) == (first, b"1.0")
    states = {one.version: (one.state, one.reason) for one in registry.cards("load")}
    assert states[third] == ("former", "it was taken back; it is better")


def test_going_back_to_a_named_version_and_forth_again(registry: Registry) -> None:
    first, _, third = fill(registry, 1.0, 2.0, 3.0)
    registry.rollback("load", first, NOW + 3 * DAY)
    assert used(registry) == (first, b"1.0")
    registry.rollback("load", third, NOW + 4 * DAY)
    assert used(registry) == (third, b"3.0")


def test_a_later_model_that_is_better_is_promoted_over_what_was_gone_back_to(
    registry: Registry,
) -> None:
    fill(registry, 1.0, 2.0)
    registry.rollback("load", None, NOW + 2 * DAY)
    registry.keep(a_lesson(4.0), NOW + 5 * DAY, CONFIG)
    assert used(registry) == ("load-20260510T061000", b"4.0")


def test_what_was_taken_back_is_not_used_when_a_later_one_is_damaged(
    registry: Registry, tmp_path: Path
) -> None:
    first, *_ = fill(registry, 1.0, 2.0, 3.0)
    registry.rollback("load", first, NOW + 3 * DAY)
    later = registry.keep(a_lesson(4.0), NOW + 5 * DAY, CONFIG)
    assert later is not None
    (tmp_path / "load" / later.version / "more.bin").unlink()
    assert used(Registry(tmp_path)) == (first, b"1.0")


@pytest.mark.parametrize(
    ("version", "said"),
    [(None, "no model to go back to"), ("load-1", "no model load-1"), ("in use", "in use already")],
)
def test_going_back_where_there_is_no_way_is_refused(
    registry: Registry, version: str | None, said: str
) -> None:
    (only,) = fill(registry, 1.0)
    with pytest.raises(RegistryError, match=said):
        registry.rollback("load", only if version == "in use" else version, NOW)
    assert used(registry) == (only, b"1.0")


def test_going_back_to_a_damaged_model_is_refused(registry: Registry, tmp_path: Path) -> None:
    first, second = fill(registry, 1.0, 2.0)
    (tmp_path / "load" / first / "more.bin").write_bytes(b"")
    with pytest.raises(RegistryError, match=r"more\.bin is damaged"):
        Registry(tmp_path).rollback("load", None, NOW)
    assert used(registry) == (second, b"2.0")


def test_the_oldest_go_but_never_the_one_in_use(registry: Registry) -> None:
    versions = fill(registry, *range(KEEPS))
    registry.rollback("load", versions[0], NOW)
    for number in range(KEEPS + 2):
        registry.keep(a_lesson(promoted=False), NOW + (20 + number) * DAY, CONFIG)
    kept = [one.version for one in registry.entries("load") if not one.rejected]
    assert versions[0] in kept
    assert len([one for one in registry.entries("load") if one.rejected]) == KEEPS
    for number in range(3):
        registry.keep(a_lesson(9.0), NOW + (40 + number) * DAY, CONFIG)
    assert len([one for one in registry.entries("load") if not one.rejected]) == KEEPS
    assert used(registry) == (f"load-{NOW + 42 * DAY:%Y%m%dT%H%M%S}", b"9.0")


def test_each_quantity_has_its_own(registry: Registry) -> None:
    fill(registry, 1.0)
    registry.keep(a_lesson(5.0, quantity="pv"), NOW, CONFIG)
    assert used(registry) == ("load-20260505T061000", b"1.0")
    assert registry.in_use("pv") == "pv-20260505T061000"
    assert registry.in_use("price") is None


def test_another_process_that_goes_back_is_noticed(tmp_path: Path) -> None:
    service = Registry(tmp_path)
    first, _ = fill(service, 1.0, 2.0)
    assert used(service) is not None
    Registry(tmp_path).rollback("load", None, NOW + timedelta(hours=1))
    assert used(service) == (first, b"1.0")


def test_what_is_kept_can_be_read_by_people(registry: Registry, tmp_path: Path) -> None:
    (version,) = fill(registry, 1.0)
    card = json.loads((tmp_path / "load" / version / "card.json").read_text())
    assert set(card["checksums"]) == {"level.txt", "more.bin"}
    assert card["facts"] == {"rounds": 3.0}
