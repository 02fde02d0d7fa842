"""Whether the service of this container is well: it answers, and the broker knows it.

Asks the service's own metrics; exit code 0 is yes. Started every few seconds, so it imports
next to nothing.
"""

from __future__ import annotations

import os
import socket
import sys

CONNECTED = b"\ndarkstar_broker_connected 1.0\n"
PATIENCE = 8.0
"""For the whole answer [s]."""


def metrics(port: int) -> bytes:
    """What the metrics endpoint on this machine says.

    Raises:
        OSError: It does not answer.
    """
    with socket.create_connection(("127.0.0.1", port), PATIENCE) as connection:
        connection.sendall(b"GET /metrics HTTP/1.0\r\n\r\n")
        answer = b""
        while part := connection.recv(65536):
            answer += part
    return answer


def main() -> None:
    """Ask, and say what is wrong."""
    port = os.environ.get("DARKSTAR_METRICS_PORT", "")
    try:
        answer = metrics(int(port))
    except (OSError, ValueError) as error:
        sys.exit(f"no metrics on port {port or 'DARKSTAR_METRICS_PORT'}: {error}")
    if CONNECTED not in answer:
        sys.exit("the broker is not connected: see this service's log")


if __name__ == "__main__":
    main()
