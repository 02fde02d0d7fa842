from __future__ import annotations

import sys
from pathlib import Path

import pytest

from darkstar_common.config import Access, Gateway
from darkstar_common.runtime import NO_SECRETS, Secrets
from darkstar_gateway.__main__ import main
from darkstar_gateway.api.access.entrance import AccessError, check_access

PASSWORD, VIEWER, TOKEN = "planted-password", "planted-viewer", "planted-token-of-programs"
SHORT = "short"
EVERYWHERE = "0.0.0.0"  # noqa: S104 (as in a container)
OPEN = Access(required=False)


def test_with_a_password_or_a_token_it_may_be_started() -> None:
    for host in ("127.0.0.1", EVERYWHERE):
        check_access(Gateway(host=host), Secrets(gateway_password=PASSWORD))
        check_access(Gateway(host=host), Secrets(gateway_token=TOKEN))
        told = Secrets(gateway_password=PASSWORD, viewer_password=VIEWER, gateway_token=TOKEN)
        check_access(Gateway(host=host), told)


@pytest.mark.parametrize("told", [NO_SECRETS, Secrets(viewer_password=VIEWER)])
def test_where_nobody_could_act_it_is_not_started(told: Secrets) -> None:
    with pytest.raises(AccessError, match="DARKSTAR_GATEWAY_PASSWORD_FILE") as refused:
        check_access(Gateway(), told)
    assert "gateway.access.required" in str(refused.value)


@pytest.mark.parametrize("host", [EVERYWHERE, "::", "192.168.1.10", "darkstar.lan"])
def test_open_to_all_it_is_not_started(host: str) -> None:
    with pytest.raises(AccessError, match="open to all who reach"):
        check_access(Gateway(host=host, access=OPEN), Secrets(gateway_password=PASSWORD))


@pytest.mark.parametrize("host", ["127.0.0.1", "::1", "localhost"])
def test_open_on_this_machine_it_is(host: str) -> None:
    check_access(Gateway(host=host, access=OPEN), NO_SECRETS)


@pytest.mark.parametrize(
    ("told", "sentence"),
    [
        (Secrets(gateway_password=SHORT), "DARKSTAR_GATEWAY_PASSWORD has 5 characters"),
        (
            Secrets(gateway_password=PASSWORD, viewer_password=SHORT),
            "DARKSTAR_VIEWER_PASSWORD has 5 characters",
        ),
        (Secrets(gateway_token=SHORT), "DARKSTAR_GATEWAY_TOKEN has 5 characters"),
        (Secrets(gateway_password=PASSWORD, viewer_password=PASSWORD), "are the same"),
    ],
)
def test_what_would_be_guessed_is_refused_and_never_said(told: Secrets, sentence: str) -> None:
    with pytest.raises(AccessError, match=sentence) as refused:
        check_access(Gateway(), told)
    assert "short " not in str(refused.value)
    assert PASSWORD not in str(refused.value)


def test_an_ingress_address_that_is_none_is_refused() -> None:
    gateway = Gateway(access=Access(ingress_address="1.2.3"))
    with pytest.raises(AccessError, match="1\\.2\\.3, and that is no address"):
        check_access(gateway, Secrets(gateway_password=PASSWORD))


@pytest.fixture
def config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The file that the process reads."""
    monkeypatch.setattr(sys, "argv", ["darkstar-gateway"])
    monkeypatch.setenv("DARKSTAR_CONFIG", str(tmp_path / "config.yaml"))
    return tmp_path / "config.yaml"


def last_words(capsys: pytest.CaptureFixture[str]) -> list[str]:
    """What the process says when it refuses to start."""
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 2
    return capsys.readouterr().err.splitlines()


def test_without_a_password_the_process_ends_with_2_and_one_sentence(
    config: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    config.write_text("{}")
    (said,) = last_words(capsys)
    assert "DARKSTAR_GATEWAY_PASSWORD" in said


def test_the_environment_cannot_open_it_to_all_by_another_host(
    config: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    config.write_text("gateway: {access: {required: false}}")
    monkeypatch.setenv("DARKSTAR_GATEWAY_HOST", EVERYWHERE)
    (said,) = last_words(capsys)
    assert "open to all who reach 0.0.0.0" in said
