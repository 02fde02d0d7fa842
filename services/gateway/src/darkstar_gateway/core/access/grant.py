"""What somebody who asks may do."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

Role: TypeAlias = Literal["owner", "viewer"]
By: TypeAlias = Literal["password", "token", "ingress", "open"]

READING: Final = frozenset({"GET", "HEAD"})
"""The methods that change nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """Who asks, and how that is known.

    Attributes:
        role: An owner may do all, a viewer look and no more.
        by: What let them in.
        session: The hash of the session's secret, where there is a session.
    """

    role: Role
    by: By
    session: str | None = None

    @property
    def by_cookie(self) -> bool:
        """Whether the browser lets them in by itself, whoever's page makes it ask."""
        return self.by in {"password", "ingress"}


OPEN: Final = Grant(role="owner", by="open")
TOKEN: Final = Grant(role="owner", by="token")
INGRESS: Final = Grant(role="owner", by="ingress")


def may(grant: Grant, method: str) -> bool:
    """Whether who has `grant` may ask so."""
    return grant.role == "owner" or method in READING
