"""Writes the kept example of what `GET api/settings` answers: `python settings_example.py`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from darkstar_common.config import Config
from darkstar_gateway.core.settings.tree import tree

EXAMPLE = Path(__file__).parents[1] / "unit/gateway/settings/example.json"


def example() -> dict[str, Any]:
    plain = Config().model_dump(mode="json")
    return {
        "revision": "0" * 64,
        "values": plain,
        "defaults": plain,
        "set": ["battery.capacity_kwh", "executor.roles"],
        "groups": [one.model_dump(mode="json") for one in tree()],
        "secrets": {
            "DARKSTAR_GATEWAY_PASSWORD": True,
            "DARKSTAR_VIEWER_PASSWORD": False,
            "DARKSTAR_GATEWAY_TOKEN": False,
            "DARKSTAR_HOME_ASSISTANT_TOKEN": False,
            "DARKSTAR_NOTIFY_URLS": False,
        },
        "file": "config.yaml",
        "writable": True,
        "reason": None,
    }


if __name__ == "__main__":
    EXAMPLE.write_text(json.dumps(example(), indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
