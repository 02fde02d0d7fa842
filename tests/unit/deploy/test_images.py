"""What is built, from what, and by which Docker."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from support.deploying import DEPLOY, ROOT, script

images = script("images")
RESOLVED = {
    "services": {
        "mosquitto": {"image": "eclipse-mosquitto:2"},
        "planner": {
            "image": "darkstar-planner:local",
            "build": {
                "context": "/clone",
                "dockerfile": "deploy/Dockerfile",
                "args": {"SERVICE": "planner", "PYTHON_IMAGE": "python:3.11-slim"},
                "network": "host",
                "secrets": [{"source": "pip"}, {"source": "ca"}],
            },
        },
        "simulator": {
            "image": "darkstar-simulator:local",
            "build": {"context": "/clone", "dockerfile": "deploy/Dockerfile"},
        },
        "simulated-slots": {"image": "darkstar-simulator:local"},
    },
    "secrets": {"pip": {"file": "/etc/pip.conf"}, "ca": {"file": os.devnull}},
}


def test_each_image_of_ours_is_built_once_and_none_of_others() -> None:
    found = [one.image for one in images.builds(RESOLVED)]
    assert found == ["darkstar-planner:local", "darkstar-simulator:local"]


def test_a_build_is_told_what_the_compose_file_says() -> None:
    planner, simulator = images.builds(RESOLVED)
    words = images.command(planner, ("docker", "build"), "abc", "1700000000")
    assert words == (
        *("docker", "build", "--network", "host", "--file", "/clone/deploy/Dockerfile"),
        *("--build-arg", "SERVICE=planner", "--build-arg", "PYTHON_IMAGE=python:3.11-slim"),
        *("--secret", "id=pip,src=/etc/pip.conf"),
        *("--build-arg", "SOURCE_DATE_EPOCH=1700000000"),
        *("--label", "org.opencontainers.image.revision=abc"),
        *("--tag", "darkstar-planner:local", "/clone"),
    )
    assert simulator.network == "default"


def test_a_file_that_the_site_does_not_have_is_no_secret() -> None:
    planner, _ = images.builds(RESOLVED)
    assert planner.secrets == (("pip", "/etc/pip.conf"),)


def test_outside_of_a_repository_an_image_is_dated_by_nothing() -> None:
    planner, _ = images.builds(RESOLVED)
    words = images.command(planner, ("docker", "build"), "", "")
    assert not any("EPOCH" in word or "revision" in word for word in words)


CLIENT = """#!/bin/sh
case "$*" in
  "buildx version") {plugin} ;;
  *Server*) {engine} ;;
  *Client*) echo {version} ;;
esac
"""


def docker(directory: Path, version: str, *, plugin: bool = False, engine: str = "20.10.24") -> str:
    """A `docker` that says so of itself."""
    directory.mkdir()
    program = directory / "docker"
    told = {"plugin": "echo v0.14" if plugin else "exit 1"}
    told["engine"] = f"echo {engine}" if engine else "exit 1"
    program.write_text(CLIENT.format(version=version, **told))
    program.chmod(0o755)
    return str(program)


def test_dockers_builder_is_taken_where_it_is(tmp_path: Path) -> None:
    found = docker(tmp_path / "first", "29.1.0", plugin=True)
    assert images.builder([found]) == (found, "buildx", "build", "--load", "--progress=plain")


def test_an_older_docker_has_buildkit_without_the_plugin(tmp_path: Path) -> None:
    found = docker(tmp_path / "first", "20.10.24")
    assert images.builder([found]) == (found, "build", "--progress=plain")


def test_a_newer_client_that_cannot_build_does_not_hide_one_that_can(tmp_path: Path) -> None:
    newer = docker(tmp_path / "first", "28.2.2")
    older = docker(tmp_path / "second", "20.10.24")
    assert images.builder([newer, older])[0] == older


@pytest.mark.parametrize(
    ("version", "engine", "sentence"),
    [
        ("28.2.2", "20.10.24", "cannot build with BuildKit: install Docker's buildx plugin"),
        ("20.10.24", "17.06.0", "Docker 17.06.0 has no BuildKit: 18.09 or newer is needed"),
        ("20.10.24", "", "no Docker engine answers `docker version`: start it"),
    ],
)
def test_what_cannot_build_is_told_in_a_sentence(
    version: str, engine: str, sentence: str, tmp_path: Path
) -> None:
    found = docker(tmp_path / "first", version, engine=engine)
    with pytest.raises(images.StackError) as refused:
        images.builder([found])
    assert sentence in str(refused.value)
    assert "\n" not in str(refused.value)


def test_every_docker_on_the_path_is_seen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found = [docker(tmp_path / one, "28.2.2") for one in ("first", "second")]
    monkeypatch.setenv("PATH", f"{tmp_path / 'first'}:{tmp_path}:{tmp_path / 'second'}")
    assert list(images.clients()) == found


def test_without_docker_a_sentence_says_where_it_comes_from() -> None:
    with pytest.raises(images.StackError, match="`docker` is not here: install Docker Engine"):
        images.builder([])


def test_a_build_that_fails_ends_with_its_last_words_and_where_to_look() -> None:
    planner, _ = images.builds(RESOLVED)
    loud = ("sh", "-c", "seq 100; echo no route to the package index; exit 1")
    with pytest.raises(images.StackError) as failed:
        images.built(planner, *loud)
    lines = str(failed.value).splitlines()
    assert lines[0] == "darkstar-planner:local cannot be built:"
    assert lines[-2] == "no route to the package index"
    assert '"Building behind a mirror"' in lines[-1]
    assert len(lines) == images.SHOWN + 2


def test_a_build_uses_buildkit_and_says_how_long_it_took() -> None:
    planner, _ = images.builds(RESOLVED)
    sentence = images.built(planner, "sh", "-c", 'test "$DOCKER_BUILDKIT" = 1')
    assert sentence.startswith("built darkstar-planner:local in ")


def test_the_commit_that_is_built_from_has_a_time() -> None:
    revision, epoch = images.commit()
    if (ROOT / ".git").exists():
        assert len(revision) == 40
        assert int(epoch) > 1_600_000_000
    else:
        assert (revision, epoch) == ("", "")


def test_the_build_sees_what_the_images_are_made_of_and_no_secret() -> None:
    lines = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    assert lines[1] == "*"
    let_in = {line for line in lines if line.startswith("!")}
    assert let_in == {
        *("!deploy/health.py", "!deploy/site.sh", "!deploy/settle.sh", "!libs/darkstar_common"),
        *("!requirements/*.txt", "!services", "!services/gateway/web/.npmrc"),
    }
    named = (DEPLOY / "Dockerfile").read_text(encoding="utf-8")
    for line in let_in:
        assert line.removeprefix("!").removesuffix("/.npmrc").split("*")[0] in named
