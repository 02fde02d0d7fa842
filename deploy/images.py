"""Builds the images that compose.yaml describes, with any Docker that has BuildKit.

Compose alone builds only where Docker's buildx plugin is; Debian's Docker, for one, has BuildKit
and no plugin. So this asks Compose what there is to build, and has `docker build` do it, all
images at a time: what they have in common is made once. Standard library only.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from stack import (  # type: ignore[import-not-found, unused-ignore]  # a script beside this one
    DEPLOY,
    ROOT,
    StackError,
    compose,
    environment,
    parsed,
    said,
    version,
    words,
)

OLDEST_ENGINE = (18, 9)
BUILDKIT_BY_PLUGIN = (23, 0)
"""From here on `docker build` of the client needs the buildx plugin for BuildKit."""
SHOWN = 40
"""Of a failed build [lines]."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Build:
    """An image to build, as compose.yaml has it."""

    image: str
    context: str
    dockerfile: str
    network: str
    arguments: tuple[tuple[str, str], ...]
    secrets: tuple[tuple[str, str], ...]
    """By name, the file; only those that the site has."""


def builds(document: Mapping[str, Any]) -> tuple[Build, ...]:
    """The images of a resolved compose file, each once."""
    files = {name: one["file"] for name, one in document.get("secrets", {}).items()}
    found = {}
    for service in document["services"].values():
        if "build" not in service:
            continue
        told = service["build"]
        names = [one["source"] for one in told.get("secrets", ())]
        found[service["image"]] = Build(
            image=service["image"],
            context=told["context"],
            dockerfile=told["dockerfile"],
            network=told.get("network", "default"),
            arguments=tuple(told.get("args", {}).items()),
            secrets=tuple((one, files[one]) for one in names if files[one] != os.devnull),
        )
    return tuple(found.values())


def clients() -> Iterator[str]:
    """Every `docker` on the path: a newer one without plugins may stand before one that builds."""
    for directory in os.environ.get("PATH", os.defpath).split(os.pathsep):
        found = shutil.which("docker", path=directory)
        if found:
            yield found


def builder(found: Sequence[str]) -> tuple[str, ...]:
    """The command that builds with BuildKit, by one of the clients `found`.

    Raises:
        StackError: There is none, or no engine, or one without BuildKit.
    """
    if not found:
        raise StackError("`docker` is not here: install Docker Engine (docs.docker.com/engine).")
    engine = said(found[0], "version", "--format", "{{.Server.Version}}")
    if not engine:
        raise StackError(
            "no Docker engine answers `docker version`: start it (systemctl start docker), let "
            "your user reach it (group docker), or name its socket in DOCKER_HOST."
        )
    if (version(engine) or OLDEST_ENGINE) < OLDEST_ENGINE:
        raise StackError(f"Docker {engine} has no BuildKit: 18.09 or newer is needed.")
    for client in found:
        if said(client, "buildx", "version"):
            return (client, "buildx", "build", "--load", "--progress=plain")
        known = version(said(client, "version", "--format", "{{.Client.Version}}"))
        if known and known < BUILDKIT_BY_PLUGIN:
            return (client, "build", "--progress=plain")
    raise StackError(
        f"{found[0]} cannot build with BuildKit: install Docker's buildx plugin "
        "(apt install docker-buildx-plugin, or docker-buildx)."
    )


def commit() -> tuple[str, str]:
    """The commit that is built from, and its time [s since 1970]; empty outside of a repository."""
    answer = said("git", "-C", str(ROOT), "log", "-1", "--format=%H %ct")
    revision, _, epoch = (answer or "").partition(" ")
    return revision, epoch


def command(build: Build, tool: tuple[str, ...], revision: str, epoch: str) -> tuple[str, ...]:
    """The words that build `build`; the image is dated as its commit is."""
    told = [word for name, text in build.arguments for word in ("--build-arg", f"{name}={text}")]
    told += [word for name, file in build.secrets for word in ("--secret", f"id={name},src={file}")]
    if epoch:
        told += ["--build-arg", f"SOURCE_DATE_EPOCH={epoch}"]
        told += ["--label", f"org.opencontainers.image.revision={revision}"]
    dockerfile = str(Path(build.context) / build.dockerfile)
    return (
        *(*tool, "--network", build.network, "--file", dockerfile),
        *(*told, "--tag", build.image, build.context),
    )


def described(profiles: tuple[str, ...]) -> dict[str, Any]:
    """What Compose makes of the files in force here.

    Raises:
        StackError: It refuses them.
    """
    asked = (*compose(), *profiles, "config", "--format", "json")
    done = subprocess.run(  # noqa: S603 (fixed words)
        asked, cwd=DEPLOY, env=environment(), capture_output=True, text=True, check=False
    )
    if done.returncode != 0:
        raise StackError(f"Compose refuses the files in deploy/: {done.stderr.strip()}")
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def built(build: Build, *command: str) -> str:
    """Build one image; returns what there is to say.

    Raises:
        StackError: It failed; the text ends with what the build said last.
    """
    begun = time.monotonic()
    told = {**os.environ, "DOCKER_BUILDKIT": "1"}
    done = subprocess.run(  # noqa: S603 (fixed words)
        command, env=told, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False
    )
    if done.returncode != 0:
        last = "\n".join(done.stdout.splitlines()[-SHOWN:])
        raise StackError(
            f"{build.image} cannot be built:\n{last}\ndarkstar: behind a mirror or a proxy? "
            'docs/operations.md, "Building behind a mirror".'
        )
    return f"built {build.image} in {time.monotonic() - begun:.0f} s"


def main(*arguments: str) -> None:
    """Build all images, and say what was built."""
    wanted = parsed(arguments)
    try:
        tool = builder(tuple(clients()))
        profiles = words(simulated=wanted.simulated, observability=wanted.observability)
        wished = builds(described(profiles))
        print(f"darkstar: building {len(wished)} images; the first time takes some minutes")
        revision, epoch = commit()
        with ThreadPoolExecutor() as pool:
            for sentence in pool.map(
                lambda one: built(one, *command(one, tool, revision, epoch)), wished
            ):
                print(f"darkstar: {sentence}", flush=True)
    except StackError as error:
        sys.exit(f"darkstar: {error}")


if __name__ == "__main__":
    main(*sys.argv[1:])
