from __future__ import annotations

from pathlib import Path

import pytest

from darkstar_simulator.__main__ import main
from darkstar_simulator.files import read_series


def test_generate_writes_a_house_that_can_be_played(tmp_path: Path) -> None:
    path = tmp_path / "house.csv"
    words = ["--days", "2", "--start", "2026-05-01", "--seed", "7", "--latitude", "59.3",
             "--longitude", "18.0", "--kwp", "10", "--tilt", "35", "--azimuth", "180",
             "--yearly-load-kwh", "5000", "--timezone", "Europe/Stockholm"]  # fmt: skip
    main(["generate", *words, "--output", str(path)])
    series = read_series(path)
    assert len(series.load_kwh) == 192
    assert series.start.isoformat() == "2026-04-30T22:00:00+00:00"
    assert sum(series.pv_kwh) > 0


def test_generate_writes_to_standard_output(capsys: pytest.CaptureFixture[str]) -> None:
    main(["generate", "--days", "1"])
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "start_utc,load_kwh,pv_kwh,spot_per_kwh"
    assert len(lines) in {93, 97, 101}


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["generate", "--timezone", "Mars/Base"], "'Mars/Base' is no IANA time zone"),
        (["generate", "--days", "0"], "days must be at least 1"),
        (["run"], "name its CSV with --house"),
        ([], "name its CSV with --house"),
        (["--house", "nowhere.csv"], "nowhere.csv"),
    ],
)
def test_what_cannot_be_used_ends_with_a_sentence(
    words: list[str],
    sentence: str,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("DARKSTAR_HOUSE_CSV", raising=False)
    with pytest.raises(SystemExit) as stopped:
        main(words)
    assert stopped.value.code == 2
    assert sentence in capsys.readouterr().err
