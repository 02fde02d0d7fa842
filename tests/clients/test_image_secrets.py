"""What is in the built images is nothing that anybody should not have.

Needs a Docker engine (DARKSTAR_TEST_ENGINE) and builds what is missing, as `make up` does. Looked
at is what each image has beyond its base: files, environment, and what made its layers.
"""

from __future__ import annotations

import os
import tarfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import IO, Any

import pytest
from support.containers import OURS, build_images, engine_or_skip
from support.secret_rules import secrets_in

ROOT = Path(__file__).resolve().parents[2]
IMAGES = tuple(f"darkstar-{one}:local" for one in (*OURS, "simulator"))
NEVER = (".env", ".npmrc", "pip.conf", "config.yaml", ".git", ".pypirc", ".netrc", "id_rsa")
"""Names of files that hold secrets or a house."""
LARGEST = 1_000_000
"""Longer files are data or machine code [bytes]."""
BUILDS = ("build/", "tools/", "run/secrets/")
BUILDERS = frozenset({"gcc", "cc", "npm", "node", "pip"})


class Stream:
    """The chunks of an exported file system as a file that is read once, forwards."""

    def __init__(self, chunks: Iterable[bytes]) -> None:
        self._chunks, self._rest = iter(chunks), b""

    def read(self, size: int) -> bytes:
        while len(self._rest) < size:
            chunk = next(self._chunks, b"")
            if not chunk:
                break
            self._rest += chunk
        said, self._rest = self._rest[:size], self._rest[size:]
        return said


@pytest.fixture(scope="module")
def engine() -> Any:
    found = engine_or_skip()
    build_images()
    return found


def files(engine: Any, image: str) -> Iterator[tuple[str, bytes | None]]:
    """Each file of `image` beyond the system's own, with its content if it is short."""
    container = engine.containers.create(image)
    try:
        stream: Any = Stream(container.export())
        with tarfile.open(fileobj=stream, mode="r|") as archive:
            for member in archive:
                if member.isfile() and not member.name.startswith(("usr/", "lib", "var/lib/dpkg")):
                    opened: IO[bytes] | None = archive.extractfile(member)
                    short = opened is not None and member.size < LARGEST
                    yield member.name, opened.read() if opened is not None and short else None
    finally:
        container.remove()


def known_here() -> set[bytes]:
    """The secrets of this clone, if it has some."""
    kept = ROOT / "deploy/secrets"
    words = {
        path.read_bytes().strip()
        for path in (kept.rglob("*") if kept.exists() else ())
        if path.is_file() and not path.name.endswith(".pem")
    }
    site = [os.environ.get(f"DARKSTAR_BUILD_{one}", "") for one in ("PIP", "NPM")]
    words |= {Path(one).read_bytes().strip() for one in site if one and Path(one).is_file()}
    return {word for word in words if len(word) >= 12}


@pytest.mark.parametrize("image", IMAGES)
@pytest.mark.timeout(600)
def test_no_image_holds_a_secret(image: str, engine: Any) -> None:
    """Nor does it hold what only builds. Files of others' packages are as their hashes say."""
    ours, found, known = 0, [], known_here()
    for name, content in files(engine, image):
        said = content or b""
        if Path(name).name in NEVER or name.startswith(BUILDS) or Path(name).name in BUILDERS:
            found.append(f"{name}: such a file has no place in an image")
        found += [f"{name}: a secret of this clone" for word in known if word in said]
        own = "/darkstar_" in name
        ours += own
        if own or "/site-packages/" not in name:
            text = said.decode("utf-8", "replace")
            found += [f"{name}:{line}: {kind}" for kind, line in secrets_in(text)]
    assert ours > 20
    assert found == []


@pytest.mark.parametrize("image", IMAGES)
def test_no_image_says_a_secret_in_its_environment_or_history(image: str, engine: Any) -> None:
    built = engine.images.get(image)
    said = "\n".join([
        *(built.attrs["Config"]["Env"] or ()),
        *(str(layer["CreatedBy"]) for layer in built.history()),
    ])  # fmt: skip
    assert "DARKSTAR_STATE_DIR" in said
    assert list(secrets_in(said)) == []
    assert not any(word.decode("utf-8", "replace") in said for word in known_here())
