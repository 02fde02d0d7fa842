"""Profiles as files: what is sound, how it is said that one is not, what follows from its words."""

import io
import re
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, get_args

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from ruamel.yaml import YAML

from darkstar_common.contract import Intent
from darkstar_executor.core.commands import FORCED
from darkstar_executor.core.profile import INTENTS, Profile, words_table
from darkstar_executor.core.setting import PRESSING
from darkstar_executor.core.terms import TERMS
from darkstar_executor.profile_page import checked, listing, refreshed, shortcomings
from darkstar_executor.profiles import PROFILES, ProfileError, load_profile

PAGE = Path(__file__).parents[3] / "docs" / "profiles.md"
SOUND = """
title: Example
source: https://example.org/registers
settings:
  mode: {kind: select, meaning: Working mode, options: [Self use, Forced, 'Off']}
  grid: {kind: switch, meaning: Whether the grid may charge}
  power: {kind: number, meaning: Power of what is forced, quantities: [power]}
  reserve: {kind: number, meaning: Not discharged below, quantities: [share]}
  stop_at: {kind: number, meaning: Not charged above, quantities: [share]}
  ends: {kind: time, meaning: End of the window, optional: true}
  apply: {kind: button, meaning: Makes it valid, press_after: [mode, power]}
always: {mode: Self use, grid: off, reserve: $floor, stop_at: $ceiling, ends: '00:00'}
intents:
  self_consume:
  charge_from_grid: {mode: Forced, grid: on, power: $charge, ends: $until}
  export: {mode: Forced, power: -$discharge}
entities: {mode: select.example_mode, battery_soc: sensor.example_soc}
"""
CHANGES = {
    "unknown key": (
        "title: Example",
        "titel: Example\ntitle: Example",
        "titel is no key; did you mean title",
    ),
    "missing key": ("title: Example\n", "", "title is missing; it is: As people know the brand"),
    "unknown kind": (
        "kind: switch",
        "kind: swich",
        "settings.grid.kind: 'swich' is none of 'select'",
    ),
    "unknown key of a setting": (
        "kind: switch,",
        "kind: switch, unit: W,",
        "settings.grid.unit is no key; known are kind",
    ),
    "unknown setting": (
        "{mode: Forced, power: -",
        "{mod: Forced, power: -",
        "intents.export.mod: mod is not in settings; did you mean mode?",
    ),
    "unknown term": (
        "reserve: $floor",
        "reserve: $flor",
        "always.reserve: $flor is no term; did you mean $floor?",
    ),
    "unknown intent": (
        "  export:",
        "  exprot:",
        "intents.exprot is no intent; did you mean export",
    ),
    "word not offered": (
        "always: {mode: Self use",
        "always: {mode: Self-use",
        "always.mode: Self-use is none of its options; did you mean Self use?",
    ),
    "no self_consume": (
        "  self_consume:\n",
        "",
        "intents.self_consume is missing; it is what the house",
    ),
    "endless charge": (
        "stop_at: $ceiling",
        "stop_at: 100",
        "would never end if Darkstar died: set a setting that is not optional to $ceiling",
    ),
    "endless export": ("reserve: $floor", "reserve: 10", "intents.export would never end"),
    "bound by something optional": (
        "above, quantities: [share]",
        "above, optional: true, quantities: [share]",
        "intents.charge_from_grid would never end",
    ),
    "word for a switch": (
        "grid: on",
        "grid: charge",
        "charge_from_grid.grid: charge is no switch position; write on or off",
    ),
    "word for a number": (
        "power: $charge",
        "power: charge",
        "power: charge is no number; write one, or a term",
    ),
    "truth for a number": ("power: $charge", "power: true", "true is no number"),
    "number for a select": (
        "always: {mode: Self use",
        "always: {mode: 1",
        "always.mode: 1 is no word; put it in quotes, as '1'",
    ),
    "term for a select": (
        "always: {mode: Self use",
        "always: {mode: $floor",
        "always.mode: $floor is a number; settings.mode is a select",
    ),
    "figure of the wrong nature": (
        "power: $charge",
        "power: $ceiling",
        "$ceiling is a share; give settings.power quantities: [share]",
    ),
    "time for a number": (
        "power: $charge",
        "power: $until",
        "$until is a time; settings.power is a number",
    ),
    "number for a time": (
        "ends: $until",
        "ends: $floor",
        "$floor is a number; settings.ends is a time",
    ),
    "no time": (
        "ends: '00:00'",
        "ends: '24:00'",
        "always.ends: 24:00 is no time; write '00:00', $from or $until",
    ),
    "share turned round": (
        "reserve: $floor",
        "reserve: -$floor",
        "always.reserve: only a power can be turned round; write $floor",
    ),
    "never set": (
        "settings:\n",
        "settings:\n  lamp: {kind: switch, meaning: A lamp}\n",
        "settings.lamp is never set; use it in always or intents, or take it away",
    ),
    "not undone": (
        "always: {mode: Self use, grid: off,",
        "always: {mode: Self use,",
        "intents.charge_from_grid.grid is undone by nothing; say in self_consume",
    ),
    "percent of nothing": (
        "forced, quantities: [power]",
        "forced, quantities: [power_share]",
        "settings.power needs percent_of (charge, discharge or inverter)",
    ),
    "percent of no share": (
        "forced, quantities: [power]",
        "forced, percent_of: charge, quantities: [power]",
        "settings.power needs percent_of",
    ),
    "button without occasion": (
        ", press_after: [mode, power]",
        "",
        "settings.apply is a button that nothing presses",
    ),
    "button after nothing": (
        "[mode, power]",
        "[mode, powre]",
        "settings.apply.press_after: powre is no setting; did you mean power?",
    ),
    "switch as a button": (
        "Whether the grid may charge",
        "G, press_after: [mode]",
        "settings.grid.press_after is for a button; it is a switch",
    ),
    "options of a switch": (
        "Whether the grid may charge",
        "G, options: [a]",
        "settings.grid.options is for a select; it is a switch",
    ),
    "button that is set": (
        "grid: on, power",
        "grid: on, apply: true, power",
        "intents.charge_from_grid.apply: a button is not set but pressed",
    ),
    "entity of no role": (
        "battery_soc: sensor",
        "batery_soc: sensor",
        "entities.batery_soc is no role; did you mean battery_soc?",
    ),
    "list of keys": (
        "entities: {mode: select.example_mode, battery_soc: sensor.example_soc}",
        "entities: [mode]",
        "entities holds ['mode'] where keys belong, each with a colon behind it",
    ),
    "number for a text": ("title: Example", "title: 3", "title: 3 is no text; put it in quotes"),
    "nothing for a word": (
        "export: {mode: Forced",
        "export: {mode: ",
        "intents.export.mode: nothing is no word, number or term",
    ),
    "neither true nor false": (
        "above, quantities: [share]",
        "above, optional: maybe, quantities: [share]",
        "settings.stop_at.optional: 'maybe' is neither true nor false",
    ),
    "number for a list": (
        "press_after: [mode, power]",
        "press_after: 3",
        "settings.apply.press_after: 3 is no list; write [one, another]",
    ),
    "below zero": (
        "forced, quantities: [power]",
        "forced, refresh_seconds: -1, quantities: [power]",
        "settings.power.refresh_seconds (-1): is to be greater than 0",
    ),
    "twice the same": ("title: Example", "title: Example\ntitle: Example", "is no YAML: "),
    "odd name of a role": ("  power: {kind", "  Power: {kind", "settings.Power"),
}


def written(folder: Path, text: str, name: str = "mine.yaml") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def profile(**changes: Any) -> Profile:
    raw = YAML(typ="safe").load(SOUND)
    return Profile.model_validate({"name": "example"} | raw | changes)


@pytest.mark.parametrize("case", CHANGES)
def test_what_is_wrong_is_one_sentence_that_names_file_key_and_way_out(
    case: str, tmp_path: Path
) -> None:
    before, after, sentence = CHANGES[case]
    assert before in SOUND
    path = written(tmp_path, SOUND.replace(before, after))
    with pytest.raises(ProfileError) as caught:
        load_profile(str(path))
    assert any(sentence in problem for problem in caught.value.problems), caught.value.problems
    assert len(caught.value.problems) == 1 or case in {"unknown setting", "odd name of a role"}
    assert all("\n" not in problem for problem in caught.value.problems)
    assert str(caught.value).startswith(f"{path}: ")


def test_every_fault_of_a_file_is_named_at_once(tmp_path: Path) -> None:
    text = SOUND.replace("$floor", "$flor").replace("grid: on", "grid: yes please")
    with pytest.raises(ProfileError) as caught:
        load_profile(str(written(tmp_path, text)))
    assert len(caught.value.problems) == 2


def test_a_file_of_ones_own_is_found_from_where_the_configuration_lies(tmp_path: Path) -> None:
    written(tmp_path, SOUND)
    found = load_profile("mine.yaml", tmp_path)
    assert (found.name, found.title) == ("mine", "Example")
    assert load_profile(str(tmp_path / "mine.yaml")) == found


@pytest.mark.parametrize(
    ("text", "sentence"),
    [("", "holds no keys"), ("- a", "holds no keys"), ("{", "is no YAML"), ("\x00", "is no YAML")],
)
def test_a_file_that_holds_no_profile(text: str, sentence: str, tmp_path: Path) -> None:
    with pytest.raises(ProfileError, match=sentence):
        load_profile(str(written(tmp_path, text)))


def test_a_file_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(ProfileError, match=r"none\.yaml: cannot be read \(No such file"):
        load_profile("none.yaml", tmp_path)
    (tmp_path / "latin.yaml").write_bytes(b"title: \xe5")
    with pytest.raises(ProfileError, match="UTF-8"):
        load_profile("latin.yaml", tmp_path)


def test_a_name_that_is_not_shipped_gets_the_nearest_and_the_way_to_an_own_file() -> None:
    with pytest.raises(ProfileError, match=r"did you mean deye\? .* named by its path"):
        load_profile("daye")


def test_what_stops_forced_flows_is_said_by_self_consume() -> None:
    assert profile().bounding("charge_from_grid") == {"mode", "grid", "stop_at"}
    assert profile().bounding("export") == {"mode", "grid", "reserve"}
    assert profile().ends_itself("charge_from_grid")


def test_a_flow_that_only_the_clock_ends_is_known_as_such() -> None:
    charge = {"mode": "Forced", "grid": True, "stop_at": 100, "ends": "$until"}
    raw = YAML(typ="safe").load(SOUND)
    raw["settings"]["ends"]["optional"] = False
    raw["intents"]["charge_from_grid"] = charge
    found = Profile.model_validate({"name": "example"} | raw)
    assert not found.ends_itself("charge_from_grid")
    assert "ends" in found.bounding("charge_from_grid")
    assert "charge_from_grid: ended by the clock, and by Darkstar at its state of charge" in tuple(
        shortcomings(found)
    )


def test_what_is_not_named_is_said_as_self_consume_unless_it_is_forced() -> None:
    raw = YAML(typ="safe").load(SOUND)
    del raw["intents"]["export"]
    lacking = Profile.model_validate({"name": "example"} | raw)
    assert not lacking.says("export")
    assert all(lacking.says(intent) for intent in INTENTS if intent not in FORCED)
    assert lacking.said("hold") == lacking.said("self_consume")
    assert "export cannot be said: Darkstar will not do it" in tuple(shortcomings(lacking))


def test_a_brand_that_cannot_limit_a_flow_or_stop_one_is_told_so() -> None:
    assert tuple(shortcomings(profile())) == (
        (
            "charge_from_pv: no $charge that holds, so the battery takes all the sun that the "
            "house leaves over"
        ),
        "discharge: no $discharge that holds, so the battery gives all that the house wants",
        "hold: no $discharge that holds, so the battery is discharged as in self_consume",
        "idle: no $charge that holds, so the battery is charged as in self_consume",
        "curtail: no $export that holds, so the surplus is sold",
    )
    assert not tuple(shortcomings(load_profile("deye")))


def test_a_bound_that_does_not_reach_everywhere_is_told() -> None:
    raw = YAML(typ="safe").load(SOUND)
    raw["settings"]["reserve"]["narrow"] = True
    found = tuple(shortcomings(Profile.model_validate({"name": "example"} | raw)))
    assert "export: ended by Darkstar where the range of reserve does not reach" in found


def test_one_word_will_do_for_a_list_of_one_and_nothing_for_an_empty_part(tmp_path: Path) -> None:
    text = SOUND.replace("quantities: [power]", "quantities: power")
    found = load_profile(str(written(tmp_path, re.sub(r"entities: .*", "entities:", text))))
    assert found.settings["power"].quantities == ("power",)
    assert found.entities == {}


def test_switches_are_on_and_off_as_people_write_them() -> None:
    assert profile().said("charge_from_grid")["grid"] is True
    assert profile().said("self_consume")["grid"] is False


def test_what_stops_is_written_first_and_what_starts_last() -> None:
    one = profile()
    stages = {role: one.stage(role, word) for role, word in one.said("charge_from_grid").items()}
    assert stages == {"mode": 2, "grid": 2, "power": 1, "reserve": 1, "stop_at": 1, "ends": 2}
    calm = one.said("self_consume")
    assert {role: one.stage(role, word) for role, word in calm.items()} == {
        "mode": 0, "grid": 0, "reserve": 1, "stop_at": 1, "ends": 0,
    }  # fmt: skip
    assert one.stage("apply", True) == PRESSING


def test_roles_are_bound_by_kind_unit_and_words() -> None:
    roles = profile().roles
    assert roles["mode"].words == {"Self use", "Forced"}
    assert roles["power"].quantities == ("power",)
    assert roles["power"].needed_for == "battery"
    assert roles["ends"].needed_for is None
    assert "text" in roles["ends"].components
    assert all(role.setting for role in roles.values())


@pytest.mark.parametrize("name", PROFILES)
def test_a_shipped_profile_is_sound_and_says_where_its_words_come_from(name: str) -> None:
    shipped = load_profile(name)
    assert shipped.name == name
    assert re.search(r"https?://|[a-z]{3}", shipped.source)
    assert f"{name}: {shipped.title}: sound" in checked(name)
    for role, setting in shipped.settings.items():
        if setting.kind == "select" and not setting.optional:
            assert shipped.roles[role].words


@pytest.mark.parametrize("name", PROFILES)
def test_a_shipped_profile_sells_what_nobody_planned_unless_it_is_to_curtail(name: str) -> None:
    """An export limit may be a fixed number in no intent but curtail: `$export` is all there is."""
    shipped = load_profile(name)
    limits = {
        role
        for words in (shipped.always, *shipped.intents.values())
        for role, word in words.items()
        if word == "$export"
    }
    for intent in INTENTS:
        for role in limits & set(shipped.said(intent)):
            word = shipped.said(intent)[role]
            assert intent == "curtail" or not isinstance(word, float) or word > 0, (intent, role)


def test_the_words_of_a_profile_are_a_table_with_a_row_for_each_intent() -> None:
    lines = words_table(profile()).splitlines()
    assert lines[0] == "| intent | `mode` | `grid` | `power` | `reserve` | `stop_at` | `ends` |"
    assert "| charge_from_grid | Forced | on | $charge | $floor | $ceiling | $until |" in lines
    assert "| self_consume | Self use | off | as it is | $floor | $ceiling | 00:00 |" in lines
    assert len(lines) == 2 + len(get_args(Intent))


def test_the_page_about_profiles_is_up_to_date() -> None:
    page = PAGE.read_text(encoding="utf-8")
    assert page == refreshed(page), "run: darkstar-executor profiles page docs/profiles.md"
    assert all(f"`{name}`" in page for name in (*PROFILES, *TERMS, *INTENTS))


def test_the_example_on_that_page_is_sound(tmp_path: Path) -> None:
    text = re.search(r"```yaml\n(title: .*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    assert text is not None
    assert load_profile(str(written(tmp_path, text[1]))).says("export")


def test_the_list_names_every_shipped_profile() -> None:
    assert [line.split()[0] for line in listing().splitlines()] == list(PROFILES)


def said_by(*words: str) -> str:
    """What the command line prints for those words."""
    done = subprocess.run(
        [sys.executable, "-m", "darkstar_executor", "profiles", *words],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert "Traceback" not in done.stderr
    return f"{done.returncode} {done.stdout}{done.stderr}"


def test_the_command_line_lists_checks_and_refuses(tmp_path: Path) -> None:
    assert said_by().startswith("0 deye")
    good = written(tmp_path, SOUND)
    assert said_by("check", str(good)).startswith("0 mine: Example: sound\n\n| intent |")
    bad = written(tmp_path, SOUND.replace("$floor", "$flor"), "bad.yaml")
    assert "1 " in said_by("check", str(bad))
    assert "$flor is no term; did you mean $floor?" in said_by("check", str(bad))
    assert said_by("sing").startswith("2 ")


leaves = st.none() | st.booleans() | st.integers(-5, 5) | st.text(max_size=5)
trees = st.recursive(
    leaves, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner)
)


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.sampled_from(["title", "settings", "always", "intents", "entities", "settings.mode",
                     "settings.power", "intents.export", "settings.power.quantities"]),
    trees,
)  # fmt: skip
def test_whatever_stands_in_a_file_it_is_a_sentence(key: str, tree: object) -> None:
    raw = YAML(typ="safe").load(SOUND)
    place = raw
    *parents, last = key.split(".")
    for parent in parents:
        place = place[parent]
    place[last] = tree
    out = io.StringIO()
    YAML(typ="safe").dump(raw, out)
    with TemporaryDirectory() as folder:
        path = written(Path(folder), out.getvalue())
        found = problems(path)
    assert all(found)
    assert not any("\n" in one or "SettingRole" in one or "Input" in one for one in found)


def problems(path: Path) -> tuple[str, ...]:
    try:
        load_profile(str(path))
    except ProfileError as error:
        return error.problems
    return ()
