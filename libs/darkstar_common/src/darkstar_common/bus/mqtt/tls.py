"""Encryption between a client and its broker: whom the client believes, and what is wrong when not.

A client that is to encrypt never falls back to plain words: it tries again until the broker shows
a certificate that is signed by the right authority, names the host and holds now.

TlsError   the authority's file cannot be used; the text names it and the way out
"""

from __future__ import annotations

import ssl
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

_EXPIRED, _NOT_YET = 10, 9
_UNKNOWN_AUTHORITY = frozenset({2, 7, 18, 19, 20, 21})
_OTHER_NAME = frozenset({62, 64})
"""Numbers of OpenSSL's X509_verify_cert_error_string."""
_PLAIN = ("WRONG_VERSION_NUMBER", "RECORD_LAYER_FAILURE", "UNEXPECTED_EOF_WHILE_READING")


class TlsError(Exception):
    """The authority's file cannot be used."""


def client_context(authority: Path | None) -> ssl.SSLContext:
    """What a client demands of a broker: TLS 1.2, a certificate that holds, and the right name.

    Args:
        authority: PEM file of who signed the broker's certificate, and then nobody else is
            believed; None: whom this machine believes.

    Raises:
        TlsError: The file is missing, or holds no certificate.
    """
    try:
        context = ssl.create_default_context(cafile=authority)
    except ssl.SSLError:
        raise TlsError(
            f"{authority} holds no certificate in PEM form: name the authority's file, the ca.pem "
            "that `make certs` made, in mqtt.ca_file"
        ) from None
    except OSError as error:
        raise TlsError(
            f"{authority} cannot be read ({error.strerror}): mqtt.ca_file names the authority that "
            "signed the broker's certificate"
        ) from None
    context.sslsocket_class = _Line
    return context


class _Line(ssl.SSLSocket):
    """One that is closed when the two do not agree; the client library would leave it open."""

    def do_handshake(self, block: bool = False) -> None:
        try:
            super().do_handshake(block)
        except OSError:
            self.close()
            raise


def trouble(error: BaseException) -> str | None:
    """What is wrong with an encrypted connection, and the way out; None where it is not that.

    Args:
        error: Why a connection could not be made, or the client library's for it.
    """
    if isinstance(error, TlsError):
        return str(error)
    cause = error if isinstance(error, OSError) else error.__context__
    if isinstance(cause, ssl.SSLCertVerificationError):
        return _distrust(cause)
    if isinstance(cause, ConnectionResetError | ssl.SSLEOFError) or (
        isinstance(cause, ssl.SSLError) and cause.reason in _PLAIN
    ):
        return "it does not speak TLS there: name its TLS port in mqtt.port, usually 8883"
    return f"TLS failed: {cause}" if isinstance(cause, ssl.SSLError) else None


def _distrust(error: ssl.SSLCertVerificationError) -> str:
    number = error.verify_code
    if number == _EXPIRED:
        return "its certificate has expired: renew it (`make certs`) and start the broker anew"
    if number == _NOT_YET:
        return "its certificate is not valid yet: is the clock of this machine right?"
    if number in _UNKNOWN_AUTHORITY:
        return (
            "its certificate is not signed by an authority we believe: mqtt.ca_file must name "
            "the one that signed it"
        )
    if number in _OTHER_NAME:
        return (
            f"its certificate is for another name ({error.verify_message}): connect by a name it "
            "has, or add this one (`make certs NAMES=…`)"
        )
    return f"its certificate cannot be believed: {error.verify_message}"


def valid_until(certificate: Mapping[str, Any] | None) -> datetime | None:
    """When a peer's `certificate`, as the socket tells it, ends [UTC]; None where none is known.

    Example:
        >>> valid_until({"notAfter": "Nov 22 02:00:00 2036 GMT"})
        datetime.datetime(2036, 11, 22, 2, 0, tzinfo=datetime.timezone.utc)
    """
    said = (certificate or {}).get("notAfter")
    return datetime.fromtimestamp(ssl.cert_time_to_seconds(said), UTC) if said else None
