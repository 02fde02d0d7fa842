"""A Compose and a Docker that play a stack on this machine's files, as commands on the path.

Each service's volume is a directory; what is to be done in a container is done here, in a process.
Every call is written down. A clone that holds the file `unwell` has services that do not become
healthy; what ends with the words in a file `fails` beside the calls fails.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

SERVICES = ("recorder", "forecaster", "planner", "executor", "gateway")
OPTIONS = {"--project-name": 2, "--profile": 2}
VERSION = "5.0.0"
"""What the script that calls this says by itself to `version --short`."""


def say(text: str) -> None:
    """Answer."""
    sys.stdout.write(f"{text}\n")


def named(deploy: Path) -> dict[str, dict[str, str]]:
    """The secrets that a site has its override name, one path below deploy/ in a line."""
    override = deploy / "compose.override.yaml"
    lines = override.read_text(encoding="utf-8").split() if override.exists() else []
    return {one: {"file": str(deploy / one)} for one in lines}


def failing(directory: Path) -> str:
    """What fails; nothing ends with a line break."""
    path = directory / "fails"
    return path.read_text(encoding="utf-8") if path.exists() else "\n"


def played(directory: Path, words: Sequence[str]) -> int:  # noqa: C901 (a table of what is told)
    """Do what Compose is told; the exit code."""
    while words and words[0] in OPTIONS:
        words = words[OPTIONS[words[0]] :]
    with (directory / "calls").open("a", encoding="utf-8") as calls:
        calls.write(f"{' '.join(words)}\n")
    running = directory / "running"
    match words:
        case ("config", "--images"):
            say("\n".join(f"darkstar-{one}:local" for one in SERVICES))
        case ("config", "--format", "json"):
            say(json.dumps({"secrets": named(Path.cwd())}))
        case ("ps", "--quiet"):
            say(running.read_text(encoding="utf-8") if running.exists() else "")
        case ("ps", *_):
            say("\n".join(SERVICES) if running.exists() else "")
        case ("stop" | "down", *_):
            running.unlink(missing_ok=True)
        case ("run" | "up", *_) if lacks := [
            one["file"] for one in named(Path.cwd()).values() if not Path(one["file"]).exists()
        ]:
            sys.stderr.write(f"bind source path does not exist: {lacks[0]}\n")
            return 1
        case ("up" | "start", *_):
            images = json.loads((directory / "images.json").read_text(encoding="utf-8"))
            running.write_text(images["darkstar-planner:local"], encoding="utf-8")
            if "unwell" in running.read_text(encoding="utf-8"):
                sys.stderr.write("container darkstar-planner-1 is unhealthy\n")
                return 1
        case ("run", *_) if " ".join(words).endswith(failing(directory)):
            sys.stderr.write("No space left on device\n")
            return 2
        case ("run", "--rm", "--no-deps", "-T", "--entrypoint", "python3", service, *rest):
            os.environ["DARKSTAR_STATE_DIR"] = str(directory / "volumes" / service)
            os.environ["DARKSTAR_CONFIG"] = str(Path.cwd() / "house/config/config.yaml")
            os.execv(sys.executable, [sys.executable, *rest])  # noqa: S606 (this interpreter)
        case _:
            sys.stderr.write(f"nobody plays {words}\n")
            return 1
    return 0


def labels(revisions: Mapping[str, str], image: str) -> str:
    """The labels of an image, as Docker writes them."""
    return json.dumps({"org.opencontainers.image.revision": revisions.get(image)})


def docker(directory: Path, words: Sequence[str]) -> int:
    """Do what Docker is told: images are names for words."""
    path = directory / "images.json"
    images = json.loads(path.read_text(encoding="utf-8"))
    revisions = json.loads((directory / "revisions.json").read_text(encoding="utf-8"))
    match words:
        case ("tag", source, target) if source in images or source in images.values():
            images[target] = images.get(source, source)
            path.write_text(json.dumps(images), encoding="utf-8")
        case ("image", "inspect", image) if image in images:
            pass
        case ("image", "inspect", "--format", _, image) if image in images:
            say(f"{images[image]} {labels(revisions, images[image])}")
        case ("image", "rm", image) if image not in images.values():
            with (directory / "removed").open("a", encoding="utf-8") as removed:
                removed.write(f"{image}\n")
        case ("info", "--format", "{{.DockerRootDir}}"):
            say(str(directory))
        case ("inspect", "--format", _, *containers):
            for one in containers:
                say(f"darkstar-planner:local {labels(revisions, one)}")
        case _:
            return 1
    return 0


if __name__ == "__main__":
    stage = Path(os.environ["PLAYED_STACK"])
    play = docker if sys.argv[1] == "docker" else played
    sys.exit(play(stage, tuple(sys.argv[2:])))
