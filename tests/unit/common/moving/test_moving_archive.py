"""An archive is whole, of ours and of this version, or nothing of it is used."""

from __future__ import annotations

import gzip
import io
import json
import stat
import tarfile
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from darkstar_common.launcher.moving.archive import members, verified, writing
from darkstar_common.launcher.moving.contents import (
    FORMAT,
    HEAD,
    LIST,
    Head,
    belongs,
    head_bytes,
    is_newer,
)
from darkstar_common.launcher.moving.errors import ArchiveError, MovingError, NewerError

OWN = "1.4.2"
AT = Head(format=FORMAT, version=OWN, made_at="2026-05-01T12:00:00+00:00")
HOUSE = {
    "config/config.yaml": b"site: home\n",
    "state/planner/strategy.json": b'{"risk": 3}',
    "state/forecaster/models/load/load-1/card.json": b"\x00" * 5000,
}


def packed(path: Path, head: Head = AT, house: Mapping[str, bytes] = HOUSE) -> Path:
    with writing(path, head) as archive:
        for name, content in house.items():
            archive.add(name, io.BytesIO(content), len(content))
    return path


def rewritten(path: Path, change: Callable[[str, bytes], tuple[str, bytes] | None]) -> Path:
    """The archive with each member as `change` says; None leaves it out."""
    out = path.with_name("changed.tar.gz")
    with tarfile.open(path) as old, tarfile.open(out, "w:gz") as new:
        for info in old:
            content = old.extractfile(info)
            assert content is not None
            changed = change(info.name, content.read())
            if changed is not None:
                fresh = tarfile.TarInfo(changed[0])
                fresh.size = len(changed[1])
                new.addfile(fresh, io.BytesIO(changed[1]))
    return out


def refused(path: Path) -> str:
    with pytest.raises(ArchiveError) as error:
        verified(path, OWN)
    text = str(error.value)
    assert str(path) in text
    assert "Nothing was changed" in text
    return text


def test_what_was_packed_is_what_is_found(tmp_path: Path) -> None:
    path = packed(tmp_path / "house.tar.gz")
    contents = verified(path, OWN)
    assert contents.head == AT
    assert set(contents.members) == set(HOUSE)
    assert contents.size == sum(map(len, HOUSE.values()))
    assert contents.below("config") == ("config/config.yaml",)
    found = {name: content.read() for name, _, content in members(path, "state/planner")}
    assert found == {"strategy.json": b'{"risk": 3}'}


def test_only_its_owner_can_read_an_archive(tmp_path: Path) -> None:
    path = packed(tmp_path / "house.tar.gz")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_what_cannot_be_packed_whole_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="unexpected end"), writing(tmp_path / "a", AT) as archive:
        archive.add("config/config.yaml", io.BytesIO(b"short"), 500)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["config/../x", "etc/passwd", "/config/x", "state/planner"])
def test_nothing_else_can_be_packed(name: str, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="no member"), writing(tmp_path / "a", AT) as archive:
        archive.add(name, io.BytesIO(b""), 0)


@pytest.mark.parametrize("share", [0.02, 0.3, 0.6, 0.9])
def test_an_archive_that_was_cut_short_is_refused(share: float, tmp_path: Path) -> None:
    path = packed(tmp_path / "house.tar.gz")
    content = path.read_bytes()
    path.write_bytes(content[: int(len(content) * share)])
    refused(path)


def test_an_archive_with_a_flipped_bit_is_refused(tmp_path: Path) -> None:
    path = packed(tmp_path / "house.tar.gz")
    whole = path.read_bytes()
    for place in range(20, len(whole) - 4, 7):
        path.write_bytes(whole[:place] + bytes([whole[place] ^ 16]) + whole[place + 1 :])
        try:
            contents = verified(path, OWN)
        except MovingError:
            continue
        # A bit of the compressed form that stands for nothing, such as the padding.
        assert set(contents.members) == set(HOUSE)
        assert {n: c.read() for n, _, c in members(path, "config")} == {
            "config.yaml": HOUSE["config/config.yaml"]
        }


def test_a_member_with_another_content_is_named(tmp_path: Path) -> None:
    path = packed(tmp_path / "house.tar.gz")
    changed = rewritten(
        path, lambda name, old: (name, b'{"risk": 9}' if name.endswith("strategy.json") else old)
    )
    assert "state/planner/strategy.json is not what was packed" in refused(changed)


def test_a_member_that_is_missing_is_named(tmp_path: Path) -> None:
    path = packed(tmp_path / "house.tar.gz")
    changed = rewritten(path, lambda name, old: None if "card" in name else (name, old))
    assert "card.json is not what was packed" in refused(changed)


def test_an_archive_without_its_end_is_refused(tmp_path: Path) -> None:
    path = packed(tmp_path / "house.tar.gz")
    changed = rewritten(path, lambda name, old: None if name == LIST else (name, old))
    assert "its end is missing" in refused(changed)


@pytest.mark.parametrize(
    "way_out",
    [
        "config/../../../home/me/.ssh/authorized_keys", "/etc/cron.d/x", "state/planner/../../x",
        "config/a\\..\\b", "..", "config/./../../x", "state/unknown/x", "config/\nx",
    ],
)  # fmt: skip
def test_a_path_out_of_the_house_is_refused(way_out: str, tmp_path: Path) -> None:
    path = packed(tmp_path / "house.tar.gz")
    changed = rewritten(path, lambda name, old: (way_out if "card" in name else name, old))
    assert "does not belong" in refused(changed)
    assert not belongs(way_out)


@pytest.mark.parametrize(
    "kind", [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.DIRTYPE, tarfile.CHRTYPE]
)
def test_links_and_devices_are_refused(kind: bytes, tmp_path: Path) -> None:
    path = tmp_path / "links.tar.gz"
    with tarfile.open(path, "w:gz") as tar:
        head = tarfile.TarInfo(HEAD)
        head.size = len(head_bytes(AT))
        tar.addfile(head, io.BytesIO(head_bytes(AT)))
        link = tarfile.TarInfo("config/config.yaml")
        link.type, link.linkname = kind, "/etc/shadow"
        tar.addfile(link)
    assert "does not belong" in refused(path)


@pytest.mark.parametrize(
    "content",
    [b"", b"no archive", gzip.compress(b"no archive"), gzip.compress(b"\0" * 10240)],
    ids=["empty", "text", "compressed text", "an empty archive"],
)
def test_what_is_no_archive_is_refused(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "x"
    path.write_bytes(content)
    refused(path)


def test_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    assert "No such file" in refused(tmp_path / "missing")


@pytest.mark.parametrize(
    "head",
    [b"[]", b"{}", b"null", b'{"darkstar": "archive", "format": "1", "version": "1.0.0"}',
     b'{"darkstar": "archive", "format": 1, "version": "new", "made_at": ""}',
     b'{"darkstar": "other", "format": 1, "version": "1.0.0", "made_at": ""}'],
)  # fmt: skip
def test_a_first_member_of_somebody_else_is_refused(head: bytes, tmp_path: Path) -> None:
    path = packed(tmp_path / "house.tar.gz")
    refused(rewritten(path, lambda name, old: (name, head if name == HEAD else old)))


@pytest.mark.parametrize("said", [b"[]", b'{"config/config.yaml": {}}', json.dumps(
    {"config/config.yaml": {"size": "1", "sha256": "0"}}).encode()])  # fmt: skip
def test_a_list_that_says_nothing_is_refused(said: bytes, tmp_path: Path) -> None:
    path = packed(tmp_path / "house.tar.gz")
    refused(rewritten(path, lambda name, old: (name, said if name == LIST else old)))


@pytest.mark.parametrize(
    ("version", "form", "newer"),
    [
        ("1.4.2", FORMAT, False), ("1.4.1", FORMAT, False), ("0.9.9", FORMAT, False),
        ("1.4.3", FORMAT, True), ("1.10.0", FORMAT, True), ("2.0.0", FORMAT, True),
        ("1.4.2", FORMAT + 1, True),
    ],
)  # fmt: skip
def test_an_archive_of_a_newer_version_is_refused(
    version: str, form: int, newer: bool, tmp_path: Path
) -> None:
    head = Head(format=form, version=version, made_at=AT.made_at)
    assert is_newer(head, OWN) is newer
    path = packed(tmp_path / "house.tar.gz", head)
    if not newer:
        assert verified(path, OWN).head == head
        return
    with pytest.raises(NewerError, match=f"made by Darkstar {version}, and this is {OWN}") as error:
        verified(path, OWN)
    assert "update Darkstar here first" in str(error.value)
