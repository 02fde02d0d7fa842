"""What a clone needs before its containers start: made once, kept, and refused when unusable."""

from __future__ import annotations

import re
import runpy
import stat
from pathlib import Path
from typing import Any

import pytest

from darkstar_common.config import Gateway
from darkstar_common.runtime import Secrets
from darkstar_gateway.api.access.entrance import check_access

ROOT = Path(__file__).resolve().parents[3]
PREPARE: dict[str, Any] = runpy.run_path(str(ROOT / "deploy/prepare.py"))
USERS: tuple[str, ...] = PREPARE["USERS"]
PAGE: tuple[str, ...] = PREPARE["PAGE"]
GRAFANA: tuple[str, ...] = PREPARE["GRAFANA"]
make_secrets = PREPARE["make_secrets"]
KNOWN = (
    "$7$101$WC1aBAu0rRHlGENQ$sXvwtGYp7rJkzD6g09AfWvO4e6zKZ/ERyfseYJZ+cTLkoUDK8LVYBecYqBk6OzV8"
    "PCogKzJrv9O4nGMyck4ykA=="
)
"""What mosquitto_passwd 2.0 made of the password `b`."""


def contents(directory: Path) -> dict[str, str]:
    return {path.name: path.read_text(encoding="utf-8") for path in directory.iterdir()}


def test_every_user_gets_a_password_that_is_hard_to_guess(tmp_path: Path) -> None:
    assert make_secrets(tmp_path / "secrets") == (*USERS, *PAGE, *GRAFANA)
    made = contents(tmp_path / "secrets")
    words = {made[user].strip() for user in USERS}
    assert len(words) == len(USERS)
    assert all(len(word) >= 43 for word in words)
    assert [line.split(":")[0] for line in made["passwords"].splitlines()] == list(USERS)
    assert not any(word in made["passwords"] for word in words)


def test_the_page_gets_a_password_that_can_be_typed_and_a_token_that_need_not(
    tmp_path: Path,
) -> None:
    make_secrets(tmp_path)
    made = contents(tmp_path)
    password, token = (made[name].strip() for name in PAGE)
    assert re.fullmatch(r"([a-z2-9]{4}-){3}[a-z2-9]{4}", password)
    assert not set(password) & set("ilo01")
    assert re.fullmatch(r"([a-z2-9]{4}-){3}[a-z2-9]{4}", made["grafana_password"].strip())
    assert made["grafana_password"] != made["page_password"]
    assert len(token) >= 43
    assert not any(line.startswith("page_") for line in made["passwords"].splitlines())
    check_access(Gateway(host="0.0.0.0"), Secrets(gateway_password=password, gateway_token=token))  # noqa: S104 (as in the container)


def test_what_is_there_is_kept(tmp_path: Path) -> None:
    make_secrets(tmp_path)
    before = contents(tmp_path)
    assert make_secrets(tmp_path) == ()
    assert contents(tmp_path) == before


def test_a_password_that_was_deleted_is_made_anew_and_only_that(tmp_path: Path) -> None:
    make_secrets(tmp_path)
    before = contents(tmp_path)
    (tmp_path / "planner").unlink()
    assert make_secrets(tmp_path) == ("planner",)
    after = contents(tmp_path)
    assert {name for name in after if after[name] != before[name]} == {"planner", "passwords"}
    changed = set(after["passwords"].splitlines()) - set(before["passwords"].splitlines())
    assert [line.split(":")[0] for line in changed] == ["planner"]


def test_a_password_that_somebody_chose_is_taken(tmp_path: Path) -> None:
    make_secrets(tmp_path)
    (tmp_path / "people").write_text("correct horse battery\n", encoding="utf-8")
    assert make_secrets(tmp_path) == ()
    line = contents(tmp_path)["passwords"].splitlines()[USERS.index("people")]
    assert PREPARE["matches"]("correct horse battery", line.removeprefix("people:"))


@pytest.mark.parametrize("word", ["", "\n", "short", "homeassistant"])
def test_a_password_that_keeps_nobody_out_is_refused(word: str, tmp_path: Path) -> None:
    make_secrets(tmp_path)
    (tmp_path / "homeassistant").write_text(word, encoding="utf-8")
    with pytest.raises(PREPARE["SecretError"], match="homeassistant holds no usable password"):
        make_secrets(tmp_path)


def test_nobody_else_on_this_machine_sees_them(tmp_path: Path) -> None:
    make_secrets(tmp_path / "secrets")
    assert stat.S_IMODE((tmp_path / "secrets").stat().st_mode) == 0o700
    assert stat.S_IMODE((tmp_path / "secrets/planner").stat().st_mode) == 0o644


def test_the_hash_is_mosquittos(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(PREPARE["hashed"].__globals__, "ITERATIONS", 101)
    assert PREPARE["matches"]("b", KNOWN)
    assert not PREPARE["matches"]("c", KNOWN)
    assert not PREPARE["matches"]("b", "no hash")


make_config = PREPARE["make_config"]


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    (tmp_path / "config.example.yaml").write_text("site: example\n")
    return tmp_path


def configured(clone: Path) -> tuple[str, ...]:
    config = clone / "deploy/house/config/config.yaml"
    said: tuple[str, ...] = make_config(
        clone / "config.yaml", config, clone / "config.example.yaml"
    )
    return said


def test_a_missing_configuration_is_a_copy_of_the_example(clone: Path) -> None:
    (sentence,) = configured(clone)
    assert "config.yaml was missing" in sentence
    assert (clone / "config.yaml").read_text() == "site: example\n"
    assert configured(clone) == ()


def test_the_configuration_of_a_house_moves_to_where_the_containers_share_it(clone: Path) -> None:
    (clone / "config.yaml").write_text("site: mine\n")
    assert configured(clone) == ()
    assert (clone / "config.yaml").is_symlink()
    shared = clone / "deploy/house/config/config.yaml"
    assert shared.read_text() == "site: mine\n"
    (clone / "config.yaml").write_text("site: edited\n")  # through the link
    assert shared.read_text() == "site: edited\n"


def test_a_file_in_the_place_of_the_link_is_in_force_and_the_one_before_is_kept(
    clone: Path,
) -> None:
    configured(clone)
    (clone / "config.yaml").unlink()
    (clone / "config.yaml").write_text("site: newer\n")
    (sentence,) = configured(clone)
    assert "config.before.yaml" in sentence
    folder = clone / "deploy/house/config"
    assert (folder / "config.yaml").read_text() == "site: newer\n"
    assert (folder / "config.before.yaml").read_text() == "site: example\n"
    assert (clone / "config.yaml").is_symlink()


def test_the_containers_may_write_the_configuration_and_others_here_cannot_reach_it(
    clone: Path,
) -> None:
    configured(clone)
    folder = clone / "deploy/house/config"
    assert stat.S_IMODE((folder / "config.yaml").stat().st_mode) == 0o666
    assert stat.S_IMODE(folder.stat().st_mode) == 0o777
    assert stat.S_IMODE(folder.parent.stat().st_mode) == 0o700


def test_a_clone_that_was_moved_keeps_its_configuration(clone: Path) -> None:
    configured(clone)
    moved = clone.rename(clone.with_name("elsewhere"))
    assert (moved / "config.yaml").read_text() == "site: example\n"


def test_a_configuration_that_the_containers_may_write_is_left_alone(clone: Path) -> None:
    """Saved on the page, it belongs to the gateway's user: nobody but that one may change it."""
    configured(clone)
    config = clone / "deploy/house/config/config.yaml"
    before = config.stat().st_ctime_ns
    configured(clone)
    assert config.stat().st_ctime_ns == before
    config.chmod(0o600)
    configured(clone)
    assert stat.S_IMODE(config.stat().st_mode) == 0o666


def test_a_configuration_that_cannot_be_shared_is_one_sentence_with_the_way_out() -> None:
    """/proc stands for a file of somebody else's: root itself may not change its mode."""
    with pytest.raises(PREPARE["SharingError"], match="sudo chmod 666 /proc/self/status"):
        PREPARE["share"](Path("/proc/self/status"))
