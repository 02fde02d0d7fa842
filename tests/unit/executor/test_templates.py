import pytest

from darkstar_executor.core.names import slug
from darkstar_executor.core.templates import SILENT, Said, render


@pytest.mark.parametrize(
    ("template", "payload", "expected"),
    [
        ("{{ value }}", "5", "5"),
        ("{{ value_json.a.b }}", '{"a": {"b": 7}}', "7"),
        ("{{value_json['a b'][1]}}", '{"a b": [1, 2]}', "2"),
        ('{{ value_json["a"] }}', '{"a": true}', "True"),
        ("{{ value_json[0] }}", "[3]", "3"),
        ("{{ value_json[3] }}", "[3]", SILENT),
        ("{{ value_json.items }}", '{"items": 4}', "4"),
        ("{{ value_json.a }}", '{"b": 1}', SILENT),
        ("{{ value_json.a }}", "[1]", SILENT),
        ("{{ value_json.a.b }}", '{"a": 1}', SILENT),
        ("{{ value_json.a | float }}", '{"a": "1.5"}', "1.5"),
        ("{{ value_json.a | float }}", '{"a": "x"}', None),
        ("{{ value_json.a | float(2) }}", '{"a": "x"}', "2"),
        ("{{ value_json.a | int }}", '{"a": "7.9"}', "7"),
        ("{{ value | int(base=16) }}", "ff", "255"),
        ("{{ value | int(0, 16) }}", "zz", "0"),
        ("{{ (value | float / 3) | round(2) }}", "10", "3.33"),
        ("{{ value | float | round }}", "10.6", "11"),
        ("{{ value | round(0, 'ceil') }}", "10.1", "11"),
        ("{{ value | round(1, 'floor', 9) }}", "x", "9"),
        ("{{ value_json.a | default('none given') }}", "{}", "none given"),
        ("{{ float(value) * 2 }}", "4", "8.0"),
        ("{{ iif(value == 'on', 1, 0) }}", "on", "1"),
        ("{{ value | is_number }}", "inf", "False"),
        ("{{ value | is_number }}", "x", "False"),
        ("{{ (value | from_json).a }}", '{"a": 1}', "1"),
        ("{% if value == '1' %}ON{% else %}OFF{% endif %}", "1", "ON"),
        ("{{ 1 / 0 }}", "1", None),
        ("{{ unclosed", "1", None),
        ("{{ ''.__class__.__mro__ }}", "1", None),
        ("{{ value_json.a }}", '{"a": 1}' + " " * 70_000, None),
    ],
)
def test_templates(template: str, payload: str, expected: Said) -> None:
    assert render(template, payload) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Battery SoC", "battery_soc"),
        ("Åke's Øl (kW)", "ake_s_ol_kw"),
        ("  a--b  ", "a_b"),
        ("ß", "ss"),
    ],
)
def test_slugs(text: str, expected: str) -> None:
    assert slug(text) == expected
