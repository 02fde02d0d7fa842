"""What the doctor sees of this machine: secrets, disk, copies, page."""

from __future__ import annotations

import os
import socket
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread

import pytest
from unit.common.keys.probe import changed

from darkstar_common.config import Config
from darkstar_common.contract import Service
from darkstar_common.launcher.doctor.facts import Machine
from darkstar_common.launcher.doctor.here import machine, secret_file
from darkstar_common.runtime import Settings

PEOPLE = Service.PEOPLE
NOWHERE = changed(Config(), "gateway.port", 0)


def seen(state: Path, config: Config | None = NOWHERE, user: Service = PEOPLE) -> Machine:
    settings = Settings(state_dir=state, config=state / "config.yaml")
    return machine(settings, config, "", user)


@pytest.fixture
def open_way(tmp_path: Path) -> Iterator[Path]:
    """A directory that every user can come to."""
    top = Path(tempfile.gettempdir())
    ours = [one for one in (tmp_path, *tmp_path.parents) if top in one.parents]
    before = {one: one.stat().st_mode for one in ours}
    for one in ours:
        one.chmod(0o755)
    yield tmp_path
    for one, mode in before.items():
        one.chmod(mode)


@pytest.mark.parametrize(("mode", "expected"), [(0o600, False), (0o640, False), (0o644, True)])
def test_a_secret_that_everybody_can_read_is_noticed(
    open_way: Path, mode: int, *, expected: bool
) -> None:
    path = open_way / "password"
    path.write_text("long enough, and secret")
    path.chmod(mode)
    assert secret_file("X", path).open_to_all is expected


def test_a_secret_behind_a_closed_door_is_not_open_to_all(open_way: Path) -> None:
    room = open_way / "room"
    room.mkdir(mode=0o700)
    path = room / "password"
    path.write_text("long enough, and secret")
    path.chmod(0o644)
    assert not secret_file("X", path).open_to_all


@pytest.mark.parametrize("content", [b"", b" \n"])
def test_an_empty_secret_is_noticed(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "password"
    path.write_bytes(content)
    assert secret_file("X", path).empty


def test_a_secret_that_is_not_there_or_no_text_is_told_with_the_reason(tmp_path: Path) -> None:
    assert secret_file("X", tmp_path / "none").trouble == "No such file or directory"
    (tmp_path / "binary").write_bytes(b"\xff\xfe")
    assert secret_file("X", tmp_path / "binary").trouble == "it is no text"


def test_the_secrets_that_the_environment_names_are_looked_at(tmp_path: Path) -> None:
    named = Settings(
        state_dir=tmp_path, mqtt_password_file=tmp_path / "one", gateway_token_file=tmp_path / "two"
    )
    found = machine(named, NOWHERE, "", PEOPLE).secrets
    assert {one.variable for one in found} == {
        "DARKSTAR_MQTT_PASSWORD_FILE", "DARKSTAR_GATEWAY_TOKEN_FILE",
    }  # fmt: skip


def test_the_newest_copy_tells_when_it_was_made(tmp_path: Path) -> None:
    backups = tmp_path / "recorder" / "backups"
    backups.mkdir(parents=True)
    (tmp_path / "recorder" / "history.duckdb").touch()
    for name, moment in (("history-1.duckdb", 1_700_000_000), ("history-2.duckdb", 1_600_000_000)):
        (backups / name).touch()
        os.utime(backups / name, (moment, moment))
    found = seen(tmp_path)
    assert found.keeps_database
    assert found.newest_backup_at == datetime.fromtimestamp(1_700_000_000, UTC)


def test_a_state_directory_that_is_not_there_is_unknown(tmp_path: Path) -> None:
    found = seen(tmp_path / "none")
    assert (found.free_mb, found.keeps_database, found.newest_backup_at) == (None, False, None)
    assert found.revision == ""


class _Answers(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200 if self.path == "/" else 404)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Say nothing."""


def test_a_page_that_answers_is_well_and_one_that_does_not_is_told(tmp_path: Path) -> None:
    with HTTPServer(("127.0.0.1", 0), _Answers) as server:
        here = changed(NOWHERE, "gateway.port", server.server_port)
        thread = Thread(target=server.serve_forever)
        thread.start()
        everywhere = changed(here, "gateway.host", "0.0.0.0")  # noqa: S104 (what it may say)
        assert seen(tmp_path, here).page_trouble == ""
        assert seen(tmp_path, everywhere).page_trouble == ""
        server.shutdown()
        thread.join()
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        nobody = changed(NOWHERE, "gateway.port", taken.getsockname()[1])
        assert "refused" in (seen(tmp_path, nobody).page_trouble or "")


@pytest.mark.parametrize(
    ("config", "user"), [(None, PEOPLE), (NOWHERE, PEOPLE), (Config(), Service.RECORDER)]
)
def test_a_page_that_is_not_ours_to_ask_is_unknown(
    tmp_path: Path, config: Config | None, user: Service
) -> None:
    assert seen(tmp_path, config, user).page_trouble is None
