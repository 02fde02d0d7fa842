"""`darkstar-planner solve`: a solution on standard output, or one line and status 2."""

from __future__ import annotations

import io
import json
import sys
from pathlib import Path

import pytest
from unit.planner.problems import a_battery, a_document

from darkstar_planner.__main__ import main


def test_a_problem_in_a_file_is_solved(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "problem.json"
    file.write_text(json.dumps(a_document((1.0, 3.0), batteries=[a_battery()])))
    main(["solve", str(file)])
    said = capsys.readouterr()
    solution = json.loads(said.out)
    assert said.err == ""
    assert solution["status"] == "optimal"
    assert solution["cost"] == pytest.approx(4.0)
    assert solution["checks"]["passed"]
    assert solution["total_seconds"] >= solution["solve_seconds"]
    assert set(solution["slots"][0]) == {
        "start", "import_kw", "export_kw", "curtailed_kw", "unserved_kw", "batteries",
        "heaters", "evs", "deferrables", "marginal_price", "reason",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('{"start": 3}', "darkstar-planner: start: "),
        ("no json", "darkstar-planner: the problem: Invalid JSON"),
        (json.dumps(a_document((1.0,)) | {"x": 1}), "darkstar-planner: x: unknown field"),
        (
            json.dumps(a_document((1.0,)) | {"grid": {"peak": {}}}),
            "darkstar-planner: grid.peak.price_per_kw: is missing",
        ),
    ],
)
def test_bad_input_is_one_line_and_status_2(
    text: str, said: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(text.encode())))
    with pytest.raises(SystemExit) as stop:
        main(["solve", "-"])
    shown = capsys.readouterr()
    assert stop.value.code == 2
    assert shown.out == ""
    assert shown.err.startswith(said)
    assert shown.err.count("\n") == 1


def test_a_file_that_is_not_there(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["solve", "/nowhere/problem.json"])
    assert capsys.readouterr().err == (
        "darkstar-planner: /nowhere/problem.json: No such file or directory\n"
    )


def test_the_help_has_a_problem_that_can_be_solved(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as stop:
        main(["solve", "--help"])
    assert stop.value.code == 0
    shown = capsys.readouterr().out
    file = tmp_path / "problem.json"
    file.write_text(shown[shown.index("{") : shown.rindex("}") + 1])
    main(["solve", str(file)])
    assert json.loads(capsys.readouterr().out)["cost"] == pytest.approx(1.5 * 2.1 + 2.0 * 3.4)
