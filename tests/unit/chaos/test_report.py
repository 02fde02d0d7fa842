from __future__ import annotations

import argparse
from datetime import UTC, datetime
from pathlib import Path

import pytest
from chaos.accounts import Accounts
from chaos.campaign import Outcome
from chaos.faults import Fault, Kind
from chaos.report import asked, section, share, write_section

NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)
ASKED = argparse.Namespace(
    faults=3, seed=9, speed=120.0, only=(), kinds=(), within=30.0, kwh=0.05, pipes=False
)
ACCOUNTS = Accounts(hours=6, off_kwh=0.0123, flagged=2, actions=77, violations=())


def outcome(kind: Kind, seconds: float, *violations: str) -> Outcome:
    return Outcome(
        fault=Fault(number=1, kind=kind),
        begin=NOON,
        end=NOON,
        recovery={"planner": 0.1, "executor": seconds},
        violations=violations,
    )


def test_figures_are_told_by_kind_and_in_all() -> None:
    some = [outcome(Kind.KILL, 4), outcome(Kind.KILL, 6, "bad"), outcome(Kind.HA_RESTART, 1)]
    text = section(ASKED, some, ACCOUNTS)
    assert "| kill -9 of a service | 2 | 5.0 s | 5.9 s | 6.0 s | 1 |" in text
    assert "| **all** | 3 | 4.0 s | 5.8 s | 6.0 s | 1 |" in text
    assert "off by 0.012 kWh" in text
    assert "1 broken promises" in text
    assert "--faults 3 --seed 9 --speed 120" in text


def test_a_part_of_a_campaign_says_which() -> None:
    words = {"only": [4, 7], "kinds": [Kind.KILL], "within": 90.0, "pipes": True}
    some = argparse.Namespace(**{**vars(ASKED), **words})
    assert asked(some) == (
        "--faults 3 --seed 9 --speed 120 --within 90 --kwh 0.05 --only 4 7 --kinds kill --pipes"
    )
    assert f'ARGS="{asked(some)}"' in section(some, [outcome(Kind.KILL, 4)], ACCOUNTS)


@pytest.mark.parametrize(
    ("values", "percent", "found"),
    [
        ([], 50, 0.0),
        ([7.0], 95, 7.0),
        ([1.0, 3.0], 50, 2.0),
        ([float(n) for n in range(101)], 95, 95.0),
    ],
)
def test_shares(values: list[float], percent: int, found: float) -> None:
    assert share(values, percent) == pytest.approx(found)


def test_a_section_is_replaced_and_the_rest_of_the_page_kept(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("# Page\n<!-- chaos -->\nold\n<!-- /chaos -->\nrest\n")
    write_section("chaos", "new \\1 text\n", page)
    assert page.read_text() == "# Page\n<!-- chaos -->\nnew \\1 text\n<!-- /chaos -->\nrest\n"


def test_a_page_without_the_section_is_left_alone(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("# Page\n")
    with pytest.raises(ValueError, match="no section chaos"):
        write_section("chaos", "new", page)
    assert page.read_text() == "# Page\n"
