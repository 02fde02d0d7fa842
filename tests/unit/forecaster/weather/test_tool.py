"""`darkstar-forecaster weather`."""

from __future__ import annotations

import argparse
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from support.fake_open_meteo import FakeOpenMeteo
from support.fake_web import Given, fake_web

from darkstar_common.config import Config
from darkstar_common.runtime import NO_SECRETS
from darkstar_forecaster.tools import weather

NOW = datetime(2026, 5, 5, 6, 10, tzinfo=UTC)


async def told(hours: int = 3, **sections: Any) -> tuple[list[str], int]:
    return await weather.answers(Config.model_validate(sections), NO_SECRETS, NOW, hours=hours)


async def test_it_shows_what_open_meteo_and_its_archive_answer() -> None:
    with fake_web(FakeOpenMeteo(now=lambda: NOW)) as web:
        urls = {"open_meteo_url": web.url, "archive_url": web.url}
        lines, code = await told(location={}, weather=urls)
    assert code == 0
    assert lines[0].startswith("open_meteo: issued 2026-05-05 06:10 UTC, ")
    assert "".join(lines[1].split()) == "°CW/m²directdiffusecloud%windm/ssnowm"
    assert [line[:16] for line in lines[2:-1]] == [
        f"2026-05-05 {hour:02}:00"
        for hour in (7, 8, 9, 10, 11)  # local
    ]
    assert lines[-1] == "open_meteo archive: 96 slots of 2026-04-28"


async def test_who_does_not_answer_is_named_and_the_exit_code_is_1() -> None:
    fake = FakeOpenMeteo(now=lambda: NOW, refusals=[Given(status=500), Given(status=502)])
    with fake_web(fake) as web:
        urls = {"open_meteo_url": web.url, "archive_url": web.url}
        lines, code = await told(location={}, weather=urls)
    assert code == 1
    assert lines == [
        "open_meteo: Open-Meteo answered 500",
        "open_meteo archive: Open-Meteo's archive answered 502",
    ]


async def test_what_is_missing_in_the_config_is_told() -> None:
    lines, code = await told()
    assert code == 1
    assert lines[0].startswith("location is not in the config, so open_meteo is not asked")
    assert len(lines) == 1


async def test_a_topic_is_not_asked() -> None:
    lines, code = await told(weather={"sources": ["mqtt"], "topic": "outside/weather"})
    assert (lines, code) == (
        ["mqtt: the service listens to outside/weather; nothing to ask"],
        0,
    )


async def test_no_source_is_told_as_such() -> None:
    lines, code = await told(weather={"sources": []})
    assert (lines, code) == (["weather.sources is empty, so no weather is looked for"], 0)


async def test_the_unknown_is_shown_as_a_dash(tmp_path: Path) -> None:
    path = tmp_path / "w.csv"
    rows = [f"{(NOW + n * timedelta(hours=1)).replace(minute=0).isoformat()},7" for n in range(24)]
    path.write_text("\n".join(["start_utc,temperature_c", *rows]), encoding="utf-8")
    lines, code = await told(hours=0, weather={"sources": ["csv"], "csv_path": str(path)})
    assert code == 0
    assert lines[2].split()[2:] == ["7.0", "-", "-", "-", "-", "-", "-"]


def parsed(*arguments: str) -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    weather.register(parser.add_subparsers())
    return parser.parse_args(arguments)


def test_hours_are_hours() -> None:
    assert parsed("weather").hours == 24
    assert parsed("weather", "--hours", "0").hours == 0


@pytest.mark.parametrize("said", ["-1", "169", "many", "1.5"])
def test_other_hours_are_refused_with_the_way_out(
    said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit, match="2"):
        parsed("weather", f"--hours={said}")
    assert "is no number of hours from 0 to 168" in capsys.readouterr().err


def test_it_reads_the_config_and_prints(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "config.yaml"
    path.write_text("weather: {sources: []}", encoding="utf-8")
    monkeypatch.setenv("DARKSTAR_CONFIG", str(path))
    options = parsed("weather")
    assert options.work(options) == 0
    assert capsys.readouterr().out.startswith("weather.sources is empty")
