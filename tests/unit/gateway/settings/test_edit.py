"""A file that people write is changed where it must be, and nowhere else."""

from __future__ import annotations

import io
from difflib import unified_diff
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ruamel.yaml import YAML

from darkstar_gateway.core.settings.changes import meaning
from darkstar_gateway.core.settings.edit import EditError, edited, loaded
from darkstar_gateway.core.settings.matching import same, steps

EXAMPLE = (Path(__file__).parents[4] / "config.example.yaml").read_text(encoding="utf-8")


def diff(before: str, after: str) -> list[str]:
    lines = unified_diff(before.splitlines(), after.splitlines(), lineterm="", n=0)
    return [line for line in lines if line[:1] in "+-" and line[:3] not in ("---", "+++")]


def put(text: str, key: str, value: Any) -> str:
    """`text` with another value for one key."""
    content = loaded(text)
    *sections, name = key.split(".")
    place = content
    for section in sections:
        place = place[section]
    place[name] = value
    return edited(text, content, meaning)


def without(text: str, key: str) -> str:
    content = loaded(text)
    *sections, name = key.split(".")
    place = content
    for section in sections:
        place = place[section]
    del place[name]
    return edited(text, content, meaning)


@pytest.mark.parametrize(
    ("key", "value", "changed"),
    [
        ("battery.capacity_kwh", 12.5, ["-  capacity_kwh: 10.0", "+  capacity_kwh: 12.5"]),
        ("executor.shadow", False, ["-  shadow: true", "+  shadow: false"]),
        ("planner.risk_appetite", 4, ["-  risk_appetite: 3", "+  risk_appetite: 4"]),
        ("timezone", "Europe/Oslo", ["-timezone: Europe/Stockholm", "+timezone: Europe/Oslo"]),
        ("prices.published_at", "14:00", ["-  published_at: 13:00", "+  published_at: 14:00"]),
        ("executor.on_stop", "leave", ["-  on_stop: fallback", "+  on_stop: leave"]),
        (
            "prices.sources",
            ["nordpool", "generated"],
            ["-  sources: [generated]", "+  sources: [nordpool, generated]"],
        ),
        (
            "battery.charge_taper",
            [[80, 5.0], [90, 2.0]],
            ["-  charge_taper: []", "+  charge_taper: [[80, 5.0], [90, 2.0]]"],
        ),
        ("household.country", None, ["-  country: SE", "+  country: null"]),
        ("location", {"latitude": 57.7}, ["-location: null", "+location:", "+  latitude: 57.7"]),
        ("location", {}, ["-location: null", "+location: {}"]),
        ("evs", [{"id": "car"}], ["-evs: []", "+evs:", "+  - {id: car}"]),
        ("executor.units", {"pv_power": "W"}, ["-  units: {}", "+  units:", "+    pv_power: W"]),
        (
            "executor.roles.battery_soc",
            "sensor.soc",
            [
                "-    battery_soc: sensor.inverter_battery_soc",
                "+    battery_soc: sensor.soc",
            ],
        ),
        ("executor.roles.ev", "x/y", ["+    ev: x/y"]),
        ("grid.peak", {"top_n": 1}, ["-  peak: null", "+  peak:", "+    top_n: 1"]),
    ],
)
def test_only_the_lines_of_what_changes_differ(key: str, value: Any, changed: list[str]) -> None:
    assert diff(EXAMPLE, put(EXAMPLE, key, value)) == changed


def test_a_section_becomes_null_and_all_around_it_stays() -> None:
    changed = diff(EXAMPLE, put(EXAMPLE, "battery", None))
    assert [line for line in changed if line.startswith("+")] == ["+battery: null"]
    assert changed[0] == "-battery:"
    assert all(line.startswith("-  ") for line in changed[1:-1])
    assert "\n# The battery; null in a house without one.\nbattery: null\n\n# The water" in put(
        EXAMPLE, "battery", None
    )


def test_a_key_goes_with_what_the_example_says_of_it_and_comes_back_with_it() -> None:
    gone = without(EXAMPLE, "battery.max_charge_kw")
    assert diff(EXAMPLE, gone) == [
        "-  # Most it can be charged with [kW].",
        "-  max_charge_kw: 5.0",
    ]
    content = loaded(EXAMPLE)
    assert edited(gone, content, meaning) == EXAMPLE


def test_what_people_wrote_above_a_key_stays() -> None:
    text = "battery:\n  # ours since May\n  capacity_kwh: 8\n  min_soc_percent: 20 # low\n"
    assert without(text, "battery.capacity_kwh") == (
        "battery:\n  # ours since May\n  min_soc_percent: 20 # low\n"
    )


@pytest.mark.parametrize(
    ("before", "key", "value", "after"),
    [
        ("a: 1 # one\nb: 2\n", "a", 3, "a: 3 # one\nb: 2\n"),
        ("a:   'x'  # why\n", "a", "y", "a:   'y'  # why\n"),
        ('a: "x"\n', "a", 'y "z"', 'a: "y \\"z\\""\n'),
        ("a: 'x'\n", "a", 1, "a: 1\n"),
        ("a: {b: 1, c: 'x'} # c\n", "a.b", 2, "a: {b: 2, c: 'x'} # c\n"),
        ("a: {} # c\n", "a.b", 2, "a: # c\n  b: 2\n"),
        ("a:\n  # none yet\nb: 1\n", "a", 2, "a: 2\n  # none yet\nb: 1\n"),
        ("a: [1,2]   # list\n", "a", [1], "a: [1]   # list\n"),
        ("a:\n  - 1 # one\n  - 2\n", "a", [1, 2, 3], "a:\n  - 1 # one\n  - 2\n  - 3\n"),
        ("a:\n- 1\n- 2 # two\n- 3\n", "a", [1, 3], "a:\n- 1\n- 3\n"),
        ("a:\n- 2\n", "a", [1, 2], "a:\n- 1\n- 2\n"),
        ("a:\n- 2\n# c\nb: 1\n", "a", [], "a: []\n# c\nb: 1\n"),
        ("a:\n- x: 1 # c\n  y: 2\n", "a", [{"x": 1, "y": 3}], "a:\n- x: 1 # c\n  y: 3\n"),
        ("a:\n- x: 1\n", "a", [{"x": 1}, {"x": 2, "y": 1}], "a:\n- x: 1\n- x: 2\n  y: 1\n"),
        ("a:\n  b: 1", "a.c", 2, "a:\n  b: 1\n  c: 2"),
        ("a: 1\r\nb: 2\r\n", "c", 3, "a: 1\r\nb: 2\r\nc: 3\r\n"),
        ("a: 1 # x\r\nb: 2\r\n", "a", 3, "a: 3 # x\r\nb: 2\r\n"),
        ("\ufeffa: 1\n", "a", 2, "\ufeffa: 2\n"),
        ("---\na: 1\n...\n", "a", 2, "---\na: 2\n...\n"),
        ("a: |\n  text\n  more\n# c\nb: 1\n", "a", "x", "a: x\n# c\nb: 1\n"),
        ("", "a", {"b": 1}, "a:\n  b: 1\n"),
        ("# nothing yet\n", "a", 1, "# nothing yet\na: 1\n"),
        ("{a: 1}\n", "a", 2, "{a: 2}\n"),
        ("a: 1\n", "a", "line\nbreak", 'a: "line\\nbreak"\n'),
        ("a: 1\n", "a", "yes: no # x", "a: 'yes: no # x'\n"),
        ("a: 1\n", "a", "1.5", "a: '1.5'\n"),
    ],
)
def test_how_it_was_written_is_kept(before: str, key: str, value: Any, after: str) -> None:
    assert put(before, key, value) == after


@pytest.mark.parametrize(
    "text",
    [
        "a: &x {b: 1}\nc: *x\n",
        "a: &x\n  b: 1\nc: *x\n",
        "base: &x\n  b: 1\na:\n  <<: *x\n  d: 1\n",
    ],
)
def test_what_is_shared_is_left_to_people(text: str) -> None:
    with pytest.raises(EditError, match="by hand"):
        put(text, "a", {"b": 2, "d": 2})


def test_what_holds_the_same_is_not_touched() -> None:
    odd = "a:    1.0  # x\n\n\nb: [ 1,2 ]\n"
    assert edited(odd, {"a": 1, "b": [1.0, 2]}) == odd


names = st.text("abcdefg_", min_size=1, max_size=4)
scalars = (
    st.none()
    | st.booleans()
    | st.integers(-1000, 1000)
    | st.floats(-1e6, 1e6)
    | st.text("abc :#'\"-[]{},&*!|>%@`0179.\n\tåé", max_size=8)
)
values = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(names, inner, max_size=3),
    max_leaves=8,
)
contents = st.dictionaries(names, values, max_size=5)


def written(content: dict[str, Any], *, flow: bool | None, dash: int) -> str:
    yaml: Any = YAML(typ="rt", pure=True)
    yaml.default_flow_style = flow
    yaml.indent(mapping=2, sequence=2 + dash, offset=dash)
    stream = io.StringIO()
    yaml.dump(content, stream)
    return stream.getvalue()


@settings(max_examples=60)
@given(contents, contents, st.sampled_from([True, False, None]), st.sampled_from([0, 2]))
def test_whatever_is_written_becomes_whatever_is_wanted(
    before: dict[str, Any], after: dict[str, Any], flow: bool | None, dash: int
) -> None:
    text = written(before, flow=flow, dash=dash)
    try:
        made = edited(text, after)
    except EditError:
        return  # a list in a list, say: refused, not damaged
    assert same(loaded(made), after)


@settings(max_examples=60)
@given(contents.filter(bool), st.data())
def test_comments_beside_and_between_stay(content: dict[str, Any], data: st.DataObject) -> None:
    """Whatever scalar of the first level changes, no other line does."""
    plain = dict.fromkeys(content, 1)
    text = "".join(f"# about {key}\n{key}: 1 # beside {key}\n\n" for key in plain)
    key = data.draw(st.sampled_from(sorted(plain)))
    value = data.draw(scalars.filter(lambda one: not same(one, 1)))
    made = edited(text, {**plain, key: value})
    lines = diff(text, made)
    assert lines[0] == f"-{key}: 1 # beside {key}"
    assert len(lines) == 2
    assert lines[1].endswith(f" # beside {key}")


@given(st.lists(st.integers(0, 4)), st.lists(st.integers(0, 4)))
def test_steps_lead_from_one_list_to_the_other(old: list[Any], new: list[Any]) -> None:
    made = [step.value for step in steps(old, new) if step.new is not None]
    assert made == new
    assert [step.old for step in steps(old, new) if step.old is not None] == list(range(len(old)))
