"""What is wrong with a profile: one sentence for each fault, with the key and the way out."""

from __future__ import annotations

import difflib
import re
from collections.abc import Collection, Iterator, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING

from darkstar_executor.core.commands import FORCED
from darkstar_executor.core.roles import ROLES
from darkstar_executor.core.setting import Value
from darkstar_executor.core.terms import ENDS, SOC_CEILINGS, SOC_FLOORS, TERMS, Nature, name_of

if TYPE_CHECKING:  # a profile is checked when it is made
    from darkstar_executor.core.profile import Profile, SettingRole

_TAKES: Mapping[Nature, frozenset[str]] = MappingProxyType({
    "power": frozenset({"power", "current", "power_share"}),
    "share": frozenset({"share"}),
    "duration": frozenset({"duration"}),
})  # fmt: skip
_TIME = re.compile(r"([01]\d|2[0-3]):[0-5]\d(:[0-5]\d)?")


def faults(profile: Profile) -> Iterator[str]:
    """Everything that keeps `profile` from being used."""
    for name, setting in profile.settings.items():
        yield from _setting_faults(f"settings.{name}", setting, profile)
    for role in profile.entities:
        if role not in profile.settings and role not in ROLES:
            known = [*profile.settings, *ROLES]
            yield f"entities.{role} is no role; {instead(role, known)}"
    if "self_consume" not in profile.intents:
        yield (
            "intents.self_consume is missing; it is what the house is left in, so every profile "
            "has to say it (`self_consume:` alone will do, where `always:` says it all)"
        )
        return
    sound = True
    for place, words in _sections(profile):
        for role, word in words.items():
            for fault in _word_faults(f"{place}.{role}", role, word, profile):
                sound = False
                yield fault
    if sound:
        yield from _unused(profile)
        yield from _not_undone(profile)
        yield from _endless(profile)


def instead(word: str, known: Collection[str]) -> str:
    """What to write instead of a `word` that is not `known`."""
    close = difflib.get_close_matches(word, list(known), n=1)
    return f"did you mean {close[0]}?" if close else f"known are {', '.join(known)}"


def _sections(profile: Profile) -> Iterator[tuple[str, Mapping[str, Value]]]:
    yield "always", profile.always
    for intent, words in profile.intents.items():
        yield f"intents.{intent}", words


def _setting_faults(place: str, setting: SettingRole, profile: Profile) -> Iterator[str]:
    if ("power_share" in setting.quantities) != (setting.percent_of is not None):
        yield (
            f"{place} needs percent_of (charge, discharge or inverter) exactly if its quantities "
            "have power_share; add the one or take away the other"
        )
    if setting.kind == "button" and not setting.press_after:
        yield f"{place} is a button that nothing presses; name settings in press_after"
    if setting.kind != "button" and setting.press_after:
        yield f"{place}.press_after is for a button; it is a {setting.kind}"
    if setting.kind != "select" and setting.options:
        yield f"{place}.options is for a select; it is a {setting.kind}"
    for role in setting.press_after:
        if role not in profile.settings:
            yield f"{place}.press_after: {role} is no setting; {instead(role, profile.settings)}"


def _word_faults(place: str, role: str, word: Value, profile: Profile) -> Iterator[str]:
    setting, name = profile.settings.get(role), name_of(word)
    if setting is None:
        yield f"{place}: {role} is not in settings; {instead(role, profile.settings)}"
    elif setting.kind == "button":
        yield f"{place}: a button is not set but pressed; say when in settings.{role}.press_after"
    elif name is None:
        yield from _literal_faults(place, word, setting)
    elif name not in TERMS:
        yield f"{place}: {word} is no term; {instead(name, TERMS)}"
    else:
        yield from _term_faults(place, str(word), name, setting)


def _literal_faults(place: str, word: Value, setting: SettingRole) -> Iterator[str]:
    match setting.kind:
        case "select" | "text" if not isinstance(word, str):
            yield f"{place}: {_typed(word)} is no word; put it in quotes, as '{_typed(word)}'"
        case "select" if setting.options and word not in setting.options:
            yield f"{place}: {word} is none of its options; {instead(str(word), setting.options)}"
        case "switch" if word not in {"on", "off"} and not isinstance(word, bool):
            yield f"{place}: {word} is no switch position; write on or off"
        case "number" if isinstance(word, bool | str):
            yield f"{place}: {_typed(word)} is no number; write one, or a term such as $charge"
        case "time" if not isinstance(word, str) or not _TIME.fullmatch(word):
            yield f"{place}: {_typed(word)} is no time; write '00:00', $from or $until"


def _term_faults(place: str, word: str, name: str, setting: SettingRole) -> Iterator[str]:
    nature = TERMS[name].nature
    if word.startswith("-") and nature != "power":
        yield f"{place}: only a power can be turned round; write {name}"
    elif nature == "clock":
        if setting.kind not in {"time", "text"}:
            yield f"{place}: {name} is a time; settings.{_role_in(place)} is a {setting.kind}"
    elif setting.kind != "number":
        yield f"{place}: {name} is a number; settings.{_role_in(place)} is a {setting.kind}"
    elif nature in _TAKES and not _TAKES[nature] & set(setting.quantities):
        yield (
            f"{place}: {name} is a {nature}; give settings.{_role_in(place)} quantities: "
            f"[{', '.join(sorted(_TAKES[nature]))}], or those of them that its unit may be in"
        )


def _unused(profile: Profile) -> Iterator[str]:
    used = {role for _, words in _sections(profile) for role in words}
    for role, setting in profile.settings.items():
        if setting.kind != "button" and role not in used:
            yield f"settings.{role} is never set; use it in always or intents, or take it away"


def _not_undone(profile: Profile) -> Iterator[str]:
    """What switches something on must be switched off again by the fallback."""
    calm = profile.said("self_consume")
    for intent in profile.intents:
        for role, word in profile.said(intent).items():
            figure = profile.settings[role].kind == "number" and name_of(word) is not None
            if role not in calm and not figure:
                yield (
                    f"intents.{intent}.{role} is undone by nothing; say in self_consume or in "
                    f"always what {role} is to be otherwise"
                )


def _endless(profile: Profile) -> Iterator[str]:
    for intent in sorted(FORCED & set(profile.intents)):
        if not profile.ending(intent):
            share = " or ".join(
                sorted(SOC_CEILINGS if intent == "charge_from_grid" else SOC_FLOORS)
            )
            yield (
                f"intents.{intent} would never end if Darkstar died: set a setting that is not "
                f"optional to {share}, or to {' or '.join(sorted(ENDS))}; if the brand has none, "
                "leave the intent out"
            )


def _role_in(place: str) -> str:
    """The role at the end of `place`."""
    return place.rsplit(".", 1)[-1]


def _typed(word: Value) -> str:
    if isinstance(word, bool):
        return str(word).lower()
    return word if isinstance(word, str) else f"{word:g}"
