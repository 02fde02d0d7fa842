"""Makes the broker's certificate, and the authority that signs it, with the program openssl.

    python3 deploy/certs.py broker.lan 192.168.1.10

All lies in `deploy/secrets/tls`. `ca.pem` is what clients are to be given; `ca.key` signs, and no
container sees it. What still holds is kept: run this again to have the certificate renewed in
time, or with other names. The authority stays the same, so clients need nothing new. Standard
library only.

CertificateError   a certificate cannot be made; the text says why and the way out
"""

from __future__ import annotations

import argparse
import ipaddress
import os
import re
import secrets
import socket
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path
from tempfile import TemporaryDirectory

DIRECTORY = Path(__file__).resolve().parent / "secrets/tls"
ALWAYS = ("mosquitto", "localhost", "127.0.0.1", "::1")
"""Names by which the containers and this machine reach the broker."""
AUTHORITY_DAYS, BROKER_DAYS = 7300, 1095
"""How long each certificate holds [days]."""
RENEWED_DAYS = 90
"""A broker's certificate that ends sooner than this is made anew [days]."""
_LABEL = r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?"
_NAME = re.compile(rf"^(?=.{{1,253}}$){_LABEL}(\.{_LABEL})*$", re.IGNORECASE)
_CONFIG = """\
[req]
distinguished_name = subject
prompt = no
x509_extensions = authority
[subject]
CN = {subject}
[authority]
basicConstraints = critical, CA:TRUE, pathlen:0
keyUsage = critical, keyCertSign, cRLSign
subjectKeyIdentifier = hash
[broker]
basicConstraints = critical, CA:FALSE
keyUsage = critical, digitalSignature
extendedKeyUsage = serverAuth
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid
subjectAltName = {names}
"""
_KEY = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes")


class CertificateError(Exception):
    """A certificate cannot be made."""


def alternative_names(names: Iterable[str]) -> str:
    """`names` as a certificate says them, each once.

    Example:
        >>> alternative_names(["broker.lan", "192.168.1.10", "broker.lan"])
        'DNS:broker.lan, IP:192.168.1.10'

    Raises:
        CertificateError: One of them is neither a name nor an address.
    """
    said = []
    for name in names:
        try:
            said.append(f"IP:{ipaddress.ip_address(name)}")
        except ValueError:
            if not _NAME.match(name):
                raise CertificateError(
                    f"{name!r} is neither a host name nor an address: give what clients connect "
                    'to, such as make certs NAMES="broker.lan 192.168.1.10"'
                ) from None
            said.append(f"DNS:{name.lower()}")
    return ", ".join(dict.fromkeys(said))


def openssl(*words: str | Path) -> str:
    """What the program openssl prints.

    Raises:
        CertificateError: It is not there, or refuses.
    """
    try:
        done = subprocess.run(  # noqa: S603 (fixed words)
            ["openssl", *map(str, words)],  # noqa: S607 (openssl is where it is)
            capture_output=True,
            text=True,
            check=False,
        )
    except FileNotFoundError:
        raise CertificateError(
            "the program openssl is not here: install it with your system's packages"
        ) from None
    if done.returncode != 0:
        raise CertificateError(f"openssl {words[0]} failed: {done.stderr.strip()}")
    return done.stdout


def holds(certificate: Path, key: Path, *, days: int) -> bool:
    """Whether `certificate` is there, belongs to `key`, and does not end within `days`."""
    if not (certificate.exists() and key.exists()):
        return False
    try:
        openssl("x509", "-in", certificate, "-noout", "-checkend", str(days * 86400))
        public = openssl("x509", "-in", certificate, "-noout", "-pubkey")
        return public == openssl("pkey", "-in", key, "-pubout")
    except CertificateError:
        return False


def names_in(certificate: Path) -> tuple[str, ...]:
    """The names that `certificate` is for, as `alternative_names` takes them.

    Raises:
        CertificateError: It cannot be read.
    """
    said = openssl("x509", "-in", certificate, "-noout", "-ext", "subjectAltName")
    found = re.findall(r"(?:DNS|IP Address):([^,\s]+)", said)
    return tuple(str(ipaddress.ip_address(one)) if ":" in one else one for one in found)


def make_certificates(
    directory: Path, names: Iterable[str] = (), *, here: str = "", days: int = BROKER_DAYS
) -> list[str]:
    """Have a certificate in `directory` that holds; returns what was done, in sentences.

    Args:
        directory: Made if it is not there; only its owner can open it.
        names: By which clients reach the broker; none: those of the certificate there.
        here: What this machine calls itself.
        days: How long the broker's certificate is to hold, when it is made [days].

    Raises:
        CertificateError: A name is none, or openssl is missing or refuses.
    """
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    directory.chmod(0o700)
    authority, broker = directory / "ca.pem", directory / "broker.pem"
    wanted = tuple(names) or (names_in(broker) if broker.exists() else ())
    own = [here] if _NAME.match(here) else []
    said = alternative_names([*ALWAYS, *own, *wanted])
    done = []
    if not holds(authority, directory / "ca.key", days=0):
        _make_authority(directory)
        done.append("made an authority: give clients deploy/secrets/tls/ca.pem")
    if done or not _fits(broker, authority, said):
        _make_broker(directory, said, days)
        done.append(f"made the broker's certificate for {said}, until {_end(broker)}")
    return done


def _fits(broker: Path, authority: Path, names: str) -> bool:
    """Whether the broker's certificate holds long enough, is of this authority and has `names`."""
    if not holds(broker, broker.with_suffix(".key"), days=RENEWED_DAYS):
        return False
    try:
        openssl("verify", "-CAfile", authority, broker)
    except CertificateError:
        return False
    return set(alternative_names(names_in(broker)).split(", ")) == set(names.split(", "))


def _make_authority(directory: Path) -> None:
    with TemporaryDirectory(dir=directory) as place:
        new = Path(place)
        config = _config(new, "Darkstar broker authority", "DNS:unused")
        openssl("req", "-x509", "-config", config, *_KEY, "-days", str(AUTHORITY_DAYS),
                "-keyout", new / "ca.key", "-out", new / "ca.pem")  # fmt: skip
        _put(new / "ca.key", directory, mode=0o600)
        _put(new / "ca.pem", directory, mode=0o644)


def _make_broker(directory: Path, names: str, days: int) -> None:
    with TemporaryDirectory(dir=directory) as place:
        new = Path(place)
        config = _config(new, "Darkstar broker", names)
        openssl("req", "-new", "-config", config, *_KEY,
                "-keyout", new / "broker.key", "-out", new / "broker.csr")  # fmt: skip
        openssl("x509", "-req", "-in", new / "broker.csr", "-CA", directory / "ca.pem",
                "-CAkey", directory / "ca.key", "-set_serial", f"0x{secrets.token_hex(16)}",
                "-days", str(days), "-extfile", config, "-extensions", "broker",
                "-out", new / "broker.pem")  # fmt: skip
        # The container's broker is a user of its own, and sees this file alone; on this machine
        # the directory keeps everybody else out.
        _put(new / "broker.key", directory, mode=0o644)
        _put(new / "broker.pem", directory, mode=0o644)


def _config(place: Path, subject: str, names: str) -> Path:
    path = place / "openssl.cnf"
    path.write_text(_CONFIG.format(subject=subject, names=names), encoding="ascii")
    return path


def _put(made: Path, directory: Path, *, mode: int) -> None:
    made.chmod(mode)
    made.replace(directory / made.name)


def _end(certificate: Path) -> str:
    return openssl("x509", "-in", certificate, "-noout", "-enddate").strip().partition("=")[2]


def main() -> None:
    """Make what is missing or ends soon, and say what was made."""
    os.umask(0o077)
    parser = argparse.ArgumentParser(description="The broker's certificate, and its authority.")
    parser.add_argument("names", nargs="*", help="names and addresses by which clients reach it")
    asked = parser.parse_args()
    try:
        done = make_certificates(DIRECTORY, asked.names, here=socket.gethostname())
        kept = (
            f"the broker's certificate holds until {_end(DIRECTORY / 'broker.pem')}; nothing made"
        )
    except CertificateError as error:
        sys.exit(f"darkstar: {error}")
    for sentence in done or [kept]:
        print(f"darkstar: {sentence}")
    if done:
        print("darkstar: the broker reads it when it starts: make up")


if __name__ == "__main__":
    main()
