"""The launcher: a broker of its own, processes that come back, directories that are ours."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from darkstar_common.bus import Delivery
from darkstar_common.config import Ev
from darkstar_common.contract import (
    CONTROL_STATE,
    HOUSE_STATE,
    PLAN_STATUS,
    STATUS,
    Channel,
    Command,
    ControlState,
    HouseState,
    Issue,
    Message,
    PlanStatus,
    Reading,
    Service,
    ServiceStatus,
)
from darkstar_common.launcher.broker import broker_command, free_port, port_is_free
from darkstar_common.launcher.fleet import BROKER, Fleet, console_script
from darkstar_common.launcher.overview import Overview, simulated
from darkstar_common.launcher.run import MARK, Options, only_run_in, prepare
from darkstar_common.launcher.trial import Trial, TrialError, replay_start, span, trial_config

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
SLEEP = (sys.executable, "-c", "import time; time.sleep(60)")


def a_house(path: Path, days: float) -> Path:
    slots = int(days * 96)
    rows = [f"{(NOW + n * timedelta(minutes=15)).isoformat()},0.1,0,1" for n in range(slots)]
    path.write_text("start_utc,load_kwh,pv_kwh,spot_per_kwh\n" + "\n".join(rows), encoding="utf-8")
    return path


@pytest.mark.parametrize(("speed", "futures"), [(1.0, 3), (600.0, 1)])
def test_a_house_in_a_hurry_weighs_one_future_only(
    tmp_path: Path, speed: float, futures: int
) -> None:
    trial = Trial(directory=tmp_path, house=tmp_path / "house.csv", start=NOW, speed=speed)
    assert trial_config(trial, gateway_port=0).planner.scenarios == futures


@pytest.mark.parametrize(("speed", "trains"), [(1.0, True), (600.0, False)])
def test_a_house_in_a_hurry_does_not_train_by_itself(
    tmp_path: Path, speed: float, trains: bool
) -> None:
    trial = Trial(directory=tmp_path, house=tmp_path / "house.csv", start=NOW, speed=speed)
    assert trial_config(trial, gateway_port=0).forecaster.train.enabled is trains


def test_no_weather_is_looked_for_over_a_simulated_house(tmp_path: Path) -> None:
    trial = Trial(directory=tmp_path, house=tmp_path / "house.csv", start=NOW, speed=1.0)
    assert trial_config(trial, gateway_port=0).weather.sources == ()


def test_the_wallbox_has_roles_only_in_a_house_with_a_car(tmp_path: Path) -> None:
    trial = Trial(directory=tmp_path, house=tmp_path / "house.csv", start=NOW, speed=1.0)
    without = trial_config(trial, gateway_port=0)
    assert not any("wallbox" in entity for entity in without.executor.roles.values())
    config = trial_config(trial, gateway_port=0, evs=(Ev(id="leaf"), Ev(id="other")))
    assert [one.id for one in config.evs] == ["leaf", "other"]
    assert set(config.executor.roles) - set(without.executor.roles) == {
        "ev_energy", "leaf/charging", "leaf/current", "leaf/power", "leaf/connected", "leaf/soc",
    }  # fmt: skip


def test_a_taken_port_gives_way_to_a_free_one() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        assert not port_is_free(port)
        assert free_port(port) != port
    assert free_port(port) == port


def test_the_broker_listens_on_loopback_only_and_keeps_its_files_together(tmp_path: Path) -> None:
    command = broker_command(tmp_path / "broker", 12345)
    configuration = Path(command[command.index("-c") + 1] if "-c" in command else command[4])
    text = configuration.read_text(encoding="utf-8")
    assert "127.0.0.1" in text
    listeners = [line for line in text.splitlines() if line.startswith(("listener", "listen"))]
    assert len(listeners) == 1
    assert configuration.parent == tmp_path / "broker"


def test_a_broker_with_users_lets_nobody_else_in(tmp_path: Path) -> None:
    command = broker_command(tmp_path, 12345, passwords=tmp_path / "p", acl=tmp_path / "a")
    text = Path(command[-1]).read_text(encoding="utf-8")
    assert "allow_anonymous false" in text
    assert f"password_file {tmp_path / 'p'}" in text
    assert f"acl_file {tmp_path / 'a'}" in text


async def test_a_child_that_dies_comes_back_and_one_that_is_stopped_does_not(
    tmp_path: Path,
) -> None:
    fleet = Fleet(tmp_path, {}, restarts=True)
    child = await fleet.start("sleeper", SLEEP)
    first = child.pid
    assert first is not None
    os.kill(first, signal.SIGKILL)
    async with asyncio.timeout(10):
        while child.pid in {first, None}:  # noqa: ASYNC110 (the process is the event)
            await asyncio.sleep(0.02)
    assert child.deaths == 1
    await fleet.stop("sleeper")
    assert not child.running


async def test_the_executor_ends_before_its_siblings_and_the_broker_last(tmp_path: Path) -> None:
    fleet, ends = Fleet(tmp_path, {}, restarts=False), tmp_path / "ends"
    for name in (BROKER, "gateway", "executor"):
        slow = 0.3 if name == "executor" else 0
        said = f"(time.sleep({slow}), open({str(ends)!r}, 'a').write('{name} '), exit())"
        code = (
            f"import signal, time; signal.signal(15, lambda *_: {said}); print('here', flush=True)"
        )
        child = await fleet.start(name, (sys.executable, "-c", f"{code}; signal.pause()"))
        async with asyncio.timeout(10):
            while b"here" not in child.log.read_bytes():  # noqa: ASYNC110 (the file is the event)
                await asyncio.sleep(0.02)
    await fleet.stop_all()
    assert ends.read_text() == "executor gateway broker "


async def test_a_stubborn_child_is_ended(tmp_path: Path) -> None:
    deaf = "signal.signal(15, signal.SIG_IGN); print('deaf', flush=True); time.sleep(60)"
    fleet = Fleet(tmp_path, {}, restarts=False, patience=timedelta(seconds=0.3))
    child = await fleet.start("deaf", (sys.executable, "-c", f"import signal, time; {deaf}"))
    async with asyncio.timeout(10):
        while b"deaf" not in child.log.read_bytes():  # noqa: ASYNC110 (the file is the event)
            await asyncio.sleep(0.02)
    await fleet.stop("deaf")
    assert not child.running


async def test_children_log_to_their_own_files_and_hear_the_environment(tmp_path: Path) -> None:
    fleet = Fleet(tmp_path, {"DARKSTAR_GREETING": "hello"}, restarts=False)
    code = "import os; print(os.environ['DARKSTAR_GREETING'], os.environ['DARKSTAR_OWN'])"
    child = await fleet.start("talker", (sys.executable, "-c", code), {"DARKSTAR_OWN": "you"})
    assert child.process is not None
    await child.process.wait()
    assert (tmp_path / "logs/talker.log").read_text(encoding="utf-8") == "hello you\n"


def test_a_replay_starts_after_four_weeks_or_half_of_a_short_file(tmp_path: Path) -> None:
    assert replay_start(a_house(tmp_path / "long.csv", 60)) == NOW + timedelta(days=28)
    short = replay_start(a_house(tmp_path / "short.csv", 4))
    assert NOW + timedelta(days=1.9) < short < NOW + timedelta(days=2.1)


@pytest.mark.parametrize("text", ["", "a,b\n1,2\n", "start_utc\nyesterday\n", "start_utc\n"])
def test_a_file_that_is_no_house_is_named_with_what_it_should_be(tmp_path: Path, text: str) -> None:
    path = tmp_path / "house.csv"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(TrialError, match=r"house\.csv: no house file .*start_utc, load_kwh"):
        span(path)


def test_a_missing_house_is_named(tmp_path: Path) -> None:
    with pytest.raises(TrialError, match=r"none\.csv: No such file"):
        span(tmp_path / "none.csv")


def test_somebody_elses_directory_is_left_alone(tmp_path: Path) -> None:
    kept = tmp_path / "precious.txt"
    kept.write_text("mine", encoding="utf-8")
    with pytest.raises(TrialError, match="holds something else"):
        prepare(Options(directory=tmp_path, house=a_house(tmp_path / "house.csv", 4)))
    assert kept.read_text(encoding="utf-8") == "mine"


def test_a_run_makes_its_directory_anew(tmp_path: Path) -> None:
    house = a_house(tmp_path / "house.csv", 4)
    directory = tmp_path / "run"
    prepare(Options(directory=directory, house=house))
    (directory / "left-over").touch()
    trial = prepare(Options(directory=directory, house=house, speed=60))
    assert [one.name for one in directory.iterdir()] == [MARK]
    assert (trial.speed, trial.house) == (60, house)


def test_two_runs_do_not_share_a_directory(tmp_path: Path) -> None:
    with (
        only_run_in(tmp_path / "run"),
        pytest.raises(TrialError, match="already; stop it"),
        only_run_in(tmp_path / "run"),
    ):
        pytest.fail("the second run got in")
    with only_run_in(tmp_path / "run"):
        assert (tmp_path / "run.lock").exists()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["run", "--speed", "fast"], "'fast' is no speed"),
        (["run", "--speed", "0"], "'0' is no speed"),
        (["run", "--house", "none.csv"], "none.csv: No such file or directory"),
        (["fly"], "invalid choice: 'fly'"),
    ],
)
def test_bad_words_get_one_sentence(words: list[str], said: str, tmp_path: Path) -> None:
    done = subprocess.run(
        [console_script("darkstar"), *words],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode != 0
    assert said in done.stderr
    assert "Traceback" not in done.stderr


def delivered(channel: Channel[Message], message: Message) -> Delivery[Message]:
    async def nobody(_: object) -> None:
        return None

    return Delivery(channel, message, retained=True, topic=channel.topic("home"), reply=nobody)


def test_the_overview_says_what_is_unknown_and_what_is_wrong() -> None:
    assert Overview().house_line() == "not seen yet"
    assert Overview().plan_line() == "none yet"
    state = HouseState(
        sender=Service.EXECUTOR, emitted_at=NOW, soc_percent=Reading(value=55.0, measured_at=NOW)
    )
    issue = Issue(key="x", severity="error", message="No price.", guidance="Name a source.")
    overview = Overview()
    for channel, message in (
        (HOUSE_STATE, state),
        (
            PLAN_STATUS,
            PlanStatus(
                sender=Service.PLANNER, emitted_at=NOW, running=False, last_error="SoC unknown"
            ),
        ),
        (
            STATUS[Service.PLANNER],
            ServiceStatus(sender=Service.PLANNER, emitted_at=NOW, online=True, issues=(issue,)),
        ),
        (
            CONTROL_STATE,
            ControlState(
                sender=Service.EXECUTOR,
                emitted_at=NOW,
                command=Command(intent="hold"),
                rule="r",
                reason="because",
                shadow=True,
            ),
        ),
    ):
        overview = overview.updated(delivered(channel, message))  # type: ignore[arg-type]
    assert "battery 55.0 %" in overview.house_line()
    assert "PV ?" in overview.house_line()
    assert overview.plan_line() == "no plan: SoC unknown"
    assert overview.control_line() == "hold (shadow: nothing is written): because"
    assert overview.issue_lines() == ("planner: No price. Name a source.",)
    assert overview.online == {"planner": True}


def test_the_houses_time_says_how_fast_it_passes() -> None:
    assert simulated(NOW, 1.0) == "2026-06-01 12:00:00 UTC"
    assert simulated(NOW, 60.0).endswith(", 60 times as fast as yours")
