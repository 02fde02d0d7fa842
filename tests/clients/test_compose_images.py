"""The images: the same from the same commit, for both kinds of machine, and without secrets."""

from __future__ import annotations

import hashlib
import io
import subprocess
import sys
import tarfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from support.containers import ENGINE, OURS, build_images, engine_or_skip
from support.deploying import ROOT, script

images = script("images")
LOCKS = (*OURS, "simulator", "build")
MACHINES = ("aarch64-unknown-linux-gnu", "x86_64-unknown-linux-gnu")
TWICE = "executor"
"""The smallest image; all are made by the same steps."""
TOOLS = "id -u; command -v cc gcc c++ pip pip3 npm; find / -xdev -name pip 2>/dev/null; true"


def wheels_for(machine: str, lock: str, target: Path) -> subprocess.CompletedProcess[str]:
    """Ask the package index whether each line of a lock has a wheel for `machine`; gets none."""
    pip = (sys.executable, "-m", "uv", "pip", "install", "--dry-run", "--quiet", "--no-deps")
    told = ("--python-version", "3.11", "--python-platform", machine, "--only-binary", ":all:")
    what = (
        "--require-hashes",
        "--target",
        str(target),
        "-r",
        str(ROOT / f"requirements/{lock}.txt"),
    )
    return subprocess.run((*pip, *told, *what), capture_output=True, text=True, check=False)


@pytest.mark.parametrize("machine", MACHINES)
@pytest.mark.parametrize("lock", LOCKS)
def test_every_package_of_an_image_has_a_wheel_for_both_machines(
    lock: str, machine: str, tmp_path: Path
) -> None:
    """There is no compiler in any stage, so what has no wheel cannot be installed."""
    done = wheels_for(machine, lock, tmp_path)
    if "error sending request" in done.stderr:
        pytest.skip(f"the package index cannot be asked: {done.stderr.splitlines()[-1]}")
    assert done.returncode == 0, done.stderr


def test_a_package_without_a_wheel_would_be_seen(tmp_path: Path) -> None:
    done = wheels_for("riscv64-unknown-linux", "planner", tmp_path)
    if "error sending request" in done.stderr:
        pytest.skip(f"the package index cannot be asked: {done.stderr.splitlines()[-1]}")
    assert done.returncode != 0
    assert "has no usable wheels" in done.stderr


@pytest.fixture(scope="module")
def engine() -> Iterator[Any]:
    client = engine_or_skip()
    build_images()
    yield client
    client.close()


def _contents(engine: Any, image: str, path: str) -> dict[str, tuple[Any, ...]]:
    """Every file below `path` of `image`: what it is, whose, from when, and what is in it."""
    container = engine.containers.create(image)
    try:
        parts, _ = container.get_archive(path)
        packed = io.BytesIO(b"".join(parts))
    finally:
        container.remove()
    with tarfile.open(fileobj=packed) as archive:
        return {one.name: _told(archive, one) for one in archive}


def _told(archive: tarfile.TarFile, one: tarfile.TarInfo) -> tuple[Any, ...]:
    file = archive.extractfile(one) if one.isreg() else None
    inside = hashlib.sha256(file.read()).hexdigest() if file else ""
    return one.type, oct(one.mode), one.uid, one.gid, int(one.mtime), one.linkname, inside


@pytest.fixture
def commit(tmp_path: Path) -> Path:
    """What is built from, as of the last commit: nobody edits it meanwhile."""
    if not (ROOT / ".git").exists():
        pytest.skip("not a repository: there is no commit to build from")
    packed = tmp_path / "commit.tar"
    command = ("git", "-C", str(ROOT), "archive", "--output", str(packed), "HEAD")
    subprocess.run(command, check=True)
    with tarfile.open(packed) as archive:
        archive.extractall(tmp_path / "clone", filter="data")
    return tmp_path / "clone"


@pytest.mark.timeout(900, func_only=True)
def test_an_image_built_twice_has_the_same_files(
    engine: Any, commit: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The second without what the builder remembers: same names, owners, dates and contents."""
    monkeypatch.setenv("DOCKER_HOST", ENGINE)
    (build,) = [
        one for one in images.builds(images.described(())) if one.image == f"darkstar-{TWICE}:local"
    ]
    tool = images.builder(tuple(images.clients()))
    found = []
    for tag, anew in (("once", ()), ("again", ("--no-cache",))):
        here = replace(build, image=f"darkstar-{TWICE}:{tag}", context=str(commit))
        words = images.command(here, tool, *images.commit())
        try:
            images.built(here, *words[:-1], *anew, words[-1])
            found.append(_contents(engine, here.image, "/opt/darkstar"))
        finally:
            engine.images.remove(here.image, force=True)
    first, second = found
    assert {name for name in first | second if first.get(name) != second.get(name)} <= {"darkstar"}
    assert len(first) > 500


@pytest.mark.timeout(300, func_only=True)
@pytest.mark.parametrize("name", [*OURS, "simulator"])
def test_an_image_runs_as_nobody_special_and_has_nothing_to_install_with(
    name: str, engine: Any
) -> None:
    found = engine.containers.run(
        f"darkstar-{name}:local",
        ["-c", TOOLS],
        entrypoint="sh", remove=True, network_mode="none",
    )  # fmt: skip
    assert found.decode().split() == ["10001"]


@pytest.mark.timeout(300, func_only=True)
@pytest.mark.parametrize("name", [*OURS, "simulator"])
def test_an_image_holds_nothing_of_the_site_that_built_it(name: str, engine: Any) -> None:
    """No package settings, authority, secret or configuration: they came as build secrets."""
    image = engine.images.get(f"darkstar-{name}:local")
    told = " ".join(image.attrs["Config"]["Env"]) + str(image.history())
    for word in ("PASSWORD=", "TOKEN=", "INDEX_URL", "secrets/pip"):
        assert word not in told.replace("--mount=type=secret", "")
    looked = "ls -A /run/secrets /etc/darkstar /build ~root/.config /etc/pip.conf 2>/dev/null; true"
    found = engine.containers.run(
        f"darkstar-{name}:local", ["-c", looked], entrypoint="sh", remove=True, network_mode="none"
    )
    assert found.decode().split() in ([], ["/run/secrets:"])
