"""The contract is complete, its examples are real, and what is generated from it is up to date."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from pydantic import ValidationError

from darkstar_common.contract import (
    SERVICES,
    TABLE,
    Channel,
    Episode,
    HistoryQuery,
    Message,
    Request,
    Service,
    Simulated,
)
from darkstar_common.generate import schemas, tables
from darkstar_common.generate.__main__ import generated, stale
from darkstar_common.generate.acl import acl

ROOT = Path(__file__).resolve().parents[2]
PAYLOADS = ROOT / "tests/contract/payloads/v1"
REQUESTS = [row for row in TABLE if row.kind == "request"]
MESSAGES = schemas.message_classes()


def row_id(row: Channel[Any]) -> str:
    return row.path


def payloads(message: type[Message]) -> list[Path]:
    """The kept payloads of a class: `Name.json`, and `Name-something.json` for another."""
    return sorted(
        path for path in PAYLOADS.glob("*.json") if path.stem.partition("-")[0] == message.__name__
    )


def test_every_topic_has_one_row() -> None:
    assert max(Counter(row.path for row in TABLE).values()) == 1


@pytest.mark.parametrize("row", TABLE, ids=row_id)
def test_state_is_retained_and_requests_expire(row: Channel[Any]) -> None:
    assert row.retain == (row.kind == "state")
    assert (row.expires is not None) == (row.kind == "request")
    assert issubclass(row.message, Request) == (row.kind == "request")


@pytest.mark.parametrize("row", [row for row in TABLE if row.kind == "state"], ids=row_id)
def test_a_state_has_one_sender(row: Channel[Any]) -> None:
    assert len(row.senders) == 1


@pytest.mark.parametrize("row", REQUESTS, ids=row_id)
def test_a_request_has_one_receiver_and_people_may_send_it(row: Channel[Any]) -> None:
    assert len(row.receivers) == 1
    assert Service.PEOPLE in row.senders


@pytest.mark.parametrize("row", REQUESTS, ids=row_id)
def test_every_example_of_a_request_parses(row: Channel[Any]) -> None:
    for example in row.message.examples:
        assert isinstance(row.message.parse(example.encode()), row.message)


@pytest.mark.parametrize("message", MESSAGES, ids=lambda one: one.__name__)
def test_one_real_payload_of_every_message_is_kept_and_still_read(message: type[Message]) -> None:
    kept = payloads(message)
    assert kept, f"{PAYLOADS.name} holds no payload of {message.__name__}"
    for path in kept:
        read = message.model_validate_json(path.read_bytes())
        assert message.model_validate_json(read.model_dump_json()) == read


@pytest.mark.parametrize("message", MESSAGES, ids=lambda one: one.__name__)
def test_the_published_schema_accepts_the_kept_payload(message: type[Message]) -> None:
    validator = Draft202012Validator(json.loads(schemas.json_schema(message)))
    for path in payloads(message):
        assert [
            error.message for error in validator.iter_errors(json.loads(path.read_bytes()))
        ] == []


@pytest.mark.parametrize("message", MESSAGES, ids=lambda one: one.__name__)
def test_every_message_says_what_it_is(message: type[Message]) -> None:
    assert message.__doc__
    assert not message.__doc__.startswith("A fact or a request"), "inherited, not its own"


@pytest.mark.parametrize("message", MESSAGES, ids=lambda one: one.__name__)
def test_a_newer_sender_may_add_fields(message: type[Message]) -> None:
    for path in payloads(message):
        newer = {**json.loads(path.read_bytes()), "field_of_the_future": 1}
        assert message.model_validate_json(json.dumps(newer))


def test_generated_files_are_up_to_date() -> None:
    assert stale(ROOT) == ()


def test_a_stale_file_is_noticed(tmp_path: Path) -> None:
    for path, text in generated(ROOT):
        copy = tmp_path / path.relative_to(ROOT)
        copy.parent.mkdir(parents=True, exist_ok=True)
        copy.write_text(text, encoding="utf-8")
    assert stale(tmp_path) == ()
    acl_file = tmp_path / "deploy/mosquitto/acl"
    acl_file.write_text(acl_file.read_text(encoding="utf-8") + "topic #\n", encoding="utf-8")
    assert stale(tmp_path) == (acl_file,)


def test_asyncapi_names_every_topic_and_resolves_every_reference() -> None:
    document = json.loads(schemas.asyncapi())
    addresses = {channel["address"] for channel in document["channels"].values()}
    assert len(addresses) == len(TABLE)
    for reference in set(_references(document)):
        here = document
        for part in reference.removeprefix("#/").split("/"):
            here = here[part]


def _references(node: Any) -> list[str]:
    if isinstance(node, dict):
        own = [node["$ref"]] if isinstance(node.get("$ref"), str) else []
        return own + [one for value in node.values() for one in _references(value)]
    return [one for value in node for one in _references(value)] if isinstance(node, list) else []


def _rights(user: str) -> set[str]:
    blocks = acl().split("\nuser ")
    block = next(block for block in blocks if block.splitlines()[0] == user)
    return set(block.splitlines()[1:])


@pytest.mark.parametrize("service", SERVICES)
def test_the_acl_gives_each_service_its_rows_and_no_others(service: Service) -> None:
    rights = _rights(service)
    for row in TABLE:
        topic = row.topic("+")
        assert (f"topic write {topic}" in rights) == (service in row.senders)
        assert (f"topic read {topic}" in rights) == (service in row.receivers)
    assert not [right for right in rights if right.endswith((" #", " darkstar/#", "+/#"))]


def test_nobody_but_executor_simulator_and_home_assistant_reaches_a_device() -> None:
    holders = {
        block.splitlines()[0]
        for block in acl(("wallbox",)).split("\nuser ")
        if "wallbox/#" in block
    }
    assert holders == {"executor", "simulator", "homeassistant"}


def test_the_table_of_a_readme_lists_what_the_service_sends_and_receives() -> None:
    text = tables.with_topics("# X\n<!-- topics -->\nold\n<!-- /topics -->\nend\n", Service.PLANNER)
    assert "| `plan/schedule` | Schedule | sends |" in text
    assert "| `house/state` | HouseState | receives |" in text
    assert "old" not in text
    assert text.endswith("<!-- /topics -->\nend\n")


def test_a_readme_without_markers_is_an_error_that_names_them() -> None:
    with pytest.raises(ValueError, match="<!-- topics -->"):
        tables.with_topics("# X\n", Service.PLANNER)


def timed(value: Any, moment: str) -> Iterator[Any]:
    """Copies of a payload, in each of which another time is `moment`."""
    members = list(enumerate(value) if isinstance(value, list) else value.items())
    for key, one in members:
        if isinstance(one, dict | list):
            others = timed(one, moment)
        else:
            is_time = str(key).endswith("_at") or key in {"start", "until", "valid_until"}
            others = iter([moment] if is_time and isinstance(one, str) else [])
        for other in others:
            changed = dict(members) | {key: other}
            yield list(changed.values()) if isinstance(value, list) else changed


@pytest.mark.parametrize("moment", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:45:00-14:00"])
@pytest.mark.parametrize(
    "message", [one for one in MESSAGES if one is not HistoryQuery], ids=lambda one: one.__name__
)
def test_a_time_at_the_ends_of_the_calendar_is_refused(message: type[Message], moment: str) -> None:
    """Nothing can be added to it, so who reckons with it would fail."""
    for path in payloads(message):
        whole = json.loads(path.read_bytes())
        if message in {Episode, Simulated}:  # their dictionaries are whatever they are
            whole = {name: one for name, one in whole.items() if not isinstance(one, dict)}
        for payload in timed(whole, moment):
            with pytest.raises(ValidationError, match="no time of a house"):
                message.model_validate_json(json.dumps(payload))
