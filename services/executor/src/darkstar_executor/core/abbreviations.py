"""The short keys of MQTT discovery and what they stand for.

Source: Home Assistant's documentation of MQTT discovery, "Supported abbreviations". Only keys
that the executor reads are here; others pass as they are and are ignored.
"""

from __future__ import annotations

from collections.abc import Mapping

ENTITY: Mapping[str, str] = {
    "avty": "availability",
    "avty_mode": "availability_mode",
    "avty_t": "availability_topic",
    "avty_tpl": "availability_template",
    "cmd_t": "command_topic",
    "cmd_tpl": "command_template",
    "cmps": "components",
    "def_ent_id": "default_entity_id",
    "dev": "device",
    "dev_cla": "device_class",
    "e": "encoding",
    "en": "enabled_by_default",
    "exp_aft": "expire_after",
    "obj_id": "object_id",
    "ops": "options",
    "p": "platform",
    "pl_avail": "payload_available",
    "pl_not_avail": "payload_not_available",
    "pl_off": "payload_off",
    "pl_on": "payload_on",
    "ret": "retain",
    "stat_cla": "state_class",
    "stat_off": "state_off",
    "stat_on": "state_on",
    "stat_t": "state_topic",
    "stat_val_tpl": "state_value_template",
    "uniq_id": "unique_id",
    "unit_of_meas": "unit_of_measurement",
    "val_tpl": "value_template",
}
AVAILABILITY: Mapping[str, str] = {
    "t": "topic",
    "pl_avail": "payload_available",
    "pl_not_avail": "payload_not_available",
    "val_tpl": "value_template",
}
DEVICE: Mapping[str, str] = {"ids": "identifiers", "mf": "manufacturer", "mdl": "model"}


def spelled_out(raw: Mapping[str, object], words: Mapping[str, str]) -> dict[str, object]:
    """`raw` with every short key in full; a full key that is there too wins."""
    full = {words[key]: value for key, value in raw.items() if key in words}
    return full | {key: value for key, value in raw.items() if key not in words}
