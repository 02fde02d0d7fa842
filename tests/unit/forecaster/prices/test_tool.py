"""`darkstar-forecaster prices` tells what each source answers now."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import Any

import pytest
from support.fake_market import FakeMarket, fake_market
from support.fake_web import Given

from darkstar_common.config import Config
from darkstar_common.runtime import NO_SECRETS
from darkstar_forecaster.__main__ import main
from darkstar_forecaster.tools.prices import answers

MORNING = datetime(2026, 5, 5, 6, 10, tzinfo=UTC)
AFTERNOON = datetime(2026, 5, 5, 12, tzinfo=UTC)


@pytest.fixture
def market() -> Iterator[FakeMarket]:
    with fake_market(lambda: AFTERNOON) as found:
        yield found


def config(*sources: str, **prices: Any) -> Config:
    return Config.model_validate({"prices": {"sources": list(sources)} | prices})


async def test_today_is_told_and_tomorrow_once_it_is_due() -> None:
    morning, code = await answers(config("generated"), NO_SECRETS, MORNING)
    assert code == 0
    assert morning[0].startswith("generated from seed 1, 2026-05-05: 96 slots from ")
    assert len(morning) == 1 + 24
    assert morning[1].startswith("  00:00 +0200 ")
    assert len(morning[1].split()) == 2 + 4
    afternoon, _ = await answers(config("generated"), NO_SECRETS, AFTERNOON)
    assert len(afternoon) == 2 * 25


async def test_each_source_is_asked_and_one_without_an_answer_is_said(market: FakeMarket) -> None:
    market.refusals["energy"] = Given(status=503)
    lines, code = await answers(
        config(
            "nordpool", "energy_charts", "mqtt", "fixed", nordpool_url=market.url, eur_rate=11,
            energy_charts_url=market.url, topic="energy/prices", fixed_per_kwh=0.5,
        ),
        NO_SECRETS,
        AFTERNOON,
        day=date(2026, 5, 6),
    )  # fmt: skip
    told = [one for one in lines if not one.startswith(" ")]
    assert code == 1
    assert told[0].startswith("Nord Pool, 2026-05-06: 96 slots")
    assert told[1] == "energy-charts, 2026-05-06: energy-charts answered 503"
    assert told[2] == "mqtt: the service listens to energy/prices; nothing to ask"
    assert told[3] == "fixed, 2026-05-06: 96 slots from 0.5000 to 0.5000, mean 0.5000 SEK/kWh"


async def test_a_day_that_is_not_out_is_no_failure(market: FakeMarket) -> None:
    wanted = config("nordpool", nordpool_url=market.url)
    lines, code = await answers(wanted, NO_SECRETS, AFTERNOON, day=date(2026, 5, 8))
    assert (lines, code) == (["Nord Pool, 2026-05-08: not published yet"], 0)


async def test_the_hour_that_comes_twice_is_told_twice() -> None:
    lines, _ = await answers(config("generated"), NO_SECRETS, AFTERNOON, day=date(2025, 10, 26))
    assert [one[:14] for one in lines[3:5]] == ["  02:00 +0200 ", "  02:00 +0100 "]
    assert len(lines) == 1 + 25


def test_the_command_is_there(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["prices", "--help"])
    assert "what each price source answers now" in capsys.readouterr().out


def test_a_day_that_is_none_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["prices", "--day", "soon"])
    assert "--day" in capsys.readouterr().err
