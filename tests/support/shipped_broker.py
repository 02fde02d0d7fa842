"""The broker as it is shipped: `deploy/mosquitto`, with ports and paths of the test."""

from __future__ import annotations

import os
import runpy
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from support.broker import Mosquitto

ROOT = Path(__file__).resolve().parents[2]
PLAIN = "listener 1883\n"


def script(name: str) -> dict[str, Any]:
    """What is in the script `deploy/{name}.py`."""
    return runpy.run_path(str(ROOT / f"deploy/{name}.py"))


def password_file(passwords: dict[str, str]) -> str:
    """What `make up` writes for the broker."""
    text: str = script("prepare")["password_file"](passwords, "")
    return text


@dataclass
class ShippedMosquitto(Mosquitto):
    """In its directory are to be `passwords` and `acl`; with TLS also what `make certs` makes."""

    tls: bool = False

    def configuration(self) -> str:
        shipped = ROOT / "deploy/mosquitto"
        text = (shipped / "mosquitto.conf").read_text(encoding="utf-8")
        assert PLAIN in text
        if self.tls:  # as the command of compose.tls.yaml does
            text = (shipped / "tls.conf").read_text(encoding="utf-8") + text.replace(PLAIN, "")
        for there, here in {
            "listener 8883\n" if self.tls else PLAIN: f"listener {self.port} 127.0.0.1\n",
            "/run/broker/": f"{self.directory}/",
            "/mosquitto/data/": f"{self.directory}/",
            "/run/secrets/broker_certificate": f"{self.directory}/broker.pem",
            "/run/secrets/broker_key": f"{self.directory}/broker.key",
        }.items():
            assert there in text or "/run/secrets" in there
            text = text.replace(there, here)
        return text + ("user root\n" if os.geteuid() == 0 else "")
