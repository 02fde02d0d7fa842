"""`darkstar-forecaster backtest`, from its words to its table."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from collections.abc import Sequence
from datetime import UTC, datetime, time, timedelta
from pathlib import Path

import pytest
from unit.forecaster.scores.frames import DAY, HOUR, MONDAY, SLOT
from unit.forecaster.scores.nosy import Nosy, an_archive

from darkstar_common.config import Config, ConfigError
from darkstar_common.slots import slots
from darkstar_forecaster.__main__ import main
from darkstar_forecaster.core.backtest import Course
from darkstar_forecaster.core.baselines import BASELINES
from darkstar_forecaster.tools import backtest
from darkstar_forecaster.tools.archive import Told
from darkstar_forecaster.tools.figures import as_json, table
from darkstar_forecaster.tools.tool import ToolError

CONFIG = Config()
DAYS = 12


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A house with the same load every day, whose last day is a broken one."""
    starts = slots(MONDAY, (DAYS + 1) * 96 - 30)
    rows = [f"{one.isoformat()},{0.1 + one.hour / 100},{max(0, 6 - abs(one.hour - 11)) / 10}"
            for one in starts]  # fmt: skip
    file = tmp_path / "home.csv"
    file.write_text("\n".join(["start_utc,load_kwh,pv_kwh", *rows]), encoding="utf-8")
    return file


def run(*words: str | Path) -> int:
    parser = ArgumentParser()
    backtest.register(parser.add_subparsers())
    options = parser.parse_args(["backtest", *(str(one) for one in words)])
    return int(options.work(options))


def refused(capsys: pytest.CaptureFixture[str], words: Sequence[str | Path]) -> str:
    with pytest.raises(SystemExit) as caught:
        run(*words)
    assert caught.value.code == 2
    return capsys.readouterr().err


def test_a_table_by_lead_time_with_naive_forecasts_beside(
    home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "figures.json"
    assert run("--data", home, "--quantity", "load", "--days", "2", "--json", file) == 0
    said = capsys.readouterr().out
    assert (
        "home.csv: the last 2 days, from 2026-01-15, at 00:00 Europe/Stockholm, 48 h ahead" in said
    )
    lines = [one.split() for one in said.splitlines()]
    assert [one[0] for one in lines if one and one[0][0].isdigit()] == [
        "0-6", "6-12", "12-24", "24-48",
    ]  # fmt: skip
    for name in BASELINES:
        assert f"{name}: MAE" in said
    (found,) = json.loads(file.read_text(encoding="utf-8"))
    assert (found["quantity"], found["unit"]) == ("load", "kW")
    whole = found["leads"]["all"]
    # of the broken day 66 slots are known
    assert (whole["slots"], whole["left_out"]) == (4 * 96 - 30, 30)
    assert {one["name"] for one in whole["naive"]} == set(BASELINES)
    assert whole["naive"][0]["mae"] == pytest.approx(0.0)


def test_all_that_the_file_tells_is_forecast(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("--data", home, "--days", "1", "--horizon", "6h", "--origin", "06:00") == 0
    said = capsys.readouterr().out
    assert "load [kW], made by" in said
    assert "pv [kW], made by" in said
    assert "price" not in said


def told(days: int, grain: timedelta = SLOT) -> Told:
    return Told(
        archive=an_archive(MONDAY, days), grain=grain, quantities=("load",), start=MONDAY,
        end=MONDAY + days * DAY,
    )  # fmt: skip


def test_the_last_whole_days_are_forecast() -> None:
    found = backtest.origins(told(5), 3, time(13), CONFIG)
    assert found == tuple(MONDAY + number * DAY + 13 * HOUR for number in (2, 3, 4))


def test_days_begin_at_the_local_clock_over_a_change() -> None:
    file = Told(
        archive=an_archive(MONDAY, 1), grain=SLOT, quantities=("load",),
        start=datetime(2026, 3, 25, 23, tzinfo=UTC), end=datetime(2026, 3, 31, 22, tzinfo=UTC),
    )  # fmt: skip
    found = backtest.origins(file, 4, time(), CONFIG)
    assert [one.hour for one in found] == [23, 23, 22, 22]


def test_a_short_file_says_how_many_days_it_has() -> None:
    with pytest.raises(ToolError, match="holds 4 whole days after its first one, not 30; try --da"):
        backtest.origins(told(5), 30, time(), CONFIG)
    with pytest.raises(ToolError, match="it takes two days at least"):
        backtest.origins(told(1), 1, time(), CONFIG)


def test_what_could_not_be_forecast_is_said_and_not_counted() -> None:
    course = Course(origins=(MONDAY + DAY, MONDAY + 4 * DAY), horizon=DAY, retrain=DAY)
    method = Nosy(needs=2 * 96)
    found = backtest.outcome({"load": method}, "load", told(5), CONFIG, course)
    assert found.makers == {"nothing": 1, "model": 1}
    assert found.notes == ("too little is known", "nothing is known")
    assert found.bands["all"].slots == 96
    said = table(found)
    assert "made by: nothing 1, model 1" in said
    assert "- nothing is known" in said
    (parsed,) = json.loads(json.dumps(as_json([found])))
    assert parsed["made_by"] == {"nothing": 1, "model": 1}
    assert parsed["leads"]["0-6"]["slots"] == 24


def test_another_time_zone_makes_other_days(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = ("--data", home, "--quantity", "load", "--days", "1", "--horizon", "1h")
    assert run(*words, "--timezone", "America/New_York") == 0
    assert "at 00:00 America/New_York" in capsys.readouterr().out


def test_the_configuration_is_read(home: Path, tmp_path: Path) -> None:
    wrong = tmp_path / "config.yaml"
    wrong.write_text("timezone: Nowhere/Land\n", encoding="utf-8")
    with pytest.raises(ConfigError, match="Nowhere/Land"):
        run("--data", home, "--config", wrong)


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["--quantity", "price"], "tells nothing of price; it has load, pv"),
        (["--days", "99"], "holds 11 whole days"),
        (["--timezone", "Nowhere/Land"], "is no IANA time zone"),
        (["--days", "2", "--weather", "synthetic"], "location.latitude"),
        (["--days", "2", "--weather", "nowhere.csv"], "nowhere.csv cannot be read"),
    ],
)
def test_what_cannot_be_is_refused_with_a_sentence(
    home: Path, words: list[str], sentence: str
) -> None:
    with pytest.raises(ToolError, match=sentence):
        run("--data", home, *words)


def test_figures_that_cannot_be_written_are_said_to_be_so(home: Path, tmp_path: Path) -> None:
    with pytest.raises(ToolError, match=r"figures\.json cannot be written"):
        run("--data", home, "--quantity", "pv", "--days", "1", "--horizon", "1h",
            "--json", tmp_path / "none" / "figures.json")  # fmt: skip


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ([], "--data"),
        (["--horizon", "8d"], "write 48h or 7d, which is the longest"),
        (["--horizon", "0h"], "'0h' is no horizon"),
        (["--horizon", "soon"], "'soon' is no horizon"),
        (["--origin", "25:00"], "'25:00' is no time of the day"),
        (["--days", "0"], "'0' is no number of days"),
        (["--retrain-days", "-1"], "is no number of days"),
        (["--quantity", "heat"], "invalid choice: 'heat'"),
    ],
)
def test_wrong_words_are_refused(
    capsys: pytest.CaptureFixture[str], home: Path, words: list[str], sentence: str
) -> None:
    given = ["--data", str(home), *words] if words else []
    assert sentence in refused(capsys, given)


def test_the_command_has_it(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    main(["backtest", "--data", str(home), "--quantity", "pv", "--days", "1", "--horizon", "1h"])
    assert "home.csv: the last day" in capsys.readouterr().out
    with pytest.raises(SystemExit) as caught:
        main(["backtest", "--data", str(home), "--days", "99"])
    assert caught.value.code == 2
    assert "try --days 11" in capsys.readouterr().err
