"""Which licences what we ship may have, so that whoever runs or passes on an image may do so.

python -m requirements.licences
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator

from license_expression import ExpressionError, LicenseSymbol, get_spdx_licensing
from requirements.locked import SERVICES, LockedError, Package, packages, page_packages

ALLOWED = frozenset(
    {
        *("0BSD", "Apache-2.0", "BSD-2-Clause", "BSD-3-Clause", "CC0-1.0", "ISC", "MIT"),
        *("PSF-2.0", "Python-2.0", "Unlicense", "Zlib"),
        "MPL-2.0",  # binds whoever changes its own files, and we change none
    }
)
_SPDX = get_spdx_licensing()


def allows(licence: str | None) -> bool:
    """Whether what has `licence` may be in an image; of several to choose from one must be allowed.

    Example:
        >>> allows("EPL-2.0 OR BSD-3-Clause"), allows("MIT AND GPL-3.0-only"), allows(None)
        (True, False, False)
    """
    if licence is None:
        return False
    try:
        return _holds(_SPDX.parse(licence, validate=True))
    except ExpressionError:
        return False


def _holds(part: object) -> bool:
    if isinstance(part, LicenseSymbol):
        return part.key in ALLOWED
    inner = [_holds(one) for one in getattr(part, "args", ())]
    return any(inner) if isinstance(part, _SPDX.OR) else bool(inner) and all(inner)


def problems(found: Iterable[Package]) -> Iterator[str]:
    """What is shipped and may not be, a sentence each."""
    for one in found:
        if one.shipped and not allows(one.licence):
            said = one.licence or "says nothing that is understood"
            yield (
                f"{one.name} {one.version}: its licence ({said}) is none that may be shipped; use "
                "another package, or allow it in requirements/licences.py with the reason"
            )


def shipped() -> tuple[Package, ...]:
    """Each package of any image, once.

    Raises:
        LockedError: One of them is not installed here, so its licence is unknown.
    """
    found = {one.purl: one for service in SERVICES for one in packages(service)}
    found |= {one.purl: one for one in page_packages() if one.shipped}
    return tuple(found[key] for key in sorted(found))


def main() -> None:
    """Look, and say the result; exit code 1 for a licence that is not allowed."""
    try:
        everything = shipped()
    except LockedError as error:
        sys.exit(f"licences: {error}")
    if wrong := list(problems(everything)):
        sys.exit("\n".join(f"licences: {one}" for one in wrong))
    print(f"licences: {len(everything)} packages are shipped, each under one that is allowed")


if __name__ == "__main__":
    main()
