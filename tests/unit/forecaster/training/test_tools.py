"""The commands `train` and `models`: what they print, keep and refuse."""

from __future__ import annotations

import math
from datetime import UTC, datetime
from pathlib import Path

import pytest
from unit.forecaster.training.a_model import DAY, NOW, a_lesson

from darkstar_common.config import Config
from darkstar_common.slots import slots
from darkstar_forecaster.__main__ import main
from darkstar_forecaster.registry import Registry


def a_file(path: Path, days: int) -> Path:
    """Load that goes by the time of day, with a quirk every third day."""
    lines = ["start_utc,load_kwh"]
    for start in slots(datetime(2026, 1, 1, tzinfo=UTC), days * 96):
        load = 0.3 + 0.1 * math.sin(start.hour / 24 * 2 * math.pi) + 0.1 * (start.day % 3 == 0)
        lines.append(f"{start.isoformat()},{load:.4f}")
    path.write_text("\n".join(lines))
    return path


def models_of(place: Path) -> Registry:
    registry = Registry(place)
    for number in range(2):
        registry.keep(a_lesson(number), NOW + number * DAY, Config())
    return registry


def test_training_on_a_file_says_what_came_of_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file, place = a_file(tmp_path / "load.csv", 20), tmp_path / "models"
    with pytest.raises(SystemExit) as ended:
        main(["train", "--data", str(file), "--models", str(place), "--quantity", "pv"])
    assert ended.value.code == 1  # the file has no PV, so nothing is trained
    assert capsys.readouterr().out == ""
    try:
        main(["train", "--data", str(file), "--models", str(place), "--quantity", "load"])
        promoted = True
    except SystemExit:
        promoted = False
    said = capsys.readouterr().out
    assert said.startswith("load: promoted: " if promoted else "load: not promoted: ")
    assert (Registry(place).in_use("load") is not None) is promoted


def test_a_file_that_is_too_short_teaches_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["train", "--data", str(a_file(tmp_path / "load.csv", 5))])
    assert ended.value.code == 1
    assert "14 are needed" in capsys.readouterr().out


def test_a_file_that_is_not_there_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["train", "--data", str(tmp_path / "no.csv")])
    assert ended.value.code == 2
    assert "no.csv" in capsys.readouterr().err


def test_models_are_listed_newest_first(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    models_of(tmp_path)
    main(["models", "list", "--models", str(tmp_path)])
    first, second = capsys.readouterr().out.splitlines()
    assert first == ("load-20260506T061000  current, seen 2026-04-07 to 2026-05-05: it is better")
    assert second.startswith("load-20260505T061000  former")


def test_where_there_are_no_models_it_says_so(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    main(["models", "list", "--models", str(tmp_path)])
    assert capsys.readouterr().out == "there are no models yet\n"


def test_people_can_go_back(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    models_of(tmp_path)
    main(["models", "rollback", "load", "--models", str(tmp_path)])
    assert capsys.readouterr().out == "load-20260505T061000 is in use again\n"
    with pytest.raises(SystemExit) as ended:
        main(["models", "rollback", "load", "load-1", "--models", str(tmp_path)])
    assert ended.value.code == 2
    assert "no model load-1" in capsys.readouterr().err
