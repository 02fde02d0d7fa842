"""What is in each image, as CycloneDX documents: `build/sbom/<service>.cdx.json`.

    python -m requirements.sbom

Made from the locks alone, so the same tree gives the same bytes. What the base image brings
along is not in them: only who has that image can say.
"""

from __future__ import annotations

import base64
import json
import sys
import tomllib
import uuid
from pathlib import Path
from typing import Any

from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator
from license_expression import ExpressionError, get_spdx_licensing
from requirements.locked import ROOT, SERVICES, LockedError, Package, packages, page_packages

TARGET = ROOT / "build/sbom"
_NAMESPACE = uuid.UUID("5f0c2a3e-6d0b-5a0f-9d51-1c1f6a6f3d10")
"""Ours, for serial numbers that follow from the content."""
_SPDX = get_spdx_licensing()


def document(service: str) -> dict[str, Any]:
    """The bill of materials of the image of `service`.

    Raises:
        LockedError: A package is not installed here, so its licence is unknown.
    """
    parts = packages(service)
    if service == "gateway":
        parts += tuple(one for one in page_packages() if one.shipped)
    version = _version(service)
    root = f"darkstar-{service}@{version}"
    body = {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {
            "component": {
                "type": "application",
                "bom-ref": root,
                "name": f"darkstar-{service}",
                "version": version,
            }
        },
        "components": [_component(one) for one in parts],
        "dependencies": [{"ref": root, "dependsOn": sorted(one.purl for one in parts)}],
    }
    serial = uuid.uuid5(_NAMESPACE, json.dumps(body, sort_keys=True))
    return {**body, "serialNumber": f"urn:uuid:{serial}"}


def _version(service: str) -> str:
    path = ROOT / "services" / service / "pyproject.toml"
    return str(tomllib.loads(path.read_text(encoding="utf-8"))["project"]["version"])


def _component(one: Package) -> dict[str, Any]:
    files = [{"alg": "SHA-256", "content": digest} for digest in one.hashes]
    if one.kind == "npm":
        files = [
            {"alg": "SHA-512", "content": base64.b64decode(digest.partition("-")[2]).hex()}
            for digest in one.hashes
        ]
    scope, _, name = one.name.rpartition("/")
    said: dict[str, Any] = {
        "type": "library",
        "bom-ref": one.purl,
        "name": name,
        "version": one.version,
        "purl": one.purl,
        "licenses": _licences(one.licence),
        "externalReferences": [
            {
                "type": "distribution",
                "url": one.purl,
                "comment": "one of these files is installed, by platform",
                "hashes": files,
            }
        ],
    }
    return {**said, "group": scope} if scope else said


def _licences(licence: str | None) -> list[dict[str, Any]]:
    """As the format wants it: an expression of SPDX, or whatever name there is."""
    if licence is None:
        return []
    try:
        _SPDX.parse(licence, validate=True)
    except ExpressionError:
        return [{"license": {"name": licence}}]
    return [{"expression": licence}]


def invalid(text: str) -> str | None:
    """Why `text` is no CycloneDX document, in a line; None if it is one."""
    error = JsonStrictValidator(SchemaVersion.V1_6).validate_str(text)
    return None if error is None else str(error).partition("\n")[0]


def write(target: Path) -> tuple[Path, ...]:
    """Write the document of each service below `target`, and check it.

    Raises:
        LockedError: A package is not installed here, so its licence is unknown.
        ValueError: One of them is not as CycloneDX wants it.
    """
    target.mkdir(parents=True, exist_ok=True)
    written = []
    for service in SERVICES:
        text = json.dumps(document(service), indent=1, sort_keys=True) + "\n"
        if reason := invalid(text):
            raise ValueError(f"{service}: {reason}")
        path = target / f"{service}.cdx.json"
        path.write_text(text, encoding="utf-8")
        written.append(path)
    return tuple(written)


def main() -> None:
    """Write them all, and say where they are."""
    try:
        written = write(TARGET)
    except (LockedError, ValueError) as error:
        sys.exit(f"sbom: {error}")
    print(f"sbom: {len(written)} documents, valid CycloneDX 1.6, in {TARGET.relative_to(ROOT)}")


if __name__ == "__main__":
    main()
