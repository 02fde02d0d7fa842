"""`darkstar-lab`, as a person types it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from unit.lab.houses import house

from darkstar_common.slots import SLOT_HOURS
from darkstar_lab.__main__ import main
from darkstar_lab.truth import Truth


def written(directory: Path, truth: Truth) -> str:
    lines = ["start_utc,load_kwh,pv_kwh,spot_sek_per_kwh"]
    for t in range(truth.count):
        start = truth.at(t).strftime("%Y-%m-%dT%H:%M:%SZ")
        load, pv = truth.load_kw[t] * SLOT_HOURS, truth.pv_kw[t] * SLOT_HOURS
        lines.append(f"{start},{load},{pv},{truth.spot_per_kwh[t]}")
    path = directory / "house.csv"
    path.write_text("\n".join(lines), encoding="utf-8")
    return str(path)


@pytest.fixture
def path(tmp_path: Path) -> str:
    return written(tmp_path, house())


def test_it_prints_what_each_policy_came_to(
    path: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    home = tmp_path / "home.yaml"
    home.write_text("water_heater: null\n", encoding="utf-8")
    main(["replay", path, "--from", "2026-03-10", "--days", "1", "--config", str(home),
          "--policy", "self_consumption"])  # fmt: skip
    text = capsys.readouterr().out
    shown = re.findall(r"^(no battery|self consumption|perfect) ", text, re.MULTILINE)
    assert sorted(shown) == ["no battery", "perfect", "self consumption"]
    assert re.search(r"^no battery .* 0\.0 % ", text, re.MULTILINE)
    assert re.search(r"^perfect .* 100\.0 % ", text, re.MULTILINE)
    assert "Money in SEK" in text


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["--from", "2026-03-01"], "2026-03-01 is too early"),
        (["--from", "2026-03-10", "--days", "30"], "the house file ends at"),
        (["--from", "soon"], "'soon' is no date; write it as 2025-07-14"),
        (["--from", "2026-03-10", "--policy", "magic"], "invalid choice: 'magic'"),
        (["--from", "2026-03-10", "--config", "absent.yaml"], "absent.yaml"),
    ],
)
def test_what_cannot_be_done_is_said_in_a_line(
    path: str, words: list[str], sentence: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as left:
        main(["replay", path, *words])
    said = capsys.readouterr()
    assert left.value.code == 2
    assert sentence in said.err
    assert said.out == ""


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (None, "No such file"),
        ("start_utc,load_kwh\n", "no column pv_kwh"),
        ("start_utc,load_kwh,pv_kwh\n2026-03-01T00:00:00Z,1,0\n", "no price for 2026-03-01"),
    ],
)
def test_an_unusable_file_is_named_and_why(
    text: str | None, sentence: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "bad.csv"
    if text is not None:
        path.write_text(text, encoding="utf-8")
    with pytest.raises(SystemExit):
        main(["replay", str(path), "--from", "2026-03-10"])
    assert sentence in capsys.readouterr().err
