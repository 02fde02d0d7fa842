"""JSON Schemas of the messages, and the AsyncAPI 3 document of the topic table."""

from __future__ import annotations

import json
from typing import Any

from pydantic.json_schema import models_json_schema

from darkstar_common import __version__
from darkstar_common.contract import TABLE, Channel, HistoryRows, RequestResult, Simulated
from darkstar_common.contract.base import Message

ANSWERS: tuple[type[Message], ...] = (RequestResult, HistoryRows, Simulated)
"""What requests are answered with, on `…/result` and at response topics."""


def message_classes(table: tuple[Channel[Any], ...] = TABLE) -> tuple[type[Message], ...]:
    """Every message class of `table` and every answer once, in order of its name."""
    found = {one.__name__: one for one in (*(row.message for row in table), *ANSWERS)}
    return tuple(found[name] for name in sorted(found))


def json_schema(message: type[Message]) -> str:
    """The JSON Schema of what a reader of `message` accepts."""
    schema = {"$schema": "https://json-schema.org/draft/2020-12/schema"}
    return _text(schema | message.model_json_schema())


def asyncapi(table: tuple[Channel[Any], ...] = TABLE) -> str:
    """The AsyncAPI 3.0 document of `table`; equal tables give equal documents."""
    _, schemas = models_json_schema(
        [(one, "validation") for one in message_classes(table)],
        ref_template="#/components/schemas/{model}",
    )
    messages = {
        one.__name__: {"payload": {"$ref": f"#/components/schemas/{one.__name__}"}}
        for one in message_classes(table)
    }
    operations: dict[str, Any] = {}
    for row in table:
        operations |= _operations(row)
    return _text(
        {
            "asyncapi": "3.0.0",
            "info": {"title": "Darkstar", "version": __version__},
            "defaultContentType": "application/json",
            "channels": {row.name: _channel(row) for row in table},
            "operations": operations,
            "components": {"messages": messages, "schemas": schemas["$defs"]},
        }
    )


def _channel(row: Channel[Any]) -> dict[str, Any]:
    name = row.message.__name__
    parameters = {"site": {"description": "The house, as `site` in its configuration"}}
    if "+" in row.path:
        parameters["name"] = {"description": "Which one of several"}
    return {
        "address": row.topic("{site}").replace("+", "{name}"),
        "description": row.meaning,
        "parameters": parameters,
        "messages": {name: {"$ref": f"#/components/messages/{name}"}},
    }


def _operations(row: Channel[Any]) -> dict[str, Any]:
    binding: dict[str, Any] = {"retain": row.retain, "bindingVersion": "0.2.0"}
    if row.expires:
        binding["messageExpiryInterval"] = int(row.expires.total_seconds())
    qos = {"send": row.qos, "receive": row.qos if row.queued else 0}
    return {
        f"{who}.{action}.{row.name}": {
            "action": action,
            "channel": {"$ref": f"#/channels/{row.name}"},
            "bindings": {"mqtt": {**binding, "qos": qos[action]}},
        }
        for action, parties in (("send", row.senders), ("receive", row.receivers))
        for who in sorted(parties)
    }


def _text(document: dict[str, Any]) -> str:
    return json.dumps(document, indent=2, sort_keys=True, ensure_ascii=False) + "\n"
