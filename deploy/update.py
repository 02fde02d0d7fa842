"""Brings Darkstar in containers to another version, and back to the one before if it is not well.

`make update`, or `make update VERSION=v1.2`: the house is packed first, then the version is fetched
and built while the old one runs. If the new one does not become healthy, its images, the files of
the clone and all that the services kept are as before. One that was interrupted is taken up again
by the next. Standard library only.
"""

from __future__ import annotations

import argparse
import json
import shutil
import subprocess
import sys
from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from containers import Containers, script  # type: ignore[import-not-found, unused-ignore]
from moving import BACKUPS, backup, put_in_place, usable  # type: ignore[import-not-found, unused-ignore]
from stack import ROOT, StackError, said  # type: ignore[import-not-found, unused-ignore]

from darkstar_common.launcher.moving.errors import MovingError

ARCHIVE = "darkstar-before-update-"
"""How the names of the archives begin that updates pack."""
ARCHIVES = 3
"""As many of them are kept, the newest."""
ROOM = 3e9
"""What building takes at most [bytes], and must be free."""
BEFORE = "before-update"
"""The tag of the images that an update can go back to."""
REVISION = "org.opencontainers.image.revision"
"""The label that says of which commit an image is; its containers have it, too."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Image:
    """An image that is here."""

    id: str
    revision: str
    """The commit that it was built from; empty where it does not say."""


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
    if there(f"refs/remotes/origin/{version}"):
        follow(version)
    else:
        git("checkout", "--quiet", version, "--")


def follow(branch: str) -> None:
    """Have the files of a branch as origin has it: the one here may have stood still.

    Raises:
        MovingError: The one here has gone another way.
    """
    remote = f"refs/remotes/origin/{branch}"
    if not there(f"refs/heads/{branch}"):
        git("checkout", "--quiet", "-b", branch, "--track", f"origin/{branch}")
        return
    if not (follows(f"refs/heads/{branch}", remote) or follows(remote, f"refs/heads/{branch}")):
        raise MovingError(
            f"the branch {branch} here and that of origin have parted, and neither follows on the "
            f"other: `git branch --move {branch} {branch}-here` keeps yours by another name, then "
            f"`make update VERSION={branch}` takes origin's"
        )
    git("checkout", "--quiet", branch, "--")
    git("merge", "--quiet", "--ff-only", remote)


def there(reference: str) -> bool:
    """Whether the clone has what git calls so, as a branch by its full name."""
    return said("git", "-C", str(ROOT), "rev-parse", "--verify", "--quiet", reference) is not None


def follows(older: str, newer: str) -> bool:
    """Whether `newer` has all that `older` has."""
    asked = ("merge-base", "--is-ancestor", older, newer)
    return said("git", "-C", str(ROOT), *asked) is not None


def images(containers: Containers) -> Mapping[str, str]:
    """The images of the services that are here, and the tag under which each can be found again."""
    found = sorted(
        {one for one in containers.run("config", "--images").split() if one.startswith("darkstar-")}
    )
    return {one: f"{one.rsplit(':', 1)[0]}:{BEFORE}" for one in found}


def known(name: str) -> Image | None:
    """The image of that name, if it is here."""
    told = ("--format", "{{.Id}} {{json .Config.Labels}}", name)
    answer = said("docker", "image", "inspect", *told)
    if not answer:
        return None
    identity, _, labels = answer.partition(" ")
    return Image(id=identity, revision=_revision(labels))


def run_now(containers: Containers) -> set[str]:
    """The commits of which our containers are that run now."""
    running = containers.run("ps", "--quiet").split()
    told = ("--format", "{{.Config.Image}} {{json .Config.Labels}}", *running)
    answer = said("docker", "inspect", *told) if running else ""
    found = (line.partition(" ") for line in (answer or "").splitlines())
    return {_revision(labels) for image, _, labels in found if image.startswith("darkstar-")}


def _revision(labels: str) -> str:
    return str((json.loads(labels or "null") or {}).get(REVISION, ""))


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
    head = present()
    need_room()
    need_way(head, version)
    names = images(containers)
    displaced = {one.id for one in map(known, (*names, *names.values())) if one}
    here = {one: known(one) for one in names}
    others = ({one.revision for one in here.values() if one} | run_now(containers)) - {head.commit}
    containers.need_images()
    archive = BACKUPS / f"{ARCHIVE}{now:%Y%m%dT%H%M%SZ}.tar.gz"
    for line in backup(containers, archive, now):
        tell(line)
    fetched(head, version)
    commit = git("rev-parse", "HEAD")
    if commit == head.commit and not others and None not in here.values():
        archive.unlink()
        return (f"{commit[:12]} is here already, and nothing newer: that archive is not kept",)
    if commit == head.commit:
        tell(f"{commit[:12]} is here already, but was not built and started to its end")
    old = origin(head, others)
    keep(names, here, head, others)
    if commit != old.commit and follows(commit, old.commit):
        tell(f"{commit[:12]} is older than {old.commit[:12]}, which is here")
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
        *tidied(names, displaced),
    )


def need_room() -> None:
    """Make sure that there is room to build, where Docker keeps its images and where the clone is.

    Raises:
        MovingError: There is too little.
    """
    docker = said("docker", "info", "--format", "{{.DockerRootDir}}")
    # A Docker on another machine, or in a virtual one, has its directory there.
    places = [ROOT, *(Path(one) for one in [docker] if one and Path(one).exists())]
    for place in places:
        free = shutil.disk_usage(place).free
        if free < ROOM:
            raise MovingError(
                f"only {free / 1e9:.1f} GB are free on the disk of {place}, and an update needs "
                f"{ROOM / 1e9:.0f}. Nothing was changed; `docker builder prune` and `docker image "
                f"prune` give back what Docker no longer needs, and old files in {BACKUPS} can go"
            )


def tidied(names: Mapping[str, str], displaced: AbstractSet[str]) -> tuple[str, ...]:
    """Remove the images that had our names, and the archives that newer ones have replaced.

    Returns:
        Sentences on what could not be removed: the new version runs all the same.
    """
    named = {one.id for one in map(known, (*names, *names.values())) if one}
    for one in sorted(displaced - named):
        # Docker refuses where a container or another name still has it, and then it stays.
        said("docker", "image", "rm", one)
    try:
        for archive in sorted(BACKUPS.glob(f"{ARCHIVE}*.tar.gz"))[:-ARCHIVES]:
            archive.unlink()
    except OSError as error:
        return (f"older archives in {BACKUPS} could not be removed: {error}",)
    return ()


def need_way(head: Clone, version: str) -> None:
    """Make sure that there is such a version, or a newest one where none is named.

    Raises:
        MovingError: There is none: nobody has it, or no branch is checked out, or the origin that
            would know cannot be asked.
    """
    if not (version or head.branch):
        raise MovingError(
            f"{head.commit[:12]} was checked out by itself, not as a branch, so nothing is the "
            "newest after it. Nothing was changed; `make update VERSION=main` goes to the newest "
            "of main"
        )
    if not (version or there("@{upstream}")):
        raise MovingError(
            f"the branch {head.branch} is of this clone alone, so there is no newer one to have. "
            f"Nothing was changed; `git branch --set-upstream-to=origin/{head.branch}` says where "
            "it comes from"
        )
    if said("git", "-C", str(ROOT), "remote"):
        git("fetch", "--quiet", "--tags")
    if version and not any(
        there(one) for one in (f"refs/remotes/origin/{version}", f"{version}^{{commit}}")
    ):
        raise MovingError(
            f"there is no version {version}, neither here nor at the origin. Nothing was changed; "
            "`git tag` and `git branch --all` list what there is"
        )


def origin(head: Clone, others: AbstractSet[str]) -> Clone:
    """The version that the images are of, if an update to `head` was interrupted."""
    if len(others) == 1 and all(one and follows(one, head.commit) for one in others):
        return replace(head, commit=next(iter(others)))
    return head


def keep(
    names: Mapping[str, str],
    here: Mapping[str, Image | None],
    head: Clone,
    others: AbstractSet[str],
) -> None:
    """Give the images before the names under which an update finds them again.

    What an interrupted update has built is not what was before: that one is kept already.

    Raises:
        MovingError: There is no such image.
    """
    for image, kept in names.items():
        now, before = here[image], known(kept)
        if (now is None or now.revision == head.commit) and before and before.revision in others:
            continue
        tag(now.id if now else image, kept)


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
