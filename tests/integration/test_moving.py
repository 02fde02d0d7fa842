"""A house on this machine goes into one file and comes out of it: `darkstar export` and `import`.

With the recorder's own tools and databases; the last part with a recorder that runs.
"""

from __future__ import annotations

import asyncio
import os
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import duckdb
import pytest
from support.broker import Mosquitto, needs_mosquitto
from support.recorder_process import Recorder
from unit.common.moving.test_moving_archive import packed, rewritten
from unit.recorder.test_store_messages import NOTICE

from darkstar_common import __version__
from darkstar_common.launcher.fleet import SERVICES, console_script
from darkstar_common.launcher.moving.archive import verified
from darkstar_common.launcher.moving.contents import FORMAT, Head
from darkstar_recorder.store.database import migrations, open_database
from darkstar_recorder.store.messages import keep
from darkstar_recorder.wire import SOCKET

pytestmark = [pytest.mark.timeout(120)]
CONFIG = "site: home\nprices: {sources: [csv], csv_path: prices/se4.csv}\n"
NEWEST = max(number for number, _ in migrations())


@dataclass(frozen=True)
class Machine:
    """A machine with a house, or with room for one."""

    directory: Path

    @property
    def state(self) -> Path:
        return self.directory / "state"

    @property
    def database(self) -> Path:
        return self.state / "recorder/history.duckdb"

    def darkstar(self, *words: str) -> subprocess.CompletedProcess[str]:
        self.directory.mkdir(exist_ok=True)
        return subprocess.run(
            (console_script("darkstar"), *words),
            cwd=self.directory, capture_output=True, text=True, check=False,
            env={key: text for key, text in os.environ.items() if not key.startswith("DARKSTAR")},
        )  # fmt: skip

    def put(self, name: str, text: str) -> None:
        path = self.directory / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")

    def files(self) -> dict[str, bytes]:
        """Everything but archives and the database, whose bytes differ from copy to copy."""
        return {
            str(path.relative_to(self.directory)): path.read_bytes()
            for path in sorted(self.directory.rglob("*"))
            if path.is_file() and path.suffix not in {".gz", ".duckdb"}
        }

    def notes(self) -> int:
        with duckdb.connect(str(self.database), read_only=True) as connection:
            (row,) = connection.execute("SELECT count(*) FROM notification").fetchall()
        return int(row[0])


@pytest.fixture
def old(tmp_path: Path) -> Machine:
    machine = Machine(tmp_path / "old")
    machine.put("config.yaml", CONFIG)
    machine.put("prices/se4.csv", "start_utc,spot_per_kwh\n")
    for name in SERVICES:
        machine.put(f"state/{name}/kept.json", f'{{"of": "{name}"}}')
    machine.put("state/forecaster/models/load/load-1/card.json", "{}")
    machine.put("state/executor/.kept.json.tmp123", "half")
    machine.put("secrets/planner", "a-long-password")
    with open_database(machine.database) as connection:
        keep(connection, NOTICE)
    return machine


@pytest.fixture
def fresh(tmp_path: Path) -> Machine:
    return Machine(tmp_path / "fresh")


def refused(done: subprocess.CompletedProcess[str]) -> str:
    assert done.returncode == 2, done.stdout
    assert done.stdout == ""
    (line,) = done.stderr.splitlines()
    assert line.startswith("darkstar: ")
    return line


def test_one_command_exports_and_one_imports_everything(old: Machine, fresh: Machine) -> None:
    done = old.darkstar("export", "../house.tar.gz")
    assert "the whole house, without its passwords" in done.stdout, done.stderr
    done = fresh.darkstar("import", "../house.tar.gz")
    assert "is in place; start the services" in done.stdout, done.stderr
    wanted = old.files()
    del wanted["state/executor/.kept.json.tmp123"], wanted["secrets/planner"]
    assert fresh.files() == wanted
    assert fresh.notes() == 1


def test_passwords_travel_where_asked_for(old: Machine, fresh: Machine) -> None:
    old.darkstar("export", "../house.tar.gz", "--secrets", "secrets")
    left = fresh.darkstar("import", "../house.tar.gz")
    assert "passwords were left in it" in left.stdout
    assert not (fresh.directory / "secrets").exists()
    done = fresh.darkstar("import", "../house.tar.gz", "--secrets", "secrets", "--replace")
    assert "its 1 passwords" in done.stdout, done.stderr
    password = fresh.directory / "secrets/planner"
    assert password.read_text(encoding="utf-8") == "a-long-password"
    assert password.stat().st_mode & 0o077 == 0


def test_a_file_that_cannot_travel_is_named(old: Machine, tmp_path: Path) -> None:
    (tmp_path / "elsewhere.csv").write_text("start_utc,spot_per_kwh\n", encoding="utf-8")
    old.put("config.yaml", CONFIG.replace("prices/se4.csv", str(tmp_path / "elsewhere.csv")))
    done = old.darkstar("export", "../house.tar.gz")
    assert "prices.csv_path names" in done.stdout
    assert "take it along yourself" in done.stdout


def test_an_archive_takes_no_other_files_place(old: Machine) -> None:
    old.put("house.tar.gz", "precious")
    assert "house.tar.gz is there already" in refused(old.darkstar("export", "house.tar.gz"))
    assert (old.directory / "house.tar.gz").read_text(encoding="utf-8") == "precious"


def test_a_house_that_is_lived_in_is_replaced_only_if_told_so(old: Machine, fresh: Machine) -> None:
    old.darkstar("export", "../house.tar.gz")
    fresh.put("config.yaml", "site: other\n")
    fresh.put("state/planner/mine.json", "{}")
    before = fresh.files()
    line = refused(fresh.darkstar("import", "../house.tar.gz"))
    assert "there is a house here already" in line
    assert "--replace" in line
    assert fresh.files() == before
    done = fresh.darkstar("import", "../house.tar.gz", "--replace")
    assert done.returncode == 0, done.stderr
    assert not (fresh.state / "planner/mine.json").exists()
    (kept,) = old.directory.parent.glob("darkstar-before-*.tar.gz")
    assert set(verified(kept, __version__).members) == {
        "config/config.yaml",
        "state/planner/mine.json",
    }
    third = Machine(old.directory.parent / "third")
    assert third.darkstar("import", f"../{kept.name}").returncode == 0
    assert third.files() == before


def test_who_brings_passwords_along_is_told_how_the_broker_gets_them(
    old: Machine, fresh: Machine
) -> None:
    old.put("secrets/passwords", "planner:new")
    words = ("../house.tar.gz", "--secrets", "secrets")
    assert old.darkstar("export", *words).returncode == 0
    fresh.put("broker/passwords", "planner:old")
    done = fresh.darkstar("import", *words)
    assert done.returncode == 0, done.stderr
    assert f"the broker still has those before in {fresh.directory}/broker/passwords" in done.stdout
    assert "deploy/systemd/install.py install --no-packages --broker" in done.stdout
    fresh.put("broker/passwords", "planner:new")
    done = fresh.darkstar("import", *words, "--replace")
    assert "the broker still has" not in done.stdout


def test_a_newer_versions_archive_changes_nothing(fresh: Machine, tmp_path: Path) -> None:
    head = Head(format=FORMAT, version="99.0.0", made_at="2026-01-01T00:00:00+00:00")
    packed(tmp_path / "newer.tar.gz", head)
    line = refused(fresh.darkstar("import", "../newer.tar.gz"))
    assert f"made by Darkstar 99.0.0, and this is {__version__}" in line
    assert fresh.files() == {}


def _newer_database(directory: Path) -> bytes:
    path = directory / "newer.duckdb"
    with open_database(path, [*migrations(), (NEWEST + 1, "SELECT 1")]):
        pass
    return path.read_bytes()


@pytest.mark.parametrize(
    ("member", "content", "complaint"),
    [
        ("config/config.yaml", lambda _: b"sight: home\n", "did you mean site?"),
        ("state/recorder/history.duckdb", lambda _: b"no database", "no DuckDB file"),
        ("state/recorder/history.duckdb", _newer_database, "newer"),
    ],
)
def test_what_a_service_could_not_use_changes_nothing(
    member: str,
    content: Callable[[Path], bytes],
    complaint: str,
    fresh: Machine,
    tmp_path: Path,
) -> None:
    house = {"config/config.yaml": b"site: home\n", member: content(tmp_path)}
    head = Head(format=FORMAT, version=__version__, made_at="2026-01-01T00:00:00+00:00")
    packed(tmp_path / "house.tar.gz", head, house)
    assert complaint in refused(fresh.darkstar("import", "../house.tar.gz"))
    assert fresh.files() == {}
    assert not any(one.is_file() for one in fresh.directory.rglob("*"))


def test_a_broken_archive_changes_nothing(old: Machine, fresh: Machine, tmp_path: Path) -> None:
    old.darkstar("export", "../house.tar.gz")
    rewritten(
        tmp_path / "house.tar.gz",
        lambda name, content: (name, content + b" " if name.endswith("card.json") else content),
    )
    line = refused(fresh.darkstar("import", "../changed.tar.gz"))
    assert "card.json is not what was packed" in line
    assert fresh.files() == {}


@needs_mosquitto
async def test_a_house_is_packed_while_it_runs_and_not_replaced_then(
    old: Machine, fresh: Machine, tmp_path: Path
) -> None:
    broker = Mosquitto(tmp_path / "broker")
    broker.start()
    recorder = Recorder(old.directory, broker.port, config=CONFIG)
    await recorder.start()
    try:
        async with asyncio.timeout(30):
            while not (old.state / "recorder" / SOCKET).exists():  # noqa: ASYNC110 (a file is no event)
                await asyncio.sleep(0.05)
        done = await asyncio.to_thread(old.darkstar, "export", "../house.tar.gz")
        assert done.returncode == 0, done.stderr
        line = refused(
            await asyncio.to_thread(old.darkstar, "import", "../house.tar.gz", "--replace")
        )
        assert "is in use, most likely by the recorder; stop it" in line
    finally:
        await recorder.end()
        broker.stop()
    assert fresh.darkstar("import", "../house.tar.gz").returncode == 0
    assert fresh.notes() == 1


def test_an_older_version_refuses_a_newer_file_and_goes_back_to_the_copy(
    old: Machine, tmp_path: Path
) -> None:
    """In docs/operations.md: "Upgrade"."""
    newer = [*migrations(), (NEWEST + 1, "-- destructive\nDELETE FROM notification")]
    with open_database(old.database, newer):
        pass
    assert old.notes() == 0
    copy = old.database.with_name(f"history.duckdb.before-{NEWEST + 1:04d}")

    def recorder(*words: str) -> subprocess.CompletedProcess[str]:
        command = (console_script("darkstar-recorder"), *words)
        return subprocess.run(
            command, cwd=old.directory, capture_output=True, text=True, check=False
        )

    refusal = recorder("doctor")
    assert refusal.returncode == 2
    assert "restore the backup made before it" in refusal.stderr
    done = recorder("restore", str(copy))
    assert done.returncode == 0, done.stderr
    assert old.notes() == 1
    assert tmp_path.exists()
