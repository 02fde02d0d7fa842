import pytest
from hypothesis import given
from hypothesis import strategies as st

from darkstar_executor.core.units import SCALES, Quantity, scale, units_of


@pytest.mark.parametrize(
    ("quantity", "unit", "theirs", "ours"),
    [
        ("power", "W", 1500, 1.5),
        ("power", "kW", 3, 3),
        ("power", "MW", 0.002, 2),
        ("power", "mW", 1e6, 1),
        ("energy", "Wh", 1500, 1.5),
        ("energy", "kWh", 3, 3),
        ("energy", "MWh", 0.5, 500),
        ("energy", "GWh", 0.001, 1000),
        ("energy", "mWh", 1e6, 1),
        ("temperature", "°F", 140, 60),
        ("temperature", "K", 333.15, 60),
        ("voltage", "mV", 230_000, 230),
        ("voltage", "kV", 0.23, 230),
        ("current", "mA", 16_000, 16),
        ("duration", "h", 1.5, 90),
        ("duration", "s", 90, 1.5),
        ("duration", "d", 1, 1440),
        ("share", "%", 55, 55),
        ("power_share", "%", 55, 55),
    ],
)
def test_every_unit_becomes_ours(quantity: Quantity, unit: str, theirs: float, ours: float) -> None:
    made = scale(quantity, unit)
    assert made is not None
    assert made.ours(theirs) == pytest.approx(ours)
    assert made.theirs(ours) == pytest.approx(theirs)


@pytest.mark.parametrize(
    ("quantity", "spelling", "unit"),
    [
        ("power", "w", "W"),
        ("power", "Watts", "W"),
        ("power", "KW", "kW"),
        ("power", " k W ", "kW"),
        ("energy", "KWH", "kWh"),
        ("energy", "kwh", "kWh"),
        ("energy", "MWH", "MWh"),
        ("energy", "wh", "Wh"),
        ("voltage", "Volt", "V"),
        ("current", "Amps", "A"),
        ("current", "mA", "mA"),
        ("temperature", "C", "°C"),
        ("temperature", "ºC", "°C"),
        ("temperature", "℃", "°C"),
        ("temperature", "℉", "°F"),
        ("temperature", "celsius", "°C"),
        ("share", "percent", "%"),
        ("share", " %", "%"),
        ("duration", "minutes", "min"),
    ],
)
def test_other_spellings_are_understood(quantity: Quantity, spelling: str, unit: str) -> None:
    assert scale(quantity, spelling) == SCALES[quantity][unit]


@pytest.mark.parametrize(
    ("quantity", "unit"),
    [
        ("power", None),
        ("power", ""),
        ("power", "Joule"),
        ("power", "kWh"),
        ("power", "VA"),
        ("power", "mw"),
        ("power", "Mw"),
        ("energy", "mwh"),
        ("energy", "kW"),
        ("share", "W"),
        ("current", "Ah"),
        ("temperature", "%"),
    ],
)
def test_a_unit_that_is_wrong_or_could_be_two_is_refused(
    quantity: Quantity, unit: str | None
) -> None:
    assert scale(quantity, unit) is None


@given(st.sampled_from(sorted(SCALES)), st.floats(-1e6, 1e6))
def test_every_conversion_has_a_way_back(quantity: Quantity, value: float) -> None:
    for unit in units_of(quantity):
        made = scale(quantity, unit)
        assert made is not None
        assert made.ours(made.theirs(value)) == pytest.approx(value, abs=1e-6)
