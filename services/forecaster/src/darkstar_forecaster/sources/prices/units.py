"""What a price is told in: money and energy, as the common integrations write them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from darkstar_forecaster.core.prices import PricesRefusedError

_PER_KWH = {"wh": 1000.0, "kwh": 1.0, "mwh": 0.001}
"""From a price per this to one per kWh."""
_CROWNS = frozenset({"SEK", "NOK", "DKK", "ISK"})
_WHOLE: Mapping[str, frozenset[str]] = {
    "€": frozenset({"EUR"}),
    "euro": frozenset({"EUR"}),
    "kr": _CROWNS,
    "£": frozenset({"GBP"}),
    "zł": frozenset({"PLN"}),
    "kč": frozenset({"CZK"}),
    "ft": frozenset({"HUF"}),
    "lei": frozenset({"RON"}),
}
_HUNDREDTHS: Mapping[str, frozenset[str]] = {
    "öre": _CROWNS,
    "øre": _CROWNS,
    "ore": _CROWNS,
    "c": frozenset({"EUR"}),
    "ct": frozenset({"EUR"}),
    "cent": frozenset({"EUR"}),
    "cents": frozenset({"EUR"}),
    "snt": frozenset({"EUR"}),
    "p": frozenset({"GBP"}),
    "gr": frozenset({"PLN"}),
}
"""What people call the hundredth part of their money."""


def per_kwh(told: Mapping[str, Any], currency: str) -> float:
    """What a price beside `told` is multiplied by to be one per kWh in `currency`.

    `told` are the attributes of a sensor, or the keys of a message: a `unit_of_measurement`
    such as SEK/kWh, EUR/MWh or öre/kWh, or a `unit` of energy with a `currency`, perhaps with
    `price_in_cents`.

    Raises:
        PricesRefusedError: It is another currency, or no unit is told that is understood.
    """
    money, energy = _told(told)
    if energy.lower() not in _PER_KWH:
        raise PricesRefusedError(
            f"no unit is told that is understood (such as {currency}/kWh), but "
            f"{told.get('unit_of_measurement') or told.get('unit')!r}"
        )
    factor = _PER_KWH[energy.lower()] * _money(money, currency)
    in_cents = told.get("price_in_cents") is True and money.lower() not in _HUNDREDTHS
    return factor / 100 if in_cents else factor


def _told(told: Mapping[str, Any]) -> tuple[str, str]:
    """Money and energy."""
    for key in ("unit_of_measurement", "unit"):
        unit = told.get(key)
        if isinstance(unit, str) and "/" in unit:
            money, _, energy = unit.partition("/")
            return money.strip(), energy.strip()
    return str(told.get("currency") or ""), str(told.get("unit") or "")


def _money(money: str, currency: str) -> float:
    if money.upper() == currency or currency in _WHOLE.get(money.lower(), ()):
        return 1.0
    if currency in _HUNDREDTHS.get(money.lower(), ()):
        return 0.01
    raise PricesRefusedError(
        f"they are in {money or 'no currency that is told'}, not in {currency} "
        "as tariff.currency says"
    )
