"""Dumps of the page as regression cases: each still comes to what it came to when it was made.

A dump that somebody sends is put beside this file, in `dumps/`; that is all there is to do.
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from darkstar_planner.__main__ import main
from darkstar_planner.core.errors import ProblemError
from darkstar_planner.core.reading import read_problem

DUMPS = sorted((Path(__file__).parent / "dumps").glob("*.json"))


def test_there_is_one() -> None:
    assert DUMPS


@pytest.mark.parametrize("dump", DUMPS, ids=lambda one: one.stem)
def test_a_kept_dump_comes_to_what_it_came_to(
    dump: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    main(["solve", str(dump)])
    solution = json.loads(capsys.readouterr().out)
    then = json.loads(dump.read_text())["states"]["schedule"]
    gap = then["gap"] + solution["gap"] + 1e-6
    assert solution["checks"]["passed"]
    assert solution["objective"] == pytest.approx(then["objective"], abs=gap)


@pytest.mark.parametrize("said", [None, [], "text"])
def test_a_dump_without_a_problem_says_why_there_is_none(said: object) -> None:
    dump = {"darkstar_dump": 1, "problem": said, "problem_note": "The recorder did not answer."}
    with pytest.raises(ProblemError, match=r"the dump has none\. The recorder did not answer"):
        read_problem(json.dumps(dump))


def test_a_dump_with_a_wrong_problem_names_the_field() -> None:
    dump = {"darkstar_dump": 1, "problem": {"start": 3}}
    with pytest.raises(ProblemError, match="start"):
        read_problem(json.dumps(dump).encode())


def test_what_only_mentions_a_dump_is_read_as_it_is() -> None:
    with pytest.raises(ProblemError, match="Invalid JSON"):
        read_problem("darkstar_dump")
    with pytest.raises(ProblemError, match="unknown field"):
        read_problem('{"note": "darkstar_dump"}')
