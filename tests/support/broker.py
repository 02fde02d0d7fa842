"""A real broker for tests: mosquitto on a free loopback port, which can be killed and come back."""

from __future__ import annotations

import shutil
import signal
import socket
import subprocess
from dataclasses import dataclass, field
from pathlib import Path

import pytest

BINARY = shutil.which("mosquitto", path="/usr/sbin:/usr/local/sbin:/usr/bin:/usr/local/bin")
needs_mosquitto = pytest.mark.skipif(BINARY is None, reason="mosquitto is not installed")

_CONFIG = """\
listener {port} 127.0.0.1
allow_anonymous true
set_tcp_nodelay true
persistence true
persistence_location {directory}/
autosave_interval 5
max_queued_messages 100000
log_dest none
"""


@dataclass
class Mosquitto:
    directory: Path
    extra: str = ""
    port: int = field(init=False)
    _process: subprocess.Popen[bytes] | None = None

    def __post_init__(self) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = int(probe.getsockname()[1])

    def start(self) -> None:
        self.directory.mkdir(parents=True, exist_ok=True)
        config = self.directory / "mosquitto.conf"
        config.write_text(self.configuration())
        assert BINARY is not None
        self._process = subprocess.Popen([BINARY, "-c", config])
        self._await_port()

    def configuration(self) -> str:
        """What the broker is told."""
        text = _CONFIG.format(port=self.port, directory=self.directory) + self.extra
        if "user " not in self.extra:
            text += "user root\n"
        return text

    def stop(self) -> None:
        """End it in order; it writes down what it keeps."""
        if self._process is not None:
            self._process.terminate()
            self._process.wait(timeout=10)
            self._process = None

    def save(self) -> None:
        """Have it write down what it keeps, as it does by itself every few seconds."""
        assert self._process is not None
        database = self.directory / "mosquitto.db"
        database.unlink(missing_ok=True)
        self._process.send_signal(signal.SIGUSR1)
        while not database.exists():
            assert self._process.poll() is None

    def kill(self) -> None:
        """End it as a power cut would."""
        assert self._process is not None
        self._process.kill()
        self._process.wait(timeout=10)
        self._process = None

    def hold(self) -> None:
        """Have it stand still, with its connections open."""
        self._tell(signal.SIGSTOP)

    def go_on(self) -> None:
        """Have it go on after `hold`."""
        self._tell(signal.SIGCONT)

    def _tell(self, number: signal.Signals) -> None:
        assert self._process is not None
        self._process.send_signal(number)

    def _await_port(self) -> None:
        assert self._process is not None
        while self._process.poll() is None:
            try:
                socket.create_connection(("127.0.0.1", self.port), timeout=0.1).close()
            except OSError:
                continue
            return
        raise AssertionError(f"mosquitto ended with {self._process.returncode}")
