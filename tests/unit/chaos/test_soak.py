from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import pytest
from chaos.slopes import Sample
from chaos.soak import CACHE, WATCHED, _arguments, section, verdicts

ASKED = _arguments(["--days", "2", "--warm-up", "0.5"])


@dataclass
class Measured:
    """What a soak has when it is over."""

    samples: dict[str, list[Sample]]
    deaths: dict[str, int] = field(default_factory=dict)


def line(mib_per_day: float, files_per_day: float = 0.0) -> list[Sample]:
    return [
        Sample(
            days=number / 50,
            resident_mib=80 + mib_per_day * number / 50,
            files=15 + files_per_day * number / 50,
        )
        for number in range(100)
    ]


def told(measured: Measured) -> tuple[str, Sequence[str]]:
    found, broken = verdicts(measured, ASKED)  # type: ignore[arg-type]
    return section(ASKED, found, broken), broken


def test_a_house_at_rest_is_told_to_be_so() -> None:
    text, broken = told(Measured({name: line(0.0) for name in WATCHED}))
    assert broken == []
    assert "no process grows" in text
    assert "| planner | 80 MiB | 80 MiB | +0.00 MiB | 15 | +0.00 |" in text


@pytest.mark.parametrize(
    ("mib", "files", "sentence"),
    [(3.0, 0.0, "recorder grows by 3.00 MiB a day"), (0.0, 2.0, "recorder opens 2.00 files more")],
)
def test_a_process_that_grows_is_named(mib: float, files: float, sentence: str) -> None:
    text, broken = told(Measured({"planner": line(0.0), "recorder": line(mib, files)}))
    (found,) = broken
    assert found.startswith(sentence)
    assert found in text


def test_what_duckdb_keeps_may_fill_up_to_its_limit_and_no_further() -> None:
    _, broken = told(Measured({"recorder": line(0.0), CACHE: line(5.0)}))
    assert broken == []
    _, broken = told(Measured({"recorder": line(0.0), CACHE: line(30.0)}))
    assert broken == ["DuckDB holds 135 MiB, more than 92"]


def test_a_process_that_died_meanwhile_has_not_proved_anything() -> None:
    _, broken = told(Measured({"gateway": line(0.0)}, {"gateway": 2, "planner": 0}))
    assert broken == ["gateway died 2 times"]


def test_the_words_that_ask_for_it_again_are_told() -> None:
    text, _ = told(Measured({"gateway": line(0.0)}))
    assert '`make soak ARGS="--days 2 --speed 600 --warm-up 0.5"`' in text
    assert "warm-up of 0.5 simulated days" in text
