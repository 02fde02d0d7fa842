"""The page about Home Assistant names what there is, and what it says to publish is understood."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from unit.gateway.test_home_assistant import REQUESTS, messages

PAGE = (Path(__file__).resolve().parents[3] / "docs/home-assistant.md").read_text(encoding="utf-8")
TABLE = PAGE.partition("<!-- entities -->")[2].partition("<!-- /entities -->")[0]
ENTITIES = {json.loads(one)["default_entity_id"] for one in messages().values()}


def named() -> list[str]:
    """All entities of the table; `_30` stands for the one before it with another end."""
    found: list[str] = []
    for row in TABLE.splitlines():
        for word in re.findall(r"`([^`]+)`", row.split("|")[1] if "|" in row else ""):
            if "." in word:
                found.append(word)
            else:
                ends = word.count("_")
                found.append(found[-1].rsplit("_", ends)[0] + word)
    return found


def test_every_entity_is_in_the_table_and_no_other() -> None:
    patterns = [re.compile(re.escape(one).replace("…", ".+")) for one in named()]
    assert len(patterns) > 60
    missing = {one for one in ENTITIES if not any(each.fullmatch(one) for each in patterns)}
    assert missing == set()
    idle = [one.pattern for one in patterns if not any(map(one.fullmatch, ENTITIES))]
    assert idle == []


def test_entities_elsewhere_on_the_page_exist() -> None:
    outside = PAGE.replace(TABLE, "")
    found = set(re.findall(r"\b(?:sensor|select|button|switch)\.darkstar_\w+", outside))
    assert found
    assert found - ENTITIES <= {"select.darkstar_cabin_override"}


SHELL = re.findall(r"mosquitto_pub -t (\S+) -m ('[^']+'|\S+)", PAGE)
YAML = re.findall(r"topic: (\S+)\n\s+payload: '([^']+)'", PAGE)


@pytest.mark.parametrize(("topic", "payload"), [*SHELL, *YAML])
def test_what_it_says_to_publish_is_understood(topic: str, payload: str) -> None:
    plain = re.sub(r"{{.*?}}", "40", payload.strip("'"))
    row = REQUESTS.get(topic) or REQUESTS[re.sub("ev/[^/]+", "ev/+", topic)]
    assert isinstance(row.message.parse(plain.encode()), row.message)


def test_there_are_examples_of_both() -> None:
    assert (len(SHELL), len(YAML)) == (4, 2)
