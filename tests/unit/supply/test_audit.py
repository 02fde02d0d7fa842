"""What machines find is a finding; what they could not look up is unknown, never called clean."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from requirements.audit import advisories, answered, told, unanswered

REPORT: dict[str, Any] = {
    "dependencies": [
        {"name": "good", "version": "1", "vulns": []},
        {"name": "lost", "skip_reason": "Dependency not found and could not be audited"},
        {
            "name": "bad",
            "version": "2",
            "vulns": [
                {"id": "PYSEC-1", "fix_versions": ["2.1", "3.0"]},
                {"id": "GHSA-2", "fix_versions": []},
            ],
        },
    ]
}


def a_finding(rule: str, file: str = "a.py", confidence: str = "HIGH") -> dict[str, Any]:
    return {
        "test_id": rule,
        "issue_confidence": confidence,
        "issue_text": "Something.",
        "filename": file,
        "line_number": 1,
        "line_range": [1, 2],
    }


@pytest.mark.parametrize(
    ("rule", "line", "expected"),
    [
        ("B301", "loads(x)  # noqa: S301 (what we wrote)", True),
        ("B301", "loads(x)  # noqa: S301, PGH001 (what we wrote)", True),
        ("B301", "loads(x)  # noqa: S301", False),
        ("B301", "loads(x)  # noqa: S301 ()", False),
        ("B301", "loads(x)  # noqa: S310 (another rule)", False),
        ("B301", "loads(x)", False),
        ("B603", "run(x)  # noqa: S607 (where it is)", True),
        ("B608", 'f"{x}"', False),
    ],
)
def test_a_finding_is_answered_by_a_reason_for_that_very_rule(
    rule: str, line: str, expected: bool
) -> None:
    assert answered(a_finding(rule), [line]) is expected


@pytest.mark.parametrize(
    ("file", "confidence", "expected"),
    [
        ("services/recorder/src/darkstar_recorder/store/slots.py", "LOW", True),
        ("services/recorder/src/darkstar_recorder/store/slots.py", "MEDIUM", False),
        ("services/gateway/src/darkstar_gateway/live.py", "LOW", False),
    ],
)
def test_guesses_at_pieces_of_statements_are_left_to_the_store(
    file: str, confidence: str, expected: bool
) -> None:
    assert answered(a_finding("B608", file, confidence), ["words"]) is expected


def test_the_answer_may_stand_on_any_line_of_the_finding(tmp_path: Path) -> None:
    source = tmp_path / "a.py"
    source.write_text("run(\n)  # noqa: S603 (fixed words)\n", encoding="utf-8")
    assert list(unanswered({"results": [a_finding("B603")]}, tmp_path)) == []
    source.write_text("run(\n)\n# noqa: S603 (elsewhere)\n", encoding="utf-8")
    found = list(unanswered({"results": [a_finding("B603")]}, tmp_path))
    assert found == ["a.py:1: B603 Something."]


def test_a_known_weakness_is_a_finding_with_the_version_that_mends_it() -> None:
    found, _ = advisories(REPORT)
    assert found == [
        "bad 2: PYSEC-1, mended in 2.1, 3.0: make lock",
        "bad 2: GHSA-2, mended in no version yet: make lock",
    ]


def test_what_could_not_be_looked_up_is_unknown_and_not_clean() -> None:
    found, unknown = advisories({"dependencies": [REPORT["dependencies"][1]]})
    assert (found, unknown) == ([], ["lost"])
    (line,) = told(1, found, unknown)
    assert line.startswith("advisories: UNKNOWN for 1 of 1 packages")
    assert "0 findings" not in line


def test_how_many_were_looked_up_is_told_beside_those_that_were_not() -> None:
    lines = list(told(3, *advisories(REPORT)))
    assert len(lines) == 2
    assert lines[1] == "advisories: 2 packages looked up, 2 findings"
    assert list(told(2, [], [])) == ["advisories: 2 packages looked up, 0 findings"]
