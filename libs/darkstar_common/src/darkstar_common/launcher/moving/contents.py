"""What is in an archive: who made it when, and each member with its checksum.

The first member says what the file is, the last one what had to be in it: a file that was cut
short has no last one.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from darkstar_common.launcher.fleet import SERVICES

FORMAT = 1
"""Raised when an earlier version could not put an archive in place any more."""
HEAD, LIST = "darkstar.json", "checksums.json"
STATE, CONFIG, SECRETS, DEPLOY = "state", "config", "secrets", "deploy"
_PLACES = "|".join((CONFIG, SECRETS, DEPLOY, *(f"{STATE}/{name}" for name in SERVICES)))
_NAME = re.compile(rf"(?:{_PLACES})(?:/(?!\.\.?(?:/|$))[^/\\\x00-\x1f]+)+")
_LONGEST = 1024
"""Of a name [characters]."""
_SHA256 = re.compile(r"[0-9a-f]{64}")
_VERSION = re.compile(r"(\d+)\.(\d+)\.(\d+)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """What the first member says."""

    format: int
    version: str
    """Of Darkstar, such as 0.1.0."""
    made_at: str
    """ISO 8601, in UTC."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """A file in the archive."""

    size: int
    """[B]."""
    sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Contents:
    """All of an archive, but for the bytes."""

    head: Head
    members: Mapping[str, Member]

    @property
    def size(self) -> int:
        """What all members take when they are unpacked [B]."""
        return sum(member.size for member in self.members.values())

    def below(self, place: str) -> tuple[str, ...]:
        """The members in the directory `place`, in the order of their names."""
        return tuple(sorted(name for name in self.members if name.startswith(f"{place}/")))


def belongs(name: str) -> bool:
    """Whether an archive may have a member of that name: below a known place, and no way out of it.

    Example:
        >>> belongs("state/planner/wishes.json"), belongs("config/../../etc/passwd")
        (True, False)
    """
    return len(name) <= _LONGEST and _NAME.fullmatch(name) is not None


def is_newer(head: Head, own: str) -> bool:
    """Whether a version after `own` made it, which this one may not understand."""
    return head.format > FORMAT or _figures(head.version) > _figures(own)


def head_bytes(head: Head) -> bytes:
    """The first member."""
    return json.dumps({"darkstar": "archive", **asdict(head)}).encode()


def list_bytes(members: Mapping[str, Member]) -> bytes:
    """The last member."""
    return json.dumps({name: asdict(member) for name, member in members.items()}).encode()


def head_in(content: bytes) -> Head:
    """What the first member says.

    Raises:
        ValueError: It is no head of ours.
    """
    found = _object(content)
    head = Head(format=found["format"], version=found["version"], made_at=found["made_at"])
    kinds = tuple(type(one) for one in (head.format, head.version, head.made_at))
    if found.get("darkstar") != "archive" or kinds != (int, str, str):
        raise ValueError("it does not say that it is an archive of Darkstar's, of which version")
    _figures(head.version)
    return head


def list_in(content: bytes) -> dict[str, Member]:
    """What the last member lists.

    Raises:
        ValueError: It is no list of ours.
    """
    members = {}
    for name, found in _object(content).items():
        member = Member(size=found["size"], sha256=found["sha256"])
        if type(member.size) is not int or not _SHA256.fullmatch(str(member.sha256)):
            raise ValueError(f"{name} has no size or no checksum")
        members[name] = member
    return members


def _object(content: bytes) -> dict[str, Any]:
    found = json.loads(content)
    if not isinstance(found, dict):
        raise ValueError("it is no JSON object")  # noqa: TRY004 (what was read is wrong, not its use)
    return found


def _figures(version: str) -> tuple[int, ...]:
    found = _VERSION.match(version)
    if found is None:
        raise ValueError(f"{version!r} is no version")
    return tuple(int(figure) for figure in found.groups())
