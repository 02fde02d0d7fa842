"""The broker's certificate: made once, kept while it holds, renewed in time, for good names."""

from __future__ import annotations

import runpy
import shutil
import ssl
import stat
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

SCRIPT = Path(__file__).resolve().parents[3] / "deploy/certs.py"
CERTS: dict[str, Any] = runpy.run_path(str(SCRIPT))
make = CERTS["make_certificates"]
needs_openssl = pytest.mark.skipif(shutil.which("openssl") is None, reason="openssl is missing")
ALWAYS = set(CERTS["ALWAYS"])
MADE = {"ca.key", "ca.pem", "broker.key", "broker.pem"}


@pytest.fixture(scope="module")
def once(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Certificates as they are made first, for two names."""
    directory: Path = tmp_path_factory.mktemp("once") / "secrets/tls"
    said = make(directory, ["Broker.lan", "fd00::7"], here="hub")
    assert len(said) == 2
    assert "give clients deploy/secrets/tls/ca.pem" in said[0]
    assert "DNS:hub, DNS:broker.lan, IP:fd00::7, until " in said[1]
    return directory


@pytest.fixture
def made(once: Path, tmp_path: Path) -> Path:
    """A copy of them."""
    return Path(shutil.copytree(once, tmp_path / "tls"))


def contents(directory: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in directory.iterdir()}


def changed(before: dict[str, bytes], directory: Path) -> set[str]:
    after = contents(directory)
    assert set(after) == MADE, "nothing is left over"
    return {name for name in after if after[name] != before.get(name)}


def handshake(directory: Path, name: str) -> None:
    """Both ends of a connection to `name`, in memory."""
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(directory / "broker.pem", directory / "broker.key")
    client = ssl.create_default_context(cafile=directory / "ca.pem")
    client.verify_flags |= ssl.VERIFY_X509_STRICT
    one, other = ssl.MemoryBIO(), ssl.MemoryBIO()
    here = client.wrap_bio(one, other, server_hostname=name)
    there = server.wrap_bio(other, one, server_side=True)
    for end in (here, there, here, there):
        try:
            end.do_handshake()
        except ssl.SSLWantReadError:
            continue


@needs_openssl
@pytest.mark.parametrize("name", [*sorted(ALWAYS), "hub", "broker.lan", "fd00::7"])
def test_a_client_believes_the_broker_by_each_of_its_names(name: str, once: Path) -> None:
    handshake(once, name)


@needs_openssl
def test_a_client_believes_no_other_name(once: Path) -> None:
    with pytest.raises(ssl.SSLCertVerificationError, match="mismatch"):
        handshake(once, "elsewhere.lan")


@needs_openssl
def test_the_authority_signs_brokers_and_no_further_authority(once: Path) -> None:
    said = CERTS["openssl"]("x509", "-in", once / "ca.pem", "-noout", "-text")
    assert "CA:TRUE, pathlen:0" in said
    said = CERTS["openssl"]("x509", "-in", once / "broker.pem", "-noout", "-text")
    assert "CA:FALSE" in said
    assert "TLS Web Server Authentication" in said


@needs_openssl
def test_the_key_that_signs_is_its_owners_alone(once: Path) -> None:
    assert stat.S_IMODE((once / "ca.key").stat().st_mode) == 0o600
    assert stat.S_IMODE(once.stat().st_mode) == 0o700, "the broker's own key is kept by this"


@needs_openssl
@pytest.mark.parametrize("names", [[], ["fd00::7", "broker.lan"]])
def test_what_holds_is_kept(names: list[str], made: Path) -> None:
    before = contents(made)
    assert make(made, names, here="hub") == []
    assert changed(before, made) == set()


@needs_openssl
def test_other_names_need_no_new_authority(made: Path) -> None:
    before = contents(made)
    assert len(make(made, ["192.168.1.10"], here="hub")) == 1
    assert changed(before, made) == {"broker.key", "broker.pem"}
    assert set(CERTS["names_in"](made / "broker.pem")) == {*ALWAYS, "hub", "192.168.1.10"}


@needs_openssl
def test_a_renewed_certificate_has_the_names_it_had(made: Path) -> None:
    before = contents(made)
    (made / "broker.key").unlink()
    assert len(make(made, here="hub")) == 1
    assert changed(before, made) == {"broker.key", "broker.pem"}
    assert set(CERTS["names_in"](made / "broker.pem")) == {*ALWAYS, "hub", "broker.lan", "fd00::7"}


@needs_openssl
@pytest.mark.parametrize(("days", "kept"), [(89, False), (91, True)])
def test_a_certificate_is_renewed_before_it_ends(days: int, kept: bool, made: Path) -> None:
    make(made, ["soon.lan"], here="hub", days=days)
    before = contents(made)
    assert (make(made, here="hub") == []) is kept
    assert changed(before, made) == (set() if kept else {"broker.key", "broker.pem"})


@needs_openssl
@pytest.mark.parametrize("lost", ["ca.key", "ca.pem"])
def test_a_lost_authority_is_made_anew_with_all_it_signed(lost: str, made: Path) -> None:
    before = contents(made)
    (made / lost).unlink()
    assert len(make(made, here="hub")) == 2
    assert changed(before, made) == MADE
    handshake(made, "broker.lan")


@needs_openssl
def test_a_foreign_certificate_is_replaced(made: Path, tmp_path: Path) -> None:
    make(tmp_path / "other", ["broker.lan", "fd00::7"], here="hub")
    for name in ("broker.key", "broker.pem"):
        shutil.copy(tmp_path / "other" / name, made / name)
    assert len(make(made, here="hub")) == 1
    handshake(made, "broker.lan")


@pytest.mark.parametrize("name", ["two words", "-lan", "a..b", "ä.lan", "a,DNS:b", "x" * 254, ""])
def test_what_is_no_name_is_refused_and_changes_nothing(name: str, tmp_path: Path) -> None:
    with pytest.raises(CERTS["CertificateError"], match="neither a host name nor an address"):
        make(tmp_path, [name])
    assert list(tmp_path.iterdir()) == []


def test_where_openssl_is_missing_a_sentence_says_so(tmp_path: Path) -> None:
    script = tmp_path / "certs.py"
    shutil.copy(SCRIPT, script)
    done = subprocess.run(
        [sys.executable, script], env={"PATH": str(tmp_path)}, capture_output=True, text=True,
        check=False,
    )  # fmt: skip
    assert done.returncode == 1
    assert done.stderr == (
        "darkstar: the program openssl is not here: install it with your system's packages\n"
    )
