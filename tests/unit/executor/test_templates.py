import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from darkstar_executor.core.names import slug
from darkstar_executor.core.template_bounds import LOOPS, MOST
from darkstar_executor.core.templates import SILENT, Said, command, render

# Home Assistant 2026.11 gives the same for each of these; where it keeps the value before, we
# are SILENT, or None when the payload is there and cannot be a value.
AS_HOME_ASSISTANT = [
    ("{{ value_json.a | float }}", '{"a":"1.5"}', "1.5"),
    ("{{ value_json.a | float }}", '{"b":1}', SILENT),
    ("{{ value_json.a | float(7) }}", '{"b":1}', SILENT),
    ("{{ value_json.a }}", '{"b":1}', SILENT),
    ("{{ value_json.a }}", '{"a":null}', "None"),
    ("{{ value_json.a }}", '{"a":true}', "True"),
    ("{{ value_json.a }}", '{"a":1.50}', "1.5"),
    ("{{ value_json.a }}", '{"a":"x"}', "x"),
    ("{{ value_json.a }}", '{"a":{"b":1}}', "{'b': 1}"),
    ("{{ value_json.a | is_defined }}", '{"b":1}', SILENT),
    ("{{ value_json.a | is_defined }}", '{"a":1}', "1"),
    ("{{ value_json.a.b.c }}", '{"a":{}}', SILENT),
    ("{{ value_json.a | default(3) }}", "{}", "3"),
    ("{{ value_json.a | round(1) }}", '{"a":2.25}', "2.2"),
    ("{{ value_json.a | round }}", '{"a":2.5}', "2"),
    ("{{ value_json.a | round(0) }}", '{"a":3.5}', "4"),
    ("{{ value | round(1,'floor') }}", "2.29", "2.2"),
    ("{{ value | round(1,'ceil') }}", "2.21", "2.3"),
    ("{{ value | round(0,'half') }}", "2.3", "2"),
    ("{{ value | round(1,'half') }}", "2.3", "2.5"),
    ("{{ value | round(1,default=0) }}", "x", "0"),
    ("{{ value | int }}", "7.9", "7"),
    ("{{ value | int }}", "x", None),
    ("{{ value | int(5) }}", "x", "5"),
    ("{{ value | int(base=16) }}", "ff", "255"),
    ("{{ value | int(0,16) }}", "0x1F", "31"),
    ("{{ value | int }}", "-3", "-3"),
    ("{{ value | int }}", "inf", None),
    ("{{ value | float * 2 }}", "4", "8.0"),
    ("{{ value | multiply(0.1) | round(2) }}", "33", "3.3"),
    ("{{ value | add(10) }}", "5", "15.0"),
    ("{{ value | multiply(2, default=0) }}", "x", "0"),
    ("{{ value | bool }}", "on", "True"),
    ("{{ value | bool }}", "Off", "False"),
    ("{{ value | bool(false) }}", "x", "False"),
    ("{{ value | bool }}", "yes", "True"),
    ("{{ value | bool }}", "2", None),
    ("{{ value_json | bool }}", "2", "True"),
    ("{{ value | is_number }}", "1e3", "True"),
    ("{{ value is is_number }}", "x", "False"),
    ("{{ value is number }}", "3", "False"),
    ("{{ value | regex_replace('[^0-9.]', '') }}", "12.5 kW", "12.5"),
    ("{{ value | regex_findall_index('([0-9.]+)', 0) }}", "12.5 kW", "12.5"),
    ("{{ value | regex_findall('[0-9]') | length }}", "12.5 kW", "3"),
    ("{{ value is match('12') }}", "12.5", "True"),
    ("{{ value is search('kW') }}", "12.5 kW", "True"),
    ("{{ value | regex_match('X', true) }}", "xx", "True"),
    ("{{ value | int | bitwise_and(8) }}", "12", "8"),
    ("{{ bitwise_or(value|int, 1) }}", "12", "13"),
    ("{{ value|int|bitwise_xor(5) }}", "12", "9"),
    ("{{ [value|float, 0] | max }}", "-3", "0"),
    ("{{ max(value|float, 0) }}", "-3", "0"),
    ("{{ min([3, value|float]) }}", "2", "2.0"),
    ("{{ average(value_json) }}", "[1,2,6]", "3.0"),
    ("{{ value_json | average }}", "[1,2,6]", "3.0"),
    ("{{ value_json | median }}", "[1,2,6]", "2"),
    ("{{ value_json | sum }}", "[1,2,6]", "9"),
    ("{{ value_json | average(0) }}", "[]", "0"),
    ("{{ value_json|statistical_mode }}", "[1,1,2]", "1"),
    ("{{ value | float | abs }}", "-2", "2.0"),
    ("{{ sqrt(value) }}", "16", "4.0"),
    ("{{ value | log(10) }}", "100", "2.0"),
    ("{{ clamp(value, 0, 10) }}", "12", "10.0"),
    ("{{ wrap(370, 0, 360) }}", "1", "10.0"),
    ("{{ value | float | clamp(0,5) }}", "3", "3.0"),
    ("{{ iif(value == 'on', 1, 0) }}", "on", "1"),
    ("{{ value_json.a | iif('y','n','none') }}", '{"a":null}', "none"),
    ("{{ 'ON' if value == '1' else 'OFF' }}", "1", "ON"),
    ("{% if value_json.s == 2 %}charging{% else %}idle{% endif %}", '{"s":2}', "charging"),
    ("{{ {0:'Off',1:'On'}[value|int] }}", "1", "On"),
    ("{{ {0:'Off',1:'On'}[value|int] }}", "9", SILENT),
    ("{{ {'0':'Off','1':'On'}.get(value,'?') }}", "9", "?"),
    ("{% set m = {'a':1} %}{{ m[value] | default('none') }}", "b", "none"),
    ("{{ value.split(',')[1] }}", "a,b", "b"),
    ("{{ value.split(',')[5] }}", "a,b", SILENT),
    ("{{ value | replace('W','') | float }}", "12W", "12.0"),
    ("{{ value[0:2] }}", "abcd", "ab"),
    ("{{ value | trim }}", "  x ", "x"),
    ("{{ value | lower }}", "ON", "on"),
    ("{{ value | upper }}", "on", "ON"),
    ("{{ value | title }}", "zero export", "Zero Export"),
    ("{{ '%0.2f' | format(value|float) }}", "3.14159", "3.14"),
    ("{{ '%.1f' % value|float }}", "3.14159", "3.1"),
    ("{{ '{:.1f}'.format(value|float) }}", "3.14159", "3.1"),
    ("{{ value_json['a b'] }}", '{"a b":4}', "4"),
    ("{{ value_json[0].x }}", '[{"x":1}]', "1"),
    ("{{ value_json | length }}", "[1,2]", "2"),
    ("{{ value_json.values() | list | length }}", '{"a":1}', "1"),
    ("{{ value_json.items() | list }}", '{"a":1}', "[('a', 1)]"),
    ("{{ value | int | timestamp_custom('%H:%M', false) }}", "3600", "01:00"),
    ("{{ value | int | timestamp_utc }}", "3600", "1970-01-01T01:00:00+00:00"),
    ("{{ as_timestamp(value) }}", "2024-01-01T00:00:00+00:00", "1704067200.0"),
    ("{{ value | as_datetime }}", "1704067200", "2024-01-01 00:00:00+00:00"),
    ("{{ strptime(value, '%d/%m/%Y').year }}", "03/02/2024", "2024"),
    ("{{ (value | as_datetime).hour }}", "2024-01-01T05:00:00+00:00", "5"),
    ("{{ timedelta(seconds=value|int) }}", "90", "0:01:30"),
    ("{{ value | from_json }}", '{"a": 1}', "{'a': 1}"),
    ("{{ (value | from_json).a }}", '{"a": 1}', "1"),
    ("{{ value_json | to_json }}", '{"a": [1, 2.5, null]}', '{"a":[1,2.5,null]}'),
    ("{{ value | base64_decode }}", "aGk=", "hi"),
    ("{{ value | base64_encode }}", "hi", "aGk="),
    ("{{ value | slugify }}", "A b", "a_b"),
    ("{{ value | ord }}", "a", "97"),
    ("{{ value | contains('b') }}", "abc", "True"),
    ("{{ 'b' in value }}", "abc", "True"),
    ("{{ value | from_hex | unpack('>H') }}", "0102", "258"),
    ("{{ pack(1, '>H') }}", "1", "b'\\x00\\x01'"),
    ("{{ value_json.a // 10 }}", '{"a":57}', "5"),
    ("{{ value_json.a % 10 }}", '{"a":57}', "7"),
    ("{{ value_json.a / 10 }}", '{"a":57}', "5.7"),
    ("{{ 2 ** 10 }}", "1", "1024"),
    ("{{ 1 / 0 }}", "1", None),
    ("{{ value_json.a ~ 'x' }}", '{"a":57}', "57x"),
    ("{{ value_json.a + value_json.b }}", '{"a":1,"b":2}', "3"),
    ("{{ value_json.a + value_json.b }}", '{"a":1}', SILENT),
    ("{{ value_json.a | string }}", '{"a":1.0}', "1.0"),
    ("{{ value_json.x and value_json.y }}", '{"x":1,"y":0}', "0"),
    ("{{ not value_json.x }}", '{"x":0}', "True"),
    ("{{ value_json.a is defined }}", "{}", "False"),
    ("{% if value_json.a is defined %}{{ value_json.a }}{% endif %}", "{}", SILENT),
    ("{{ none }}", "1", "None"),
    ("{{ '' }}", "1", SILENT),
    ("", "1", SILENT),
    ("plain", "1", "plain"),
    ("{{ value }}", "", SILENT),
    ("{{ value_json.a }}", "not json", None),
    ("{{ value_json }}", "not json", None),
    ("{{ value_json }}", '"text"', "text"),
    ("{{ value_json }}", "12", "12"),
    ("{{ value_json.a }}", "[1]", SILENT),
    ("{{ value_json[9] }}", "[1]", SILENT),
    ("{{ 1 if value_json.a > 3 else 0 }}", '{"a":"x"}', None),
    ("{% for k in value_json %}{{ k }}{% endfor %}", '{"a":1,"b":2}', "ab"),
    (("{% set n = namespace(t=0) %}{% for v in value_json %}{% set n.t = n.t + v %}{% endfor %}"
     "{{ n.t }}"), "[1,2,3]", "6"),
    ("{{ value_json | map(attribute='p') | sum }}", '[{"p":1},{"p":2}]', "3"),
    ("{{ value_json | selectattr('p','gt',1) | list | length }}", '[{"p":1},{"p":2}]', "1"),
    ("{{ value_json | sort | first }}", "[2,1]", "1"),
    ("{{ value_json | last }}", "[2,1]", "1"),
    ("{{ value_json | join('-') }}", "[2,1]", "2-1"),
    ("{{ value_json | unique | list }}", "[2,2]", "[2]"),
    ("{{ value_json | union([3]) }}", "[2]", "[2, 3]"),
    ("{{ value_json | flatten }}", "[[1],[2]]", "[1, 2]"),
    ("{{ value | truncate(3, true, '') }}", "abcdef", "abcdef"),
    ("{{ value_json | typeof }}", "[1]", "list"),
    ("{{ value_json is list }}", "[1]", "True"),
    ("{{ pi | round(2) }}", "1", "3.14"),
    ("{{ e | round(2) }}", "1", "2.72"),
    ("{{ sin(0) }}", "1", "0.0"),
    ("{{ value is string_like }}", "1", "True"),
    ("{{ zip([1],[2]) | list }}", "1", "[(1, 2)]"),
    ("{{ set([1]) }}", "1", "{1}"),
    ("{{ tuple([1]) }}", "1", "(1,)"),
    ("{{ value | urlencode }}", "a b", "a%20b"),
    ("{{ [1,2] | contains(1) }}", "1", "True"),
    ("{{ value_json.a | float(none) }}", '{"a":"x"}', "None"),
    ("{{ value_json.t | round(1) if value_json.t is number else none }}", '{"t":"x"}', "None"),
]  # fmt: skip


@pytest.mark.parametrize(("template", "payload", "expected"), AS_HOME_ASSISTANT)
def test_templates_say_what_home_assistant_makes_of_them(
    template: str, payload: str, expected: Said
) -> None:
    assert render(template, payload) == expected


@pytest.mark.parametrize(
    ("template", "payload", "expected"),
    [
        ("{{ value_json.items }}", '{"items": 4}', "4"),
        ("{{ value_json.a }}", '{"b": 1}', SILENT),
        ("{{ value_json.a.b }}", '{"a": 1}', SILENT),
        ("{{ value_json.a }}", "no json", None),
        ("{{ value_json.a | round }}", "no json", None),
        ("{{ value_json.a }}", '{"a": 1}' + " " * 70_000, None),
        ("{{ value_json.a }}", "1" * 5_000, None),
        ("{{ unclosed", "1", None),
        ("{{ ''.__class__.__mro__ }}", "1", None),
        ("{{ value.__class__ }}", "1", SILENT),
        ("{{ range.__globals__ }}", "1", SILENT),
        ("{{ states('sensor.x') }}", "1", SILENT),
        ("{{ now() }}", "1", SILENT),
        ("{{ value | regex_match('(') }}", "1", None),
        ("{{ value | regex_findall('[') }}", "1", None),
        ("{{ value | regex_replace(value, '') }}", "(?P<x", None),
        ("{{ value is search('*') }}", "1", None),
        ("{{ value_json[1e999] }}", "1", None),
        ("{{ value | int // 0 }}", "1", None),
    ],
)
def test_what_cannot_be_read_is_no_value(template: str, payload: str, expected: Said) -> None:
    assert render(template, payload) == expected


@pytest.mark.parametrize(
    ("template", "payload"),
    [
        ("{{ value_json.a }}", r'{"a": "Lamp \ud83d"}'),
        ("{{ value_json.a | upper }}", r'{"a": "lamp \uDE00"}'),
        ("{{ (value | from_json).a }}", r'{"a": "Lamp \ud83d"}'),
        (r"Lamp {{ '\ud83d' }}", "1"),
        ("Lamp {{ '%c' % 55357 }}", "1"),
    ],
)
def test_half_a_character_is_replaced(template: str, payload: str) -> None:
    said = render(template, payload)
    assert isinstance(said, str)
    assert said.casefold() == "lamp \ufffd"


def test_a_command_holds_no_half_character() -> None:
    assert command(r"{{ '\ud83d' ~ value }}", 1) == "\ufffd1"


def test_a_whole_character_stays() -> None:
    assert render("{{ value_json.a }}", r'{"a": "\ud83d\ude00"}') == "\U0001f600"


DOUBLING = "{% set ns = namespace(x='0123456789') %}{% for i in range(99) %}{% set ns.x = "
DOUBLED = " %}{% endfor %}{{ ns.x }}"
BOMBS = [
    "{{ 9 ** 999999999 }}",
    "{{ 9 ** 9 ** 9 ** 9 ** 9 ** 9 ** 9 }}",
    "{{ 2.0 ** 9999999 }}",
    "{{ 'a' * 10 ** 9 }}",
    "{{ [0] * 10 ** 9 }}",
    "{{ range(10 ** 9) | list }}",
    "{{ range(10 ** 9) | sum }}",
    "{% for i in range(2000) %}{% for j in range(2000) %}{{ i * j }}{% endfor %}{% endfor %}",
    "{% for i in range(1999) %}{{ value * 900 }}{% endfor %}",
    "{% for i in range(1999) %}{% set x = (value * 60000) | list | sort %}{% endfor %}",
    f"{DOUBLING}ns.x ~ ns.x{DOUBLED}",
    f"{DOUBLING}ns.x + ns.x{DOUBLED}",
    f"{DOUBLING}[ns.x, ns.x]{DOUBLED}",
    f"{DOUBLING}(ns.x, ns.x) | list{DOUBLED}",
    f"{DOUBLING}dict(a=ns.x, b=ns.x){DOUBLED}",
    f"{DOUBLING}'%s%s' % (ns.x, ns.x){DOUBLED}",
    f"{DOUBLING}'{{0}}{{0}}'.format(ns.x){DOUBLED}",
    f"{DOUBLING}ns.x | replace('0', '00000'){DOUBLED}".replace("range(99)", "range(1999)"),
    f"{DOUBLING}ns.x.join(ns.x){DOUBLED}",
    f"{DOUBLING}ns.x | to_json{DOUBLED}".replace("range(99)", "range(1999)"),
    f"{DOUBLING}ns.x | base64_encode{DOUBLED}",
    f"{DOUBLING}ns.x | regex_replace('', '0123456789'){DOUBLED}",
    "{{ ('a' * 30 ~ 'b') | regex_match('(a+)+$') }}",
    "{{ ('a' * 60 ~ 'b') is match('(a|a)*$') }}",
    "{{ ('a' * 2000) | regex_search('.*.*.*.*x') }}",
    "{{ ('a' * 40) | regex_match('" + "a?" * 30 + "a" * 40 + "') }}",
    "{{ 'a' | center(10 ** 9) }}",
    "{{ 'a'.center(10 ** 9) }}",
    "{{ 'a'.zfill(10 ** 9) }}",
    "{{ '%1000000000d' % 1 }}",
    "{{ '%*d' % (10 ** 9, 1) }}",
    "{{ '{:1000000000}'.format(1) }}",
    "{{ '{:{}}'.format(1, 10 ** 9) }}",
    "{{ '%1000000000d' | format(1) }}",
    "{{ [1] | batch(10 ** 9, 'x') | list }}",
    "{{ 1 | round(10 ** 9) }}",
    "{{ 1 | pack('999999999x') }}",
    "{{ 'a' | timestamp_custom('%Y' * 999999) }}",
    "{% set big = value * 60000 %}{% for i in range(1999) %}{% set x = big | upper %}{% endfor %}",
    "{% for i in range(1999) %}{{ (value * 40) | regex_match('1?1?1?2') }}{% endfor %}",
    "{% macro f() %}{{ f() ~ f() }}{% endmacro %}{{ f() }}",
    "{% for i in [1] recursive %}{{ loop([1]) }}{% endfor %}",
    "{% set x %}{{ value }}{% endset %}{{ x }}",
    "{% import 'x' as y %}",
    "{{ " + "(" * 3000 + "1" + ")" * 3000 + " }}",
    "{{ " + "1+" * 9000 + "1 }}",
]


@pytest.mark.parametrize("template", BOMBS)
def test_a_template_bomb_neither_hangs_nor_fills_the_memory(template: str) -> None:
    assert render(template, "1") is None


@pytest.mark.parametrize(
    "template",
    [
        "{{ lipsum(n=100000) }}",
        "{{ 'a'.ljust(10 ** 9) }}",
        "{{ (1).to_bytes(10 ** 9, 'big') }}",
        "{{ cycler(1, 2) }}",
    ],
)
def test_what_no_sensor_needs_is_not_there(template: str) -> None:
    assert render(template, "1") in {SILENT, None}


def test_a_sensor_may_loop_as_much_as_it_needs() -> None:
    assert render(f"{{% for i in range({LOOPS}) %}}x{{% endfor %}}", "1") == "x" * LOOPS
    assert render(f"{{% for i in range({LOOPS + 1}) %}}x{{% endfor %}}", "1") is None


FRAGMENTS = st.sampled_from([
    "{{ ", " }}", "{% if ", " %}", "{% else %}", "{% endif %}", "{% for i in ", "{% endfor %}",
    "value", "value_json", ".a", "[0]", " | float", " | int(0)", " | round(2)", " | list", " ~ ",
    " + ", " * ", " ** ", "(", ")", "'a'", "9", "range(9999)", ".format(", "[", "]", " is defined",
    "{% set x = ", "x", " | regex_replace('a', value)", " | from_json", " | map('int')", "-1", "''",
    " | join", " | to_json", " | sum", "|attr('__class__')", ".items()", " | bitwise_and(1)",
    " | regex_match(", " is search(", "'('", "'[a-'", "1e999", r"'\ud83d'", " % ", "'%c'", "55357",
])  # fmt: skip
PAYLOADS = st.one_of(
    st.text(max_size=30),
    st.sampled_from(
        [
            '{"a": 1}',
            r'{"a": "\ud83d"}',
            "[1, 2]",
            "null",
            "NaN",
            '{"a": {"a": []}}',
            "1e400",
            "-",
            '"x"',
            "9" * 5000,
        ]
    ),
)


@given(st.lists(FRAGMENTS, max_size=10).map("".join), PAYLOADS)
@settings(max_examples=300, deadline=2000)
def test_no_template_and_no_payload_can_break_it(template: str, payload: str) -> None:
    said = render(template, payload)
    assert said is None or said is SILENT or len(said) <= MOST + len(template) + len(payload)


@given(st.text(max_size=80), PAYLOADS)
def test_no_text_as_a_template_can_break_it(template: str, payload: str) -> None:
    most = MOST + len(template) + len(payload)
    for said in (render(template, payload), command(template, payload)):
        assert said is None or said is SILENT or len(said) <= most


@pytest.mark.parametrize(
    ("template", "value", "payload"),
    [
        ("{{ (value * 1000) | int }}", 1.5, "1500"),
        ('{"target": {{ value }}}', 63, '{"target": 63}'),
        ("{{ value | upper }}", "export", "EXPORT"),
        ("{{ entity_id }}={{ value }}", 1, "number.x=1"),
        ("{{ broken", 1, None),
        ("{{ 9 ** 99999 }}", 1, None),
        ("{{ value.nothing.there }}", 1, None),
    ],
)
def test_a_command_template_gets_numbers_as_numbers(
    template: str, value: float | str, payload: str | None
) -> None:
    assert command(template, value, entity_id="number.x") == payload


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Battery SoC", "battery_soc"),
        ("Åke's Øl (kW)", "ake_s_ol_kw"),
        ("  a--b  ", "a_b"),
        ("ß", "ss"),
        ("1,000 W", "1000_w"),
        ("°C µ ²", "degc_m_2"),
        ("5.5 kW", "5_5_kw"),
    ],
)
def test_slugs_are_home_assistants(text: str, expected: str) -> None:
    assert slug(text) == expected
