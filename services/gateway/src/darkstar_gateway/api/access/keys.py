"""Passwords and the token, compared so that neither time nor memory tells anything of them."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Self

from darkstar_common.runtime import Secrets
from darkstar_gateway.core.access.grant import Role

_COST: Final = 2**14
"""Of scrypt: 16 MB and about 50 ms for each guess."""
_BLOCK: Final = 8
_SALT_BYTES: Final = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class Keys:
    """What lets somebody in, none of it in plain."""

    salt: bytes
    passwords: Mapping[Role, str]
    """Fingerprints."""
    token: bytes | None
    """A hash: it is long and random, so a plain one will do."""

    @classmethod
    def of(cls, told: Secrets, salt: bytes | None = None) -> Self:
        """The keys in `told`; fingerprints with the same `salt` can be compared."""
        salt = salt or secrets.token_bytes(_SALT_BYTES)
        by_role: dict[Role, str | None] = {
            "owner": told.gateway_password,
            "viewer": told.viewer_password,
        }
        return cls(
            salt=salt,
            passwords={role: fingerprint(one, salt) for role, one in by_role.items() if one},
            token=hashed(told.gateway_token) if told.gateway_token else None,
        )

    def role_of(self, password: str) -> Role | None:
        """Whose password that is; takes as long whether it is one or none."""
        found: Role | None = None
        given = fingerprint(password, self.salt)
        for role, wanted in self.passwords.items():
            if hmac.compare_digest(given, wanted):
                found = role
        return found

    def is_token(self, given: str) -> bool:
        """Whether `given` is the token."""
        return self.token is not None and hmac.compare_digest(hashed(given), self.token)


def fingerprint(password: str, salt: bytes) -> str:
    """`password` as it can be kept: scrypt, in hexadecimal digits."""
    raw = password.encode(errors="surrogatepass")
    return hashlib.scrypt(raw, salt=salt, n=_COST, r=_BLOCK, p=1).hex()


def hashed(secret: str) -> bytes:
    """A long random secret as it can be kept."""
    return hashlib.sha256(secret.encode(errors="surrogatepass")).digest()
