"""Each image's bill of materials names what its lock does, and is the same for the same tree."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from requirements.locked import SERVICES, packages
from requirements.sbom import document, invalid, write


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    target: Path = tmp_path_factory.mktemp("sbom") / "below"
    write(target)
    return target


def test_each_service_has_a_document_that_is_valid(written: Path) -> None:
    assert {path.name for path in written.iterdir()} == {f"{one}.cdx.json" for one in SERVICES}
    for path in written.iterdir():
        assert invalid(path.read_text(encoding="utf-8")) is None


@pytest.mark.parametrize("service", SERVICES)
def test_what_is_locked_is_in_it_with_every_hash(service: str) -> None:
    told = {one["purl"]: one for one in document(service)["components"]}
    for one in packages(service):
        files = told[one.purl]["externalReferences"][0]["hashes"]
        assert [file["content"] for file in files] == list(one.hashes)


def test_only_the_gateways_has_what_the_page_is_made_of() -> None:
    for service in SERVICES:
        npm = {one["name"] for one in document(service)["components"] if "pkg:npm/" in one["purl"]}
        assert npm == ({"uplot", "svelte", "swagger-ui-dist"} if service == "gateway" else set())


def test_the_same_tree_gives_the_same_bytes(written: Path, tmp_path: Path) -> None:
    write(tmp_path)
    for path in written.iterdir():
        assert (tmp_path / path.name).read_bytes() == path.read_bytes()
        assert "timestamp" not in path.read_text(encoding="utf-8")


def test_documents_of_different_content_have_different_numbers() -> None:
    numbers = {document(service)["serialNumber"] for service in SERVICES}
    assert len(numbers) == len(SERVICES)


def test_what_is_no_document_is_told_in_a_line() -> None:
    broken = json.dumps({**document("executor"), "bomFormat": "another"})
    assert "another" in (invalid(broken) or "")
    assert "\n" not in (invalid(broken) or "")
