"""An inverter profile: how one brand is told what to do, as data.

A profile names the brand's settings as roles and says, for each intent, what they are to be: a
word, a number as the gateway shows it, or a term such as `$charge`. It knows no entity ids but
as defaults, and no units: those come in through the bindings.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from functools import cached_property
from types import MappingProxyType
from typing import Annotated, Literal, get_args

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StrictBool,
    StrictStr,
    model_validator,
)

from darkstar_common.contract import Intent
from darkstar_executor.core import commands
from darkstar_executor.core.roles import Part, Role
from darkstar_executor.core.setting import BOUNDING, PRESSING, RAISING, STARTING, STOPPING, Value
from darkstar_executor.core.terms import ENDS, SOC_CEILINGS, SOC_FLOORS, name_of
from darkstar_executor.core.vetting import faults

Kind = Literal["select", "switch", "number", "button", "time", "text"]
Word = StrictBool | StrictStr | float
Quantities = Literal["power", "current", "share", "power_share", "voltage", "duration"]


def _listed(given: object) -> object:
    """One word is a list of one."""
    return (given,) if isinstance(given, str) else given


def _kept(given: object) -> object:
    """A key with nothing behind it is empty."""
    return {} if given is None else given


Words = Annotated[dict[str, Word], BeforeValidator(_kept)]

_STRICT = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)
INTENTS: tuple[Intent, ...] = get_args(Intent)
_COMPONENTS: Mapping[Kind, frozenset[str]] = MappingProxyType({
    "select": frozenset({"select"}), "switch": frozenset({"switch"}),
    "number": frozenset({"number"}), "button": frozenset({"button"}),
    "time": frozenset({"text", "time", "select"}), "text": frozenset({"text"}),
})  # fmt: skip
_SWITCHED: Mapping[Value, bool] = MappingProxyType({"on": True, "off": False})


class SettingRole(BaseModel):
    """One thing that can be set on this brand."""

    model_config = _STRICT

    kind: Kind
    """select, switch, number, button, text, or time (a text or select of HH:MM)."""
    meaning: str
    """What it does, for people."""
    options: tuple[StrictStr, ...] = ()
    """Of a select: the words its gateway offers, to find a misspelt one; empty: not checked."""
    quantities: Annotated[tuple[Quantities, ...], BeforeValidator(_listed)] = ()
    """Of a number that takes a term: what its unit may measure."""
    percent_of: Literal["charge", "discharge", "inverter"] | None = None
    """Of a power_share: 100 % is `battery.max_charge_kw`, `battery.max_discharge_kw` or
    `inverter.max_ac_kw`."""
    narrow: bool = False
    """Of a share: its range is smaller than 0 to 100 %, so what it ends may end later than wanted;
    Darkstar then ends it, too."""
    optional: bool = False
    """Whether the house can be steered without it."""
    part: Literal["battery", "grid"] = "battery"
    """`grid`: it is written in a house without a battery too."""
    refresh_seconds: Annotated[float, Field(gt=0)] | None = None
    """It is written again so often [s], where the inverter forgets it otherwise."""
    press_after: Annotated[tuple[str, ...], BeforeValidator(_listed)] = ()
    """Of a button: it is pressed when one of these was written."""
    seconds: bool = False
    """Of a time: HH:MM:SS instead of HH:MM."""
    holds_in: Annotated[tuple[Intent, ...], BeforeValidator(_listed)] = ()
    """Of a power: the intents in which the inverter keeps to it; empty: in all of them."""
    after_mode: bool = False
    """Of a power: the inverter takes it only once its mode is on, and resets it with each mode."""

    @property
    def refresh(self) -> timedelta | None:
        """How often it is to be written again."""
        return None if self.refresh_seconds is None else timedelta(seconds=self.refresh_seconds)


class Profile(BaseModel):
    """One brand's words, checked; see `docs/profiles.md`."""

    model_config = _STRICT

    name: str
    """As `inverter.profile` names it."""
    title: str
    """As people know the brand, and its gateway."""
    source: str
    """The public documentation its words come from."""
    notes: str = ""
    """What its owner should know."""
    settings: dict[Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")], SettingRole]
    """Its settings by role, in the order of writing."""
    always: Words = {}
    """What settings are to be unless an intent says something else."""
    intents: dict[Intent, Words]
    """What they are to be for each intent."""
    entities: Annotated[dict[str, str], BeforeValidator(_kept)] = {}
    """Role to entity, where the gateway's names are always the same."""

    @model_validator(mode="after")
    def _sound(self) -> Profile:
        found = tuple(faults(self))
        if found:
            raise ValueError("\n".join(found))
        return self

    def said(self, intent: Intent) -> Mapping[str, Value]:
        """Role to word or term; self_consume's for an intent that the profile does not name."""
        own = self.intents.get(intent, self.intents["self_consume"])
        words = {**self.always, **own}
        return {
            role: _SWITCHED.get(words[role], words[role])
            if self.settings[role].kind == "switch"
            else words[role]
            for role in self.settings
            if role in words
        }

    def says(self, intent: Intent) -> bool:
        """Whether it can express `intent`; what is not forced it can, as self_consume."""
        return intent in self.intents or intent not in commands.FORCED

    @cached_property
    def roles(self) -> Mapping[str, Role]:
        """Its settings as roles to be bound."""
        return MappingProxyType({name: self._role(name) for name in self.settings})

    def bounding(self, intent: Intent) -> frozenset[str]:
        """Roles without which `intent` could not be begun, or would not end by itself."""
        return self.ending(intent) | self._switching(intent)

    def ends_itself(self, intent: Intent) -> bool:
        """Whether the inverter ends it at the command's state of charge, not only by the clock."""
        ends = self._set_to(intent, _soc_bounds(intent))
        return any(not self.settings[role].narrow for role in ends)

    def terms(self, role: str) -> frozenset[str]:
        """The terms that `role` is set to, whatever the intent."""
        some = [self.always, *self.intents.values()]
        named = (name_of(words[role]) for words in some if role in words)
        return frozenset(name for name in named if name is not None)

    def stage(self, role: str, word: Value) -> int:
        """When it is written: what stops a flow first, then bounds, then what starts one."""
        calm = self.said("self_consume").get(role)
        if self.settings[role].kind == "button":
            return PRESSING
        if self.settings[role].after_mode:
            return RAISING
        if isinstance(word, bool | str) and name_of(word) is None and calm is None:
            return STARTING
        if calm is None or name_of(calm) is not None:
            return BOUNDING
        return STOPPING if word == calm else STARTING

    def ending(self, intent: Intent) -> frozenset[str]:
        """Roles that end `intent` without Darkstar, by state of charge or else by the clock."""
        return self._set_to(intent, _soc_bounds(intent)) or self._set_to(intent, ENDS)

    def _switching(self, intent: Intent) -> frozenset[str]:
        """What has one fixed value in self_consume, and another one here."""
        words, calm = self.said(intent), self.said("self_consume")
        return frozenset(
            role
            for role, word in words.items()
            if not self.settings[role].optional and role in calm and name_of(calm[role]) is None
        )

    def _set_to(self, intent: Intent, terms: frozenset[str]) -> frozenset[str]:
        return frozenset(
            role
            for role, word in self.said(intent).items()
            if name_of(word) in terms and not self.settings[role].optional
        )

    def _role(self, name: str) -> Role:
        setting = self.settings[name]
        needed: Part = "battery" if setting.part == "battery" else "house"
        return Role(
            meaning=setting.meaning,
            components=_COMPONENTS[setting.kind],
            quantities=setting.quantities,
            setting=True,
            needed_for=None if setting.optional else needed,
            words=self._spoken(name) if setting.kind == "select" else frozenset(),
        )

    def _spoken(self, role: str) -> frozenset[str]:
        """All the words that a select may be set to."""
        some = [self.always, *self.intents.values()]
        return frozenset(str(words[role]) for words in some if role in words)


def _soc_bounds(intent: Intent) -> frozenset[str]:
    return SOC_CEILINGS if intent == "charge_from_grid" else SOC_FLOORS


def words_table(profile: Profile) -> str:
    """What each intent is in the brand's words, as a Markdown table."""
    roles = [role for role, one in profile.settings.items() if one.kind != "button"]
    lines = [
        f"| intent | {' | '.join(f'`{role}`' for role in roles)} |",
        f"|---|{'---|' * len(roles)}",
    ]
    for intent in INTENTS:
        words = profile.said(intent)
        cells = [_cell(words.get(role)) for role in roles]
        if not profile.says(intent):
            cells = ["cannot be said"] + [""] * (len(roles) - 1)
        lines.append(f"| {intent} | {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


def _cell(word: Value | None) -> str:
    if word is None:
        return "as it is"
    if isinstance(word, bool):
        return "on" if word else "off"
    return f"{word:g}" if isinstance(word, float) else word
