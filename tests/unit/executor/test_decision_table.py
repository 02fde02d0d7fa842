"""Every row of the decision table has an example, which reaches it; the printed page is fresh."""

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import pytest
from unit.executor.situations import BATTERY, EVS, WATER, Example, situation

from darkstar_executor.core.cars import EV_RULES
from darkstar_executor.core.decide import decide
from darkstar_executor.core.rules import FALLBACK_RULES, RULES
from darkstar_executor.core.water import WATER_RULES
from darkstar_executor.profiles import PROFILES
from darkstar_executor.table import decision_table

ROWS = [
    *((row.name, row.when, row.then) for row in RULES),
    *((row.name, row.when, row.then) for row in WATER_RULES),
    *((row.name, row.when, row.then) for row in EV_RULES),
]
PAGE = Path(__file__).parents[3] / "docs" / "decision-table.md"


def named(examples: Sequence[Example]) -> list[str]:
    seen: Counter[str] = Counter()
    names = []
    for one in examples:
        seen[one.rule] += 1
        names.append(f"{one.rule}-{seen[one.rule]}")
    return names


@pytest.mark.parametrize("example", BATTERY, ids=named(BATTERY))
def test_a_row_of_the_batterys_table(example: Example) -> None:
    decision = decide(situation(**example.known))
    assert decision.rule == example.rule
    found = {name: getattr(decision.command, name) for name in example.commanded}
    assert found == example.commanded


@pytest.mark.parametrize("example", WATER, ids=named(WATER))
def test_a_row_of_the_hot_waters_table(example: Example) -> None:
    decision = decide(situation(**example.known))
    assert decision.water_rule == example.rule
    found = {name: getattr(decision.command, name) for name in example.commanded}
    assert found == example.commanded


@pytest.mark.parametrize("example", EVS, ids=named(EVS))
def test_a_row_of_a_vehicles_table(example: Example) -> None:
    decision = decide(situation(**example.known))
    assert decision.ev_rules == {"car": example.rule}
    found = {name: getattr(decision.command, name) for name in example.commanded}
    assert found == example.commanded


@pytest.mark.parametrize(
    ("rows", "examples"),
    [
        ([row.name for row in RULES], BATTERY),
        ([row.name for row in WATER_RULES], WATER),
        ([row.name for row in EV_RULES], EVS),
    ],
    ids=["battery", "water", "vehicles"],
)
def test_every_row_has_an_example_in_the_order_of_the_table(
    rows: list[str], examples: Sequence[Example]
) -> None:
    assert list(dict.fromkeys(one.rule for one in examples)) == rows
    assert len(set(rows)) == len(rows)


@pytest.mark.parametrize("example", BATTERY, ids=named(BATTERY))
def test_every_decision_has_a_reason_for_people(example: Example) -> None:
    reason = decide(situation(**example.known)).reason
    assert len(reason) > 10
    assert "None" not in reason
    assert "_" not in reason.replace("work_mode", "").replace("grid_charging", "").replace(
        "soc_target", ""
    ).replace("max_export_kw", "")


@pytest.mark.parametrize(("name", "when", "then"), ROWS)
def test_every_row_says_when_and_what_in_one_line(name: str, when: str, then: str) -> None:
    for text in (name, when, then):
        assert text.strip()
        assert "\n" not in text
        assert "|" not in text


def test_the_fallback_rules_are_rows() -> None:
    assert {row.name for row in RULES} > FALLBACK_RULES


def test_what_a_row_says_about_a_set_up_it_takes_from_the_numbers_it_decides_with() -> None:
    rows = {row.name: row for row in RULES}
    assert "3 points below" in rows["emergency_charge"].when
    assert "5 points above" in rows["emergency_charge"].then
    assert "100 V" in rows["grid_outage"].when


def test_the_printed_table_is_fresh() -> None:
    assert PAGE.read_text() == decision_table(), "run: darkstar-executor decision-table > docs/…"


def test_the_printed_table_has_every_row_and_every_profile() -> None:
    page = decision_table()
    for name, when, then in ROWS:
        assert f"`{name}` | {when} | {then} |" in page
    for name in PROFILES:
        assert f"\n### {name}: " in page
