"""A short title for a key, from its name; the unit is told beside the value."""

from __future__ import annotations

import re
from typing import Final

_UNIT: Final = re.compile(
    r"_(per_kwh|per_kw|per_hour|kwh|kw|percent|seconds|minutes|hours|days|hour|mb|[cmv])$"
)
_WORDS: Final = {
    "ac": "AC", "dc": "DC", "ev": "EV", "evs": "vehicles", "soc": "SoC", "vat": "VAT",
    "url": "address", "eur": "euro", "min": "lowest", "max": "highest", "mqtt": "MQTT",
    "csv": "CSV", "pv": "PV",
}  # fmt: skip
_WHOLE: Final = {
    "archive_url": "Address of past weather",
    "boost_c": "Set-point of a boost",
    "charge_start": "Charging begins",
    "charge_stop": "Charging has ended",
    "charge_taper": "Charge power when nearly full",
    "confirm_seconds": "Time to confirm",
    "daily_min_kwh": "Heat of a day",
    "dc_coupled": "DC-coupled",
    "defer_hours": "Day lasts beyond midnight",
    "energy_charts_url": "Address of energy-charts",
    "ev_start": "Vehicle begins to charge",
    "ev_stop": "Vehicle has ended charging",
    "export_start": "Selling begins",
    "export_stop": "Selling has ended",
    "fixed_per_kwh": "Fixed price",
    "gap_profile": "Energy of a silence",
    "grid_import_positive": "Import is positive",
    "battery_discharge_positive": "Discharge is positive",
    "has_solar": "Solar panels",
    "history_days": "Past to learn from",
    "home_assistant": "Home Assistant",
    "id": "Name in topics",
    "ingress_address": "Address of the Supervisor",
    "interval_minutes": "New plan every",
    "kwp": "Peak power",
    "legionella_c": "Set-point against legionella",
    "legionella_days": "Against legionella every",
    "legionella_hours": "Heating against legionella",
    "low_disk_mb": "Tell when less is free",
    "markup_per_kwh": "Supplier's markup",
    "max_ac_kw": "AC limit",
    "max_age_seconds": "Oldest reading by role",
    "max_c": "Highest set-point",
    "max_charge_kw": "Highest charge power",
    "max_discharge_kw": "Highest discharge power",
    "max_gap_hours": "Longest gap",
    "max_minutes": "Longest time",
    "max_writes_per_day": "Writes per day",
    "min_charge_kw": "Lowest charge power",
    "min_spacing_hours": "Shortest gap",
    "min_write_seconds": "Time between writes",
    "nordpool_url": "Address of Nord Pool",
    "normal_c": "Set-point while heating",
    "not_following_kw": "Not following: how far off",
    "not_following_minutes": "Not following: for how long",
    "off_c": "Set-point while off",
    "on_stop": "When stopped",
    "open_meteo_url": "Address of Open-Meteo",
    "per_kwh": "Price",
    "score_days": "Days to score",
    "seconds": "Looks every",
    "session_days": "Signed in for",
    "shadow": "Shadow mode",
    "soc_max_age_seconds": "Oldest state of charge",
    "soc_target_change": "Target has changed",
    "standby_kw": "Standby loss",
    "state_max_age_seconds": "Oldest reading",
    "surplus_below_per_kwh": "Surplus: sold for less than",
    "surplus_kw": "Surplus: from",
    "surplus_soc_percent": "Surplus: battery at least",
    "tick_seconds": "Looks every",
    "timezone": "Time zone",
    "top_n": "Highest hours",
    "water_heat_start": "Heating begins",
    "water_heat_stop": "Heating has ended",
    "yearly_kwh": "Use of a year",
}


def title(name: str) -> str:
    """What a key of that name is called.

    Example:
        >>> title("max_charge_kw"), title("vat_percent"), title("time_of_use")
        ('Highest charge power', 'VAT', 'Time of use')
    """
    if name in _WHOLE:
        return _WHOLE[name]
    words = [_WORDS.get(word, word) for word in _UNIT.sub("", name).split("_")]
    text = " ".join(words)
    return text[:1].upper() + text[1:]
