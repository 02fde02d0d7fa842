"""Runs Compose on Darkstar's containers, for `make up`, `make down` and `make logs`.

`python3 deploy/stack.py --simulated ps` is `docker compose ps` for the simulated house. It finds
the Compose that is here, and takes a base image made on this machine for the pinned one of that
name: where no registry can be asked, a site brings its own. What a container reads at its start
alone, the broker's access list for one, is told to Compose by a checksum: a container whose files
have changed is made anew. Standard library only.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cache
from pathlib import Path

DEPLOY = Path(__file__).resolve().parent
ROOT = DEPLOY.parent
PIN = re.compile(r"\$\{(\w+_IMAGE):-([^}@]+)@(sha256:[0-9a-f]{64})\}")
"""A pinned image in compose.yaml: the variable that replaces it, its name, its digest."""
OLDEST = (2, 24)
"""Of Compose: `!reset` and `required: false`."""
PROJECT = "darkstar-simulated"
BESIDE = (Path(sys.executable).parent, ROOT / ".venv/bin")
"""Where `make setup` puts a Compose."""
OVERRIDE = "compose.override.yaml"
OF_THE_BROKER = {
    "DARKSTAR_ACL": "mosquitto/acl",
    "DARKSTAR_MOSQUITTO_CONF": "mosquitto/mosquitto.conf",
    "": "mosquitto/tls.conf",
}
"""What the broker reads at its start, by the variable that names another file."""
SECRETS_OF_THE_BROKER = ("passwords", "tls/broker.pem")
SECRETS_OF_SERVICES = (
    *("planner", "executor", "recorder", "forecaster", "gateway", "simulator"),
    *("page_password", "page_token", "tls/ca.pem"),
)


class StackError(Exception):
    """The containers cannot be had; the text says why, and the way out."""


def said(*command: str, environment: Mapping[str, str] = os.environ) -> str | None:
    """What `command` prints; nothing where it cannot be run or fails."""
    try:
        done = subprocess.run(  # noqa: S603 (fixed words)
            command, env=dict(environment), capture_output=True, text=True, check=False
        )
    except OSError:
        return None
    return done.stdout.strip() if done.returncode == 0 else None


def said_once(*command: str, environment: Mapping[str, str] = os.environ) -> str | None:
    """As `said`, of what stays as it is while this process runs: it is asked once.

    A restore talks to two dozen containers, and each time the same would be asked five times.
    """
    return _said_once(command, frozenset(environment.items()))


@cache
def _said_once(command: tuple[str, ...], told: frozenset[tuple[str, str]]) -> str | None:
    return said(*command, environment=dict(told))


def version(text: str | None) -> tuple[int, int] | None:
    """Major and minor of a version as programs print it.

    >>> version("v2.24.6-desktop.1"), version("5.0.2"), version("dev")
    ((2, 24), (5, 0), None)
    """
    found = re.match(r"v?(\d+)\.(\d+)", text or "")
    return (int(found[1]), int(found[2])) if found else None


def candidates(beside: Sequence[Path]) -> tuple[tuple[str, ...], ...]:
    """The commands that may be Compose here, the wanted one first."""
    told = os.environ.get("COMPOSE", "").split()
    found = (shutil.which("docker-compose"), *(str(one / "docker-compose") for one in beside))
    return (tuple(told),) if told else (("docker", "compose"), *((one,) for one in found if one))


def compose(
    ask: Callable[..., str | None] = said_once, beside: Sequence[Path] = BESIDE
) -> tuple[str, ...]:
    """The command for Compose, from Docker, the path, or a directory of `beside`.

    Raises:
        StackError: There is none, or an old one.
    """
    versions = {one: version(ask(*one, "version", "--short")) for one in candidates(beside)}
    found = {one: known for one, known in versions.items() if known}
    for one, known in found.items():
        if known >= OLDEST:
            return one
    if found:
        one, (major, minor) = next(iter(found.items()))
        raise StackError(
            f"`{' '.join(one)}` is Compose {major}.{minor}, {OLDEST[0]}.{OLDEST[1]} or newer is "
            "needed: update Docker's compose plugin (docs.docker.com/compose/install)."
        )
    raise StackError(
        "`docker compose` is not here: install Docker's compose plugin "
        "(docs.docker.com/compose/install), or `make setup`, which brings one."
    )


def digests(image: str, environment: Mapping[str, str]) -> tuple[str, ...] | None:
    """By which digests registries know the `image` of this machine; nothing if it is not here."""
    asked = ("docker", "image", "inspect", "--format", "{{json .RepoDigests}}", image)
    answer = said_once(*asked, environment=environment)
    return None if answer is None else tuple(json.loads(answer or "null") or ())


def pins(text: str) -> dict[str, str]:
    """The pinned images of a compose file's `text`, by the variable that replaces each."""
    return {variable: f"{name}@{digest}" for variable, name, digest in PIN.findall(text)}


def stand_ins(
    text: str,
    told: Mapping[str, str],
    known: Callable[[str], tuple[str, ...] | None],
) -> dict[str, str]:
    """The variables of the pinned images in `text` that something made on this machine replaces.

    An image that came from a registry has a digest and replaces nothing, whatever its name; nor
    does any where the site has said by the variable which one it wants.
    """
    names = {variable: pin.partition("@")[0] for variable, pin in pins(text).items()}
    return {one: name for one, name in names.items() if not told.get(one) and known(name) == ()}


def settings(text: str) -> dict[str, str]:
    r"""The variables in the `text` of a `.env` file, as Compose reads its plain lines.

    >>> settings('# the broker\nDARKSTAR_ACL="./mine"  \nCOMPOSE_FILE=compose.yaml   # no more')
    {'DARKSTAR_ACL': './mine', 'COMPOSE_FILE': 'compose.yaml'}
    """
    lines = (line.strip().removeprefix("export ") for line in text.splitlines())
    found = (line.partition("=") for line in lines if "=" in line and not line.startswith("#"))
    return {name.strip(): _value(rest.strip()) for name, _, rest in found}


def _value(text: str) -> str:
    """What stands after the equals sign, without its quotes or the remark behind it."""
    if text[:1] in {'"', "'"} and text[0] in text[1:]:
        return text[1:].partition(text[0])[0]
    return re.split(r"\s#", text, maxsplit=1)[0].strip()


def checksum(files: Iterable[Path]) -> str:
    """A checksum over what is in `files`; one that is not there counts as such."""
    digest = hashlib.sha256()
    for path in files:
        content = hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else "none"
        digest.update(f"{content}\n".encode())
    return digest.hexdigest()


def in_force(deploy: Path, known: Mapping[str, str]) -> dict[str, str]:
    """The checksums by which Compose sees that a container would read other files than it did.

    Args:
        deploy: The directory of the compose file.
        known: The variables that it is told.
    """
    secrets = deploy / "secrets"
    own = [deploy / (known.get(name) or default) for name, default in OF_THE_BROKER.items()]
    return {
        "DARKSTAR_BROKER_FILES": checksum([*own, *(secrets / x for x in SECRETS_OF_THE_BROKER)]),
        "DARKSTAR_SERVICE_FILES": checksum(secrets / one for one in SECRETS_OF_SERVICES),
    }


def overridden(known: Mapping[str, str], *, there: bool) -> dict[str, str]:
    """COMPOSE_FILE with the site's own override, where it is told without one that is `there`.

    Compose takes an override by itself only where nobody names the files.

    >>> overridden({"COMPOSE_FILE": "compose.yaml:compose.tls.yaml"}, there=True)
    {'COMPOSE_FILE': 'compose.yaml:compose.tls.yaml:compose.override.yaml'}
    >>> overridden({}, there=True)
    {}
    """
    told = known.get("COMPOSE_FILE", "")
    between = known.get("COMPOSE_PATH_SEPARATOR") or os.pathsep
    if not (told and there) or OVERRIDE in (Path(one).name for one in told.split(between)):
        return {}
    return {"COMPOSE_FILE": f"{told}{between}{OVERRIDE}"}


def environment(more: Mapping[str, str] = os.environ, deploy: Path = DEPLOY) -> dict[str, str]:
    """This process's environment with `more`, and in it what Compose is told beyond `.env`.

    That is the images that replace pinned ones, the checksums of what containers read at their
    start, and the site's own override.
    """
    told = {**os.environ, **more}
    file = deploy / ".env"
    known = {**settings(file.read_text(encoding="utf-8") if file.exists() else ""), **told}
    text = (deploy / "compose.yaml").read_text(encoding="utf-8")
    return {
        **told,
        **stand_ins(text, known, lambda image: digests(image, told)),
        **in_force(deploy, known),
        **overridden(known, there=(deploy / OVERRIDE).exists()),
    }


def words(*, simulated: bool, observability: bool, everything: bool = False) -> tuple[str, ...]:
    """What Compose is told before its command: the project and the profiles."""
    profiles = ["*"] if everything else []
    profiles += ["simulated"] * simulated + ["observability"] * observability
    project = ("--project-name", PROJECT) if simulated else ()
    return (*project, *(word for one in profiles for word in ("--profile", one)))


def parsed(arguments: Sequence[str]) -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--simulated", action="store_true", help="those with a simulated house")
    parser.add_argument("--observability", action="store_true", help="with Prometheus and Grafana")
    parser.add_argument("words", nargs=argparse.REMAINDER, help="as for docker compose")
    return parser.parse_args(arguments)


def main(*arguments: str) -> None:
    """Run Compose in the place of this process."""
    wanted = parsed(arguments)
    try:
        command = compose()
    except StackError as error:
        sys.exit(f"darkstar: {error}")
    # What is stopped or read is all of the project, whatever it was started with.
    everything = wanted.words[:1] in (["down"], ["logs"], ["ps"], ["stop"])
    before = words(
        simulated=wanted.simulated, observability=wanted.observability, everything=everything
    )
    os.chdir(DEPLOY)
    os.execvpe(command[0], [*command, *before, *wanted.words], environment())  # noqa: S606 (fixed words)


if __name__ == "__main__":
    main(*sys.argv[1:])
