"""Where Prometheus finds the services of a run: a file that it watches."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

TARGETS = "metrics.json"
"""In the directory of a run; deploy/prometheus/local.yml names it."""


def write_targets(directory: Path, ports: Mapping[str, int], *, site: str) -> Path:
    """Write to `directory` on which of this machine's `ports` each service tells its metrics.

    Put in its place whole, since Prometheus may read it at any moment.

    Args:
        directory: Of the run.
        ports: By the name of the service.
        site: What its series are labelled with, beside `service`.

    Returns:
        The file.
    """
    groups = [
        {"targets": [f"127.0.0.1:{port}"], "labels": {"site": site, "service": service}}
        for service, port in ports.items()
    ]
    target = directory / TARGETS
    fresh = target.with_suffix(".new")
    fresh.write_text(json.dumps(groups, indent=2) + "\n", encoding="utf-8")
    return fresh.replace(target)
