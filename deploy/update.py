"""Brings Darkstar in containers to another version, and back to the one before if it is not well.

`make update`, or `make update VERSION=v1.2`: the house is packed first, then the version is fetched
and built while the old one runs. If the new one does not become healthy, its images, the files of
the clone and all that the services kept are as before. Standard library only.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from containers import Containers, script  # type: ignore[import-not-found, unused-ignore]
from moving import BACKUPS, backup, put_in_place, usable  # type: ignore[import-not-found, unused-ignore]
from stack import ROOT, StackError, said  # type: ignore[import-not-found, unused-ignore]

from darkstar_common.launcher.moving.errors import MovingError

BEFORE = "before-update"
"""The tag of the images that an update can go back to."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Clone:
    """The version that is in the files here."""

    commit: str
    branch: str
    """Empty where a version was checked out by its name."""

    def go_back(self) -> None:
        """Have these files again; nothing that was changed by hand is lost.

        Raises:
            MovingError: They cannot be had.
        """
        if self.branch:
            git("checkout", "--quiet", self.branch)
            git("reset", "--quiet", "--keep", self.commit)
        else:
            git("checkout", "--quiet", "--detach", self.commit)


def git(*arguments: str) -> str:
    """What git answers.

    Raises:
        MovingError: It could not; the text is its own.
    """
    command = ("git", "-C", str(ROOT), *arguments)
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 (fixed words)
    if done.returncode:
        raise MovingError(f"git {arguments[0]}: {' '.join(done.stderr.split()) or 'it failed'}")
    return done.stdout.strip()


def present() -> Clone:
    """The version that is here.

    Raises:
        MovingError: There is no clone, or somebody changed its files.
    """
    changed = git("status", "--porcelain", "--untracked-files=no")
    if changed:
        names = ", ".join(line.split(maxsplit=1)[1] for line in changed.splitlines()[:3])
        raise MovingError(
            f"files of the clone were changed ({names}), and an update would lose or mix that. "
            "Nothing was changed; put it into deploy/.env or deploy/compose.override.yaml instead, "
            "and `git checkout` those files"
        )
    return Clone(
        commit=git("rev-parse", "HEAD"),
        branch=said("git", "-C", str(ROOT), "symbolic-ref", "--quiet", "--short", "HEAD") or "",
    )


def fetch(version: str) -> None:
    """Have the files of `version`, or of the newest one of this branch.

    Raises:
        MovingError: There is none such, or it does not follow on the one that is here.
    """
    if not version:
        git("pull", "--quiet", "--ff-only")
        return
    if said("git", "-C", str(ROOT), "remote"):
        git("fetch", "--quiet", "--tags")
    git("checkout", "--quiet", version)


def images(containers: Containers) -> Mapping[str, str]:
    """The images of the services that are here, and the tag under which each can be found again."""
    found = sorted(
        {one for one in containers.run("config", "--images").split() if one.startswith("darkstar-")}
    )
    return {one: f"{one.rsplit(':', 1)[0]}:{BEFORE}" for one in found}


def tag(source: str, target: str) -> None:
    """Give an image another name.

    Raises:
        MovingError: There is no such image.
    """
    done = subprocess.run(  # noqa: S603 (fixed words)
        ("docker", "tag", source, target),  # noqa: S607
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise MovingError(f"{done.stderr.strip()}; `make up` builds what is missing")


def update(
    containers: Containers, version: str, flags: tuple[str, ...], now: datetime
) -> tuple[str, ...]:
    """Go over to `version`.

    Args:
        containers: Whose house.
        version: A tag, branch or commit; empty: the newest of this branch.
        flags: What `make up` is told.
        now: When.

    Returns:
        Sentences on what was done.

    Raises:
        MovingError: It could not be done; the version before runs, with all that it had.
    """
    old, names = present(), images(containers)
    for image, kept in names.items():
        tag(image, kept)
    archive = BACKUPS / f"darkstar-before-update-{now:%Y%m%dT%H%M%SZ}.tar.gz"
    for line in backup(containers, archive, now):
        tell(line)
    fetched(old, version)
    commit = git("rev-parse", "HEAD")
    if commit == old.commit:
        return (f"{old.commit[:12]} is here already, and nothing newer",)
    ran = containers.run("ps", "--quiet")
    tell(f"from {old.commit[:12]} to {commit[:12]}: building, and starting what is new")
    try:
        script(("make", "--no-print-directory", "-C", str(ROOT), "up", *flags))
    except MovingError:
        tell("the new version did not become healthy: going back")
        go_back(containers, old, names, archive, begun=containers.run("ps", "--quiet") != ran)
        raise MovingError(
            f"{commit[:12]} was not taken: it could not be built, or its services did not become "
            f"healthy (see above, and `make logs`). {old.commit[:12]} runs again, with all that it "
            f"had; what was there is in {archive}, too"
        ) from None
    return (
        f"{commit[:12]} runs, and is healthy; `make update VERSION={old.commit[:12]}` goes back",
    )


def fetched(old: Clone, version: str) -> None:
    """As `fetch`, and back to `old` where that is not possible.

    Raises:
        MovingError: It is not; all is as it was.
    """
    try:
        fetch(version)
    except MovingError:
        old.go_back()
        raise


def go_back(
    containers: Containers, old: Clone, names: Mapping[str, str], archive: Path, *, begun: bool
) -> None:
    """Have the version before again, and what its services kept, if the new one has `begun`.

    Raises:
        MovingError: It cannot be had; the text says what to do.
    """
    try:
        old.go_back()
        for image, kept in names.items():
            tag(kept, image)
        if begun:
            put_in_place(containers, archive, usable(archive), secrets=False)
            containers.start()
    except MovingError as error:
        raise MovingError(
            f"the way back failed: {error}. The house is whole in {archive}: check out "
            f"{old.commit[:12]}, `make up`, then `make restore FILE={archive} REPLACE=1`"
        ) from None


def tell(line: str) -> None:
    """Print a sentence at once: what follows may take minutes."""
    print(f"darkstar: {line}", flush=True)


def main(*arguments: str) -> None:
    """Update; exit code 1 and a sentence where it cannot be done."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--simulated", action="store_true", help="the simulated house")
    parser.add_argument("--observability", action="store_true", help="with Prometheus and Grafana")
    parser.add_argument("--version", default="", help="a tag, branch or commit")
    options = parser.parse_args(arguments)
    flags = (
        f"PYTHON={sys.executable}",
        *(("SIMULATED=1",) if options.simulated else ()),
        *(("OBSERVABILITY=1",) if options.observability else ()),
    )
    try:
        containers = Containers(simulated=options.simulated)
        for line in update(containers, options.version, flags, datetime.now(UTC)):
            tell(line)
    except (MovingError, StackError, OSError) as error:
        sys.exit(f"darkstar: {error}")


if __name__ == "__main__":
    main(*sys.argv[1:])
