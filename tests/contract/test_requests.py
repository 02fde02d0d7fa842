"""People type requests: bare words, JSON, nothing; what is not understood says what would be."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from darkstar_common.contract import (
    TABLE,
    EvSet,
    ExportSet,
    HistoryQuery,
    ManualBlocksSet,
    OverrideSet,
    PauseSet,
    Request,
    RiskAppetiteSet,
    RunPlan,
    SimulatePlan,
    UnreadableRequestError,
    WaterBoostSet,
)


@pytest.mark.parametrize(
    ("request_class", "payload", "expected"),
    [
        (OverrideSet, "force_charge", {"action": "force_charge", "minutes": 60}),
        (OverrideSet, ' "hold" \n', {"action": "hold", "minutes": 60}),
        (OverrideSet, '{"action": "hold", "minutes": 15}', {"action": "hold", "minutes": 15}),
        (OverrideSet, "plan", {"action": "plan"}),
        (RiskAppetiteSet, "4", {"level": 4}),
        (ExportSet, "off", {"on": False}),
        (ExportSet, "true", {"on": True}),
        (PauseSet, "90", {"minutes": 90}),
        (PauseSet, "off", {"minutes": "off"}),
        (WaterBoostSet, "30", {"minutes": 30}),
        (RunPlan, "", {"when": "now"}),
        (ManualBlocksSet, "none", {"blocks": ()}),
        (ManualBlocksSet, "[]", {"blocks": ()}),
        (EvSet, "off", {"connected": False, "target_percent": None}),
        (SimulatePlan, "", {"changes": {}}),
        (
            SimulatePlan,
            "export_enabled=false planner.scenarios=3 timezone=Europe/Berlin",
            {
                "changes": {
                    "export_enabled": False,
                    "planner.scenarios": 3,
                    "timezone": "Europe/Berlin",
                }
            },
        ),
        (HistoryQuery, "slots", {"what": "slots", "limit": 10_000}),
    ],
)
def test_a_bare_word_and_json_say_the_same(
    request_class: type[Request], payload: str, expected: dict[str, object]
) -> None:
    parsed = request_class.parse(payload.encode()).model_dump()
    assert {name: parsed[name] for name in expected} == expected


@pytest.mark.parametrize(
    ("request_class", "payload", "said"),
    [
        (OverrideSet, b"banana", "'force_charge', 'force_export', 'force_heat', 'hold'"),
        (OverrideSet, b'{"action": "hold", "minutes": -5}', "minutes"),
        (OverrideSet, b'{"action": "hold", "minutes": NaN}', "minutes"),
        (OverrideSet, b"", "action"),
        (RiskAppetiteSet, b"9", "less than or equal to 5"),
        (ManualBlocksSet, b"charge", 'blocks: say "none", or give the blocks as JSON'),
        (SimulatePlan, b"cheaper", "say name=value"),
        (SimulatePlan, b"=1", "say name=value"),
        (WaterBoostSet, b"[1]", "minutes"),
        (OverrideSet, b"\xff\xfe", "UTF-8"),
        (OverrideSet, b"1" * 5000, "force_charge"),
        (OverrideSet, b"[" * 100_000, "action"),
    ],
)
def test_what_is_not_understood_names_the_field_and_what_would_be(
    request_class: type[Request], payload: bytes, said: str
) -> None:
    with pytest.raises(UnreadableRequestError) as refused:
        request_class.parse(payload)
    assert said in str(refused.value)
    assert len(str(refused.value)) < 400


@given(payload=st.binary(max_size=200))
def test_no_payload_breaks_a_parser(payload: bytes) -> None:
    for row in TABLE:
        if row.kind == "request":
            assert _answer(row.message, payload)


def _answer(request_class: type[Request], payload: bytes) -> str:
    try:
        return request_class.parse(payload).model_dump_json()
    except UnreadableRequestError as refused:
        return str(refused)


@pytest.mark.parametrize(("minutes", "expected"), [("on", 60), ("off", 0), (15, 15), (0, 0)])
def test_a_pause_lasts_as_long_as_it_says(minutes: float | str, expected: float) -> None:
    assert PauseSet.model_validate({"minutes": minutes}).duration_minutes() == expected


@pytest.mark.parametrize("minutes", [-1, 10_081])
def test_a_pause_has_limits(minutes: float) -> None:
    with pytest.raises(ValueError, match="not between 0 and a week"):
        PauseSet(minutes=minutes).duration_minutes()
