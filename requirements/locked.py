"""What is locked: which package in which version goes into which image, and under which licence.

LockedError   a lock names what is not installed here; the text says the way out
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
PAGE_LOCK = ROOT / "services/gateway/web/package-lock.json"
SERVICES = tuple(sorted(one.parent.name for one in ROOT.glob("services/*/pyproject.toml")))
IN_THE_PAGE = frozenset({"uplot", "svelte", "swagger-ui-dist"})
"""Packages of npm that the page is made of; the others build and test it."""
_ENTRY = re.compile(r"^([\w.-]+)==([\w.!+]+)(.*?(?:\\\n.*?)*)$", re.MULTILINE)
_ELSEWHERE = "win32"
"""In the marker of what only another system installs."""
_BY_CLASSIFIER = {
    "MIT License": "MIT",
    "BSD License": "BSD-3-Clause",
    "Apache Software License": "Apache-2.0",
    "ISC License (ISCL)": "ISC",
    "Mozilla Public License 2.0 (MPL 2.0)": "MPL-2.0",
    "Python Software Foundation License": "PSF-2.0",
}
_BY_NAME = {
    "Apache 2.0": "Apache-2.0",
    "3-Clause BSD License": "BSD-3-Clause",
    "BSD 3-Clause": "BSD-3-Clause",
}
_NAME = re.compile(r"[A-Za-z0-9.+-]{2,40}")
"""A licence of one word; more words are a sentence, or all of its text."""


class LockedError(Exception):
    """A lock names what is not installed here."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Package:
    """One package in one version.

    Attributes:
        kind: Where it comes from: `pypi` or `npm`.
        hashes: SHA-256 of each file that may be installed for it [hex]; of npm SHA-512.
        licence: An SPDX expression; None: it says none that is understood.
        shipped: Whether it is in an image; what only builds or tests one is not.
    """

    kind: str
    name: str
    version: str
    hashes: tuple[str, ...]
    licence: str | None
    shipped: bool = True

    @property
    def purl(self) -> str:
        """Its package URL.

        Example:
            >>> Package(kind="npm", name="@a/b", version="1", hashes=(), licence=None).purl
            'pkg:npm/%40a/b@1'
        """
        return f"pkg:{self.kind}/{self.name.replace('@', '%40')}@{self.version}"


def packages(lock: str) -> tuple[Package, ...]:
    """What `lock` (the name of a file here without .txt) installs, by name.

    Raises:
        LockedError: One of them is not installed here, so its licence is unknown.
    """
    found = []
    for name, version, rest in _ENTRY.findall((HERE / f"{lock}.txt").read_text(encoding="utf-8")):
        if _ELSEWHERE in rest:
            continue
        hashes = tuple(re.findall(r"--hash=sha256:([0-9a-f]{64})", rest))
        licence = _licence(name)
        found.append(
            Package(kind="pypi", name=name, version=version, hashes=hashes, licence=licence)
        )
    return tuple(found)


def page_packages(path: Path = PAGE_LOCK) -> tuple[Package, ...]:
    """What builds the page, and what of it is in the page, by name."""
    lock: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return tuple(_of_npm(lock["packages"]))


def _of_npm(entries: dict[str, Any]) -> Iterator[Package]:
    for place, entry in sorted(entries.items()):
        name = place.rpartition("node_modules/")[2]
        if name:
            integrity = entry.get("integrity", "")
            yield Package(
                kind="npm",
                name=name,
                version=entry["version"],
                hashes=(integrity,) if integrity else (),
                licence=entry.get("license"),
                shipped=name in IN_THE_PAGE,
            )


def _licence(name: str) -> str | None:
    """What the installed package says of its licence, in the words of SPDX.

    Raises:
        LockedError: It is not installed.
    """
    try:
        said = metadata.metadata(name)
    except metadata.PackageNotFoundError:
        raise LockedError(f"{name} is locked and not installed here: run `make setup`") from None
    expressions = said.get_all("License-Expression")
    if expressions:
        return str(expressions[0])
    named = str((said.get_all("License") or [""])[0]).strip()
    if named in _BY_NAME or _NAME.fullmatch(named):
        return _BY_NAME.get(named, named)
    classes = [one.rpartition(" :: ")[2] for one in said.get_all("Classifier") or ()]
    known = dict.fromkeys(_BY_CLASSIFIER[one] for one in classes if one in _BY_CLASSIFIER)
    return " OR ".join(known) or None
