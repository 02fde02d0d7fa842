"""A broker of our own on loopback: mosquitto, or the embedded one where there is none."""

from __future__ import annotations

import os
import shutil
import socket
import sys
from collections.abc import Sequence
from pathlib import Path

MOSQUITTO_CONFIG = """\
listener {port} 127.0.0.1
allow_anonymous {anonymous}
set_tcp_nodelay true
persistence true
persistence_location {directory}/
autosave_interval 5
max_queued_messages 100000
max_packet_size 2097152
max_inflight_messages 500
log_dest stderr
log_type error
log_type warning
log_type notice
"""
EMBEDDED_CONFIG = """\
id = 0
[router]
max_connections = 200
max_outgoing_packet_count = 200
max_segment_size = 104857600
max_segment_count = 10
[v5.darkstar]
name = "darkstar"
listen = "127.0.0.1:{port}"
next_connection_delay_ms = 1
[v5.darkstar.connections]
connection_timeout_ms = 60000
max_payload_size = 2097152
max_inflight_count = 500
dynamic_filters = true
"""


def mosquitto() -> str | None:
    """The path of the mosquitto binary, also where it is not on an ordinary user's PATH."""
    return shutil.which("mosquitto", path=f"{os.environ.get('PATH', os.defpath)}:/usr/sbin:/sbin")


def port_is_free(port: int) -> bool:
    """Whether something could listen on `port` of the loopback address."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def free_port(preferred: int = 0) -> int:
    """`preferred`, where it is free, or a port that is."""
    if preferred and port_is_free(preferred):
        return preferred
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def broker_command(
    directory: Path, port: int, *, passwords: Path | None = None, acl: Path | None = None
) -> Sequence[str]:
    """Write the broker's configuration into `directory`, and say how to start it.

    Args:
        directory: Holds the configuration and what the broker keeps over a restart.
        port: Where it listens, on loopback only.
        passwords: A `mosquitto_passwd` file; without, anyone on this machine may connect.
        acl: An access list for those users.
    """
    directory.mkdir(parents=True, exist_ok=True)
    binary = mosquitto()
    if binary is None:
        config = directory / "embedded.toml"
        config.write_text(EMBEDDED_CONFIG.format(port=port), encoding="utf-8")
        return (sys.executable, "-m", "iotcore", "--config", str(config), "--log-level", "CRITICAL")
    text = MOSQUITTO_CONFIG.format(
        port=port, directory=directory, anonymous="false" if passwords else "true"
    )
    # Started by root, mosquitto would give up its rights and lose sight of `directory`.
    text += "user root\n" if os.geteuid() == 0 else ""
    text += f"password_file {passwords}\n" if passwords else ""
    text += f"acl_file {acl}\n" if acl else ""
    config = directory / "mosquitto.conf"
    config.write_text(text, encoding="utf-8")
    return (binary, "-c", str(config))
