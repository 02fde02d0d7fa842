"""`make backup`, `make restore` and `make update`, with a Compose and a Docker that are played.

All of it but the engine is real: make, git, the scripts in `deploy/`, what runs in each container.
"""

from __future__ import annotations

import json
import os
import shutil
import stat
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest
from support import played_compose
from unit.common.moving.test_moving_archive import packed

from darkstar_common import __version__
from darkstar_common.launcher.moving.archive import verified
from darkstar_common.launcher.moving.contents import FORMAT, Head

pytestmark = [pytest.mark.timeout(300)]
ROOT = Path(__file__).resolve().parents[2]
GIT = ("git", "-c", "user.name=test", "-c", "user.email=test@example.org", "-c", "gc.auto=0")
BUILD = """\
import json, os, pathlib, subprocess
path = pathlib.Path(os.environ["PLAYED_STACK"]) / "images.json"
images = json.loads(path.read_text())
for name in {{one.rsplit(":", 1)[0] for one in images}}:
    images[name + ":local"] = {image!r}
if {image!r} == "unbuilt":
    raise SystemExit("darkstar: it cannot be built")
path.write_text(json.dumps(images))
path = path.with_name("revisions.json")
head = subprocess.check_output(("git", "rev-parse", "HEAD"), text=True).strip()
path.write_text(json.dumps({{**json.loads(path.read_text()), {image!r}: head}}))
"""

SCRIPT = f"""\
#!/bin/sh
if [ "{{name}} $*" = "docker-compose version --short" ]; then
  echo "$*" >> "$PLAYED_STACK/calls"
  echo {played_compose.VERSION}
  exit
fi
exec {sys.executable} -S {played_compose.__file__} {{name}} "$@"
"""
"""What every other call asks is answered without a Python; the player needs no packages."""


@dataclass(frozen=True)
class Stack:
    """A clone, and the stack that is played for it."""

    clone: Path
    stage: Path

    def make(self, *words: str, succeeds: bool = True) -> str:
        told = {
            **{one: text for one, text in os.environ.items() if not one.startswith("DARKSTAR")},
            "PATH": f"{self.stage / 'bin'}:{os.environ['PATH']}",
            "COMPOSE": str(self.stage / "bin/docker-compose"),
            "PLAYED_STACK": str(self.stage),
        }
        done = subprocess.run(
            ("make", "--no-print-directory", f"PYTHON={sys.executable}", *words), cwd=self.clone,
            env=told, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False,
        )  # fmt: skip
        assert (done.returncode == 0) is succeeds, done.stdout
        return done.stdout

    def git(self, *words: str) -> str:
        done = subprocess.run(
            (*GIT, *words), cwd=self.clone, text=True, capture_output=True, check=True
        )
        return done.stdout.strip()

    def commit(self, image: str) -> str:
        """A version whose images are `image`."""
        (self.clone / "deploy/images.py").write_text(BUILD.format(image=image), encoding="utf-8")
        self.git("add", "-A")
        self.git("commit", "--quiet", "--message", image)
        return self.git("rev-parse", "HEAD")

    def keep(self, text: str) -> None:
        """Let a service have kept something."""
        path = self.stage / "volumes/planner/planner/kept.txt"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")

    @property
    def kept(self) -> str:
        return (self.stage / "volumes/planner/planner/kept.txt").read_text(encoding="utf-8")

    @property
    def running(self) -> str | None:
        """The image of what runs."""
        path = self.stage / "running"
        return path.read_text(encoding="utf-8") if path.exists() else None

    @property
    def calls(self) -> list[str]:
        return (self.stage / "calls").read_text(encoding="utf-8").splitlines()

    @property
    def archives(self) -> list[Path]:
        return sorted((self.clone / "backups").glob("*.tar.gz"))

    def images(self) -> dict[str, str]:
        found: dict[str, str] = json.loads((self.stage / "images.json").read_text())
        return found


@pytest.fixture(scope="module")
def started(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where a stack was started that has kept something; each test has a copy of it."""
    place = tmp_path_factory.mktemp("started")
    clone, stage = place / "clone", place / "stage"
    ours = shutil.ignore_patterns(
        "__pycache__", "node_modules", "secrets", "house", ".env", "*.override.yaml"
    )
    shutil.copytree(ROOT / "deploy", clone / "deploy", ignore=ours)
    common = "libs/darkstar_common/src/darkstar_common"
    shutil.copytree(ROOT / common / "launcher", clone / common / "launcher", ignore=ours)
    for name in ("Makefile", "config.example.yaml", ".gitignore", f"{common}/__init__.py"):
        shutil.copy(ROOT / name, clone / name)
    (stage / "bin").mkdir(parents=True)
    for name in ("docker", "docker-compose"):
        script = stage / "bin" / name
        script.write_text(SCRIPT.format(name=name), encoding="utf-8")
        script.chmod(0o755)
    images = {f"darkstar-{one}:local": "one" for one in played_compose.SERVICES}
    (stage / "images.json").write_text(json.dumps(images), encoding="utf-8")
    (stage / "revisions.json").write_text("{}", encoding="utf-8")
    stack = Stack(clone, stage)
    stack.git("init", "--quiet", "--initial-branch", "main")
    stack.commit("one")
    stack.make("up")
    stack.keep("at first")
    return place


@pytest.fixture
def stack(started: Path, tmp_path: Path) -> Stack:
    for name in ("clone", "stage"):
        shutil.copytree(started / name, tmp_path / name, symlinks=True)
    stack = Stack(tmp_path / "clone", tmp_path / "stage")
    assert stack.git("status", "--porcelain") == ""
    return stack


def test_a_house_is_packed_while_it_runs(stack: Stack) -> None:
    said = stack.make("backup")
    (archive,) = stack.archives
    assert f"{archive}: the whole house, without its passwords" in said
    assert {"config/config.yaml", "state/planner/kept.txt"} == set(
        verified(archive, __version__).members
    )
    assert stack.running == "one"
    assert not any(call.startswith("stop") for call in stack.calls)


def test_passwords_are_packed_where_asked_for_and_come_back(stack: Stack, tmp_path: Path) -> None:
    planner = stack.clone / "deploy/secrets/planner"
    password = planner.read_text(encoding="utf-8")
    stack.make("backup", f"FILE={tmp_path}/house.tar.gz", "SECRETS=1")
    planner.write_text("another-long-password\n", encoding="utf-8")
    stack.make("restore", f"FILE={tmp_path}/house.tar.gz", "REPLACE=1")
    assert planner.read_text(encoding="utf-8") == "another-long-password\n"
    stack.make("restore", f"FILE={tmp_path}/house.tar.gz", "REPLACE=1", "SECRETS=1")
    assert planner.read_text(encoding="utf-8") == password


def _emptied(stack: Stack) -> None:
    """As a new machine is: the clone alone."""
    stack.make("down")
    for one in ("clone/deploy/secrets", "clone/deploy/house", "stage/volumes"):
        shutil.rmtree(stack.stage.parent / one)
    for one in ("config.yaml", *(f"deploy/{name}" for name in OWN)):
        (stack.clone / one).unlink(missing_ok=True)


OWN = (".env", "compose.override.yaml", "mosquitto/acl.house", "house/mosquitto.conf")


@pytest.fixture
def secured(stack: Stack) -> Stack:
    """A house with TLS and a token, and what a site has of its own."""
    tls = stack.clone / "deploy/secrets/tls"
    tls.mkdir()
    for name in ("ca.key", "ca.pem", "broker.key"):
        (tls / name).write_text("-----", encoding="utf-8")
    (stack.clone / "deploy/secrets/token").write_text("a token", encoding="utf-8")
    for name in OWN:
        (stack.clone / "deploy" / name).write_text("", encoding="utf-8")
    override = stack.clone / "deploy/compose.override.yaml"
    override.write_text("secrets/token secrets/tls/ca.pem", encoding="utf-8")
    return stack


def test_a_house_with_certificates_moves_to_a_new_machine(secured: Stack, tmp_path: Path) -> None:
    secured.make("backup", f"FILE={tmp_path}/house.tar.gz", "SECRETS=1")
    _emptied(secured)
    said = secured.make("restore", f"FILE={tmp_path}/house.tar.gz", "SECRETS=1")
    assert "start it with `make up`" in said
    secured.make("up")
    deploy = secured.clone / "deploy"
    modes = {
        one: stat.S_IMODE((deploy / one).stat().st_mode)
        for one in ("secrets/tls", "secrets/tls/ca.key", "secrets/tls/broker.key", *OWN)
    }
    assert modes == {
        "secrets/tls": 0o700,
        "secrets/tls/ca.key": 0o600,  # no container reads it
        "secrets/tls/broker.key": 0o644,
        ".env": 0o600,
        "compose.override.yaml": 0o600,
        "mosquitto/acl.house": 0o644,  # the broker does, as a user of its own
        "house/mosquitto.conf": 0o644,
    }


def test_secrets_that_stayed_behind_are_named_and_the_state_is_in_place(
    secured: Stack, tmp_path: Path
) -> None:
    secured.make("backup", f"FILE={tmp_path}/house.tar.gz")
    _emptied(secured)
    said = secured.make("restore", f"FILE={tmp_path}/house.tar.gz")
    assert "deploy/secrets/tls/ca.pem, deploy/secrets/token did not come along" in said
    assert "`make certs`" in said
    assert secured.kept == "at first"
    assert {one.name for one in (secured.stage / "volumes").glob("*/.*")} == set()


def test_a_restored_house_is_as_it_was_and_runs(stack: Stack, tmp_path: Path) -> None:
    config = stack.clone / "deploy/house/config/config.yaml"
    before = config.read_bytes()
    stack.make("backup", f"FILE={tmp_path}/house.tar.gz")
    stack.keep("later")
    config.write_text("site: later\n", encoding="utf-8")
    said = stack.make("restore", f"FILE={tmp_path}/house.tar.gz", "REPLACE=1")
    assert "all services run again, and are healthy" in said
    assert (stack.kept, config.read_bytes(), stack.running) == ("at first", before, "one")
    (kept,) = stack.archives
    said = stack.make("restore", f"FILE={kept}", "REPLACE=1")
    assert (stack.kept, config.read_text(encoding="utf-8")) == ("later", "site: later\n")


def test_a_house_that_is_lived_in_is_not_replaced_unasked(stack: Stack, tmp_path: Path) -> None:
    stack.make("backup", f"FILE={tmp_path}/house.tar.gz")
    stack.keep("later")
    said = stack.make("restore", f"FILE={tmp_path}/house.tar.gz", succeeds=False)
    assert "there is a house here already: the state of the planner" in said
    assert "REPLACE=1" in said
    assert (stack.kept, stack.running) == ("later", "one")


def test_a_restore_without_a_file_says_how(stack: Stack) -> None:
    assert "make restore FILE=house.tar.gz" in stack.make("restore", succeeds=False)


def test_what_one_service_cannot_use_leaves_all_as_they_were(stack: Stack, tmp_path: Path) -> None:
    house = {
        "config/config.yaml": b"site: home\n",
        "state/planner/kept.txt": b"of the archive",
        "state/recorder/history.duckdb": b"no database",
    }
    head = Head(format=FORMAT, version=__version__, made_at="2026-01-01T00:00:00+00:00")
    packed(tmp_path / "house.tar.gz", head, house)
    said = stack.make("restore", f"FILE={tmp_path}/house.tar.gz", "REPLACE=1", succeeds=False)
    assert "no DuckDB file" in said
    assert (stack.kept, stack.running) == ("at first", "one")
    left = {one.name for one in (stack.stage / "volumes").glob("*/.*")}
    assert left == set()


def test_a_disk_that_is_full_when_most_have_the_new_one_gives_all_the_old_one(
    stack: Stack, tmp_path: Path
) -> None:
    stack.make("backup", f"FILE={tmp_path}/house.tar.gz")
    stack.keep("later")
    (stack.stage / "fails").write_text("commit gateway", encoding="utf-8")
    said = stack.make("restore", f"FILE={tmp_path}/house.tar.gz", "REPLACE=1", succeeds=False)
    assert "No space left on device" in said
    assert any(call.endswith("commit executor") for call in stack.calls)
    assert (stack.kept, stack.running) == ("later", "one")
    assert {one.name for one in (stack.stage / "volumes").glob("*/.*")} == set()


def test_an_update_takes_the_new_version_and_says_the_way_back(stack: Stack) -> None:
    old = stack.git("rev-parse", "HEAD")
    stack.git("checkout", "--quiet", "-b", "next")
    new = stack.commit("two")
    stack.git("checkout", "--quiet", "main")
    said = stack.make("update", "VERSION=next")
    assert f"{new[:12]} runs, and is healthy; `make update VERSION={old[:12]}` goes back" in said
    assert (stack.running, stack.kept) == ("two", "at first")
    assert stack.images()["darkstar-planner:before-update"] == "one"
    (archive,) = stack.archives
    assert "before-update" in archive.name
    stack.make("update", f"VERSION={old[:12]}")
    assert stack.running == "one"


def test_a_version_that_is_not_well_is_taken_back_with_all_it_changed(stack: Stack) -> None:
    old = stack.git("rev-parse", "HEAD")
    stack.git("checkout", "--quiet", "-b", "next")
    stack.commit("unwell")
    stack.git("checkout", "--quiet", "main")
    said = stack.make("update", "VERSION=next", succeeds=False)
    assert "going back" in said
    assert f"{old[:12]} runs again, with all that it had" in said
    assert (stack.running, stack.kept) == ("one", "at first")
    assert stack.images()["darkstar-planner:local"] == "one"
    assert (stack.git("rev-parse", "HEAD"), stack.git("branch", "--show-current")) == (old, "main")


def test_a_version_that_cannot_be_built_stops_nothing(stack: Stack) -> None:
    old = stack.git("rev-parse", "HEAD")
    stack.git("checkout", "--quiet", "-b", "next")
    stack.commit("unbuilt")
    stack.git("checkout", "--quiet", "main")
    said = stack.make("update", "VERSION=next", succeeds=False)
    assert "could not be built" in said
    assert stack.running == "one"
    assert not any(call.startswith("stop") for call in stack.calls)
    assert stack.git("rev-parse", "HEAD") == old


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (("update", "VERSION=v99"), "there is no version v99, neither here nor at the origin"),
        (("update",), "the branch main is of this clone alone"),
    ],
)
def test_a_version_that_there_is_not_changes_nothing(
    words: tuple[str, ...], complaint: str, stack: Stack
) -> None:
    old = stack.git("rev-parse", "HEAD")
    assert complaint in stack.make(*words, succeeds=False)
    assert (stack.git("rev-parse", "HEAD"), stack.running) == (old, "one")
    assert stack.archives == []


def test_files_that_somebody_changed_stop_an_update(stack: Stack) -> None:
    with (stack.clone / "Makefile").open("a", encoding="utf-8") as file:
        file.write("# mine\n")
    said = stack.make("update", succeeds=False)
    assert "files of the clone were changed (Makefile)" in said
    assert stack.archives == []
    assert (stack.clone / "Makefile").read_text(encoding="utf-8").endswith("# mine\n")


def _published(stack: Stack, remote: Path, image: str = "two") -> str:
    """Let origin have a newer version of main than is here."""
    old = stack.git("rev-parse", "HEAD")
    new = stack.commit(image)
    stack.git("clone", "--quiet", "--bare", str(stack.clone), str(remote))
    stack.git("reset", "--quiet", "--hard", old)
    stack.git("remote", "add", "origin", str(remote))
    stack.git("fetch", "--quiet", "origin")
    stack.git("branch", "--quiet", "--set-upstream-to", "origin/main")
    return new


def test_the_newest_version_is_pulled(stack: Stack, tmp_path: Path) -> None:
    new = _published(stack, tmp_path / "remote")
    assert f"{new[:12]} runs, and is healthy" in stack.make("update")
    assert stack.running == "two"
    assert "nothing newer" in stack.make("update")
    assert stack.images()["darkstar-planner:before-update"] == "one"


@pytest.mark.parametrize("done", ["nothing", "one image", "all images", "one image is missing"])
def test_an_update_that_was_interrupted_is_taken_up_by_the_next(
    done: str, stack: Stack, tmp_path: Path
) -> None:
    old, new = stack.git("rev-parse", "HEAD"), _published(stack, tmp_path / "remote")
    stack.git("pull", "--quiet")
    images = stack.images()
    for name in [one for one in images if one.endswith(":local")]:
        images[name.replace(":local", ":before-update")] = images[name]
        if done == "all images" or (done == "one image" and "planner" in name):
            images[name] = "two"
    if done == "one image is missing":
        del images["darkstar-planner:local"]
    (stack.stage / "images.json").write_text(json.dumps(images), encoding="utf-8")
    revisions = json.dumps({"one": old, "two": new})
    (stack.stage / "revisions.json").write_text(revisions, encoding="utf-8")
    said = stack.make("update")
    assert f"from {old[:12]} to {new[:12]}" in said
    assert f"{new[:12]} runs, and is healthy; `make update VERSION={old[:12]}` goes back" in said
    assert stack.running == "two"
    kept = {image for name, image in stack.images().items() if name.endswith("before-update")}
    assert kept == {"one"}
    assert "nothing newer" in stack.make("update")


def test_an_interrupted_update_that_is_not_well_goes_back_to_where_it_came_from(
    stack: Stack, tmp_path: Path
) -> None:
    old = stack.git("rev-parse", "HEAD")
    _published(stack, tmp_path / "remote", "unwell")
    stack.git("pull", "--quiet")
    assert f"{old[:12]} runs again" in stack.make("update", succeeds=False)
    assert (stack.running, stack.git("rev-parse", "HEAD")) == ("one", old)
    assert stack.git("branch", "--show-current") == "main"


@pytest.mark.parametrize("detached", [True, False])
@pytest.mark.parametrize("local", [True, False])
def test_a_branch_is_taken_as_origin_has_it(
    detached: bool, local: bool, stack: Stack, tmp_path: Path
) -> None:
    new = _published(stack, tmp_path / "remote")
    if detached or not local:
        stack.git("checkout", "--quiet", "--detach")
    if not local:
        stack.git("branch", "--quiet", "--delete", "--force", "main")
    assert f"{new[:12]} runs, and is healthy" in stack.make("update", "VERSION=main")
    assert (stack.git("rev-parse", "HEAD"), stack.running) == (new, "two")
    assert stack.git("branch", "--show-current") == "main"
    assert "nothing newer" in stack.make("update")


def test_a_branch_that_has_parted_from_origins_is_not_taken(stack: Stack, tmp_path: Path) -> None:
    _published(stack, tmp_path / "remote")
    mine = stack.commit("mine")
    said = stack.make("update", "VERSION=main", succeeds=False)
    assert "the branch main here and that of origin have parted" in said
    assert (stack.git("rev-parse", "HEAD"), stack.running) == (mine, "one")


def test_an_older_version_is_called_so(stack: Stack) -> None:
    old = stack.git("rev-parse", "HEAD")
    new = stack.commit("two")
    stack.make("up")
    said = stack.make("update", f"VERSION={old}")
    assert f"{old[:12]} is older than {new[:12]}" in said


def test_without_a_branch_nothing_is_the_newest_and_nothing_is_packed(
    stack: Stack, tmp_path: Path
) -> None:
    _published(stack, tmp_path / "remote")
    stack.git("checkout", "--quiet", "--detach")
    said = stack.make("update", succeeds=False)
    assert "`make update VERSION=main` goes to the newest" in said
    assert (stack.archives, stack.running) == ([], "one")


def test_updates_leave_no_more_than_the_way_back(stack: Stack) -> None:
    commits = [stack.git("rev-parse", "HEAD"), stack.commit("two"), stack.commit("three")]
    stack.git("reset", "--quiet", "--hard", commits[0])
    backups = stack.clone / "backups"
    backups.mkdir()
    old = [f"darkstar-before-update-2024010{day}T000000Z.tar.gz" for day in range(1, 5)]
    for name in (*old, "darkstar-20200101T000000Z.tar.gz"):
        (backups / name).write_text("", encoding="utf-8")
    stack.make("update", f"VERSION={commits[1]}")
    assert not (stack.stage / "removed").exists()  # the image before is the way back
    assert [one.name for one in stack.archives][:3] == [
        "darkstar-20200101T000000Z.tar.gz",
        *old[2:],
    ]
    assert len(stack.archives) == 4
    stack.make("update", f"VERSION={commits[2]}")
    assert (stack.stage / "removed").read_text(encoding="utf-8").split() == ["one"]
    assert set(stack.images().values()) == {"two", "three"}
    before = stack.archives
    assert "nothing newer" in stack.make("update", f"VERSION={commits[2]}")
    assert stack.archives == before


def test_an_update_that_was_not_taken_removes_nothing(stack: Stack) -> None:
    old = stack.git("rev-parse", "HEAD")
    new = stack.commit("unwell")
    stack.git("reset", "--quiet", "--hard", old)
    backups = stack.clone / "backups"
    backups.mkdir()
    for day in range(1, 5):
        (backups / f"darkstar-before-update-2024010{day}T000000Z.tar.gz").write_text("")
    stack.make("update", f"VERSION={new}", succeeds=False)
    assert len(stack.archives) == 5
    assert not (stack.stage / "removed").exists()


@pytest.mark.parametrize("full", ["clone", "stage"])
def test_a_full_disk_stops_an_update_before_it_begins(full: str, stack: Stack) -> None:
    place = stack.stage.parent / full
    # What Python runs at its start in that clone: a disk that has 2 GB left.
    (stack.stage / "site").mkdir()
    (stack.stage / "site/sitecustomize.py").write_text(
        "import collections, shutil\n"
        "real, Usage = shutil.disk_usage, collections.namedtuple('Usage', 'total used free')\n"
        "shutil.disk_usage = lambda path: (\n"
        f"    Usage(9e9, 7e9, 2e9) if str(path) == {str(place)!r} else Usage(9e9, 1e9, 8e9)\n"
        ")\n",
        encoding="utf-8",
    )
    said = stack.make(
        "update", f"PYTHON=PYTHONPATH={stack.stage}/site {sys.executable}", succeeds=False
    )
    assert f"only 2.0 GB are free on the disk of {place}, and an update needs 3" in said
    assert (stack.archives, stack.running) == ([], "one")
