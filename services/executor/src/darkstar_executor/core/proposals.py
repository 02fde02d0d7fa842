"""Which entities could play which role: what a person would pick, and how sure one can be.

An entity is proposed for a role when its kind and unit fit, best first: as the profile names it,
under the same name below another device, by what its name speaks of, by the options it offers.
It is called likely only when one of these holds and no other is as good; what is only likely is
for a person to confirm.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from darkstar_common.config import Config
from darkstar_common.contract import RoleProposal
from darkstar_executor.core.binding import by_name, fits, quantity
from darkstar_executor.core.clues import CLUES, EV_CLUES
from darkstar_executor.core.entities import Entity
from darkstar_executor.core.names import slug
from darkstar_executor.core.naming import concepts, own_words, terms
from darkstar_executor.core.profile import Profile
from darkstar_executor.core.roles import Role, roles_of

MOST = 5
"""So many are proposed for a role, the best of them."""
_SURE, _HINT = 60, 40
_PLAIN_WORDS = frozenset({"on", "off", "enabled", "disabled", "enable", "disable", "yes", "no"})
_INSTEAD: tuple[tuple[frozenset[str], frozenset[str]], ...] = (
    (frozenset({"battery_charge_power", "battery_discharge_power"}), frozenset({"battery_power"})),
    (frozenset({"water_setpoint"}), frozenset({"water_switch"})),
)
"""Where all of the first are likely, the second is not needed."""
_NET, _DUAL = frozenset({"grid_power"}), frozenset({"import_power", "export_power"})
_METERS: Mapping[Literal["net", "dual"], frozenset[str]] = {"net": _DUAL, "dual": _NET}
"""What is not read of a meter of that kind."""


@dataclass(frozen=True, slots=True)
class _Fit:
    """How well an entity fits a role, and what speaks for it."""

    role: str
    entity: Entity
    name: str
    score: int
    because: str

    @property
    def order(self) -> tuple[int, int, str]:
        """The best first; of equals the shorter name."""
        return -self.score, len(self.name), self.name


def proposals(
    named: Mapping[str, Entity], profile: Profile, config: Config
) -> tuple[RoleProposal, ...]:
    """What could play each role of this house, by role, the likeliest first.

    Args:
        named: From `named_once`.
        profile: The inverter's words.
        config: What the house has.
    """
    ranked = {
        role: _best(_fits(role, kind, named, profile))
        for role, kind in roles_of(profile, config).items()
    }
    likely = _likely(ranked, config)
    return tuple(
        RoleProposal(
            role=role,
            entity=one.name,
            likely=likely.get(role) == one.name,
            because=one.because,
        )
        for role, some in ranked.items()
        for one in some
    )


def named_once(entities: Iterable[Entity]) -> dict[str, Entity]:
    """The entities by what the configuration is to call them, which means no other."""
    everyone = list(entities)
    names = by_name(everyone)
    found: dict[str, Entity] = {}
    for one in everyone:
        place = f"{slug(one.device)}/{one.object_id}"
        for name in (one.entity_id, one.unique_id or place, place):
            if len(called := names.called(name)) == 1:
                found.setdefault(name, called[0])
                break
    return found


def _best(fits_found: Iterable[_Fit]) -> list[_Fit]:
    """The best of them; those that nothing speaks for only where there is nobody else."""
    some = sorted(fits_found, key=lambda one: one.order)
    telling = [one for one in some if one.score]
    return (telling or some)[:MOST]


def _fits(role: str, kind: Role, named: Mapping[str, Entity], profile: Profile) -> Iterator[_Fit]:
    for name, entity in named.items():
        way = entity.command_topic if kind.setting else entity.state_topic
        if way is None or (kind.setting and entity.streamed) or not fits(kind, entity):
            continue
        score, because = _weighed(role, kind, entity, profile)
        yield _Fit(role, entity, name, score, f"{because}{_measured(kind, entity)}")


def _weighed(role: str, kind: Role, entity: Entity, profile: Profile) -> tuple[int, str]:
    """How good a fit it is, and why."""
    wanted = profile.entities.get(role)
    if wanted is not None:
        if wanted == entity.entity_id or wanted in entity.also:
            return 100, f"{profile.title} has it under this name"
        if _same_tail(wanted, entity, profile):
            return 90, f"{profile.title} has {wanted}, the same below another name"
    if role in profile.settings:
        return _setting(role, kind, entity)
    score, because = _spoken(role, entity)
    if entity.command_topic is not None and not kind.setting and score:
        return _HINT // 2, f"{because}, yet it is a setting and measures nothing"
    return score, because


def _spoken(role: str, entity: Entity) -> tuple[int, str]:
    """By what its name speaks of."""
    _, _, part = role.rpartition("/")
    clues = EV_CLUES.get(part, ()) if "/" in role else CLUES.get(role, ())
    own = concepts(own_words(entity)) | _by_kind(entity)
    around = own | concepts(entity.device)
    for clue in clues:
        if clue.holds(own, around):
            because = f"its name speaks of {_listed(sorted(clue.needs))}"
            return (80 if clue.strong else _HINT), because
    return 0, "nothing in its name speaks for it"


def _setting(role: str, kind: Role, entity: Entity) -> tuple[int, str]:
    """By the options it offers, and the words of the role that its name has."""
    wanted, own = terms(role), terms(own_words(entity))
    shared = wanted & own
    telling = kind.words - {one for one in kind.words if one.lower() in _PLAIN_WORDS}
    if len(telling) > 1:
        return 70 + len(shared), "it offers every option that the profile sets"
    if shared == wanted and len(wanted) > 1 and not _contrary(wanted, own):
        return 65, f"its name has all of {_listed(role.split('_'))}"
    if not shared:
        return 0, "nothing in its name speaks for it"
    return _HINT * len(shared) // len(wanted), f"its name has {_listed(sorted(shared))}"


def _contrary(wanted: frozenset[str], own: frozenset[str]) -> bool:
    """Whether it speaks of the opposite too."""
    pairs = (("min", "max"), ("charge", "discharge"), ("import", "export"))
    return any((one in wanted) != (other in wanted) and {one, other} <= own for one, other in pairs)


def _same_tail(wanted: str, entity: Entity, profile: Profile) -> bool:
    """Whether it is called as in the profile, but for the name of the device at the beginning."""
    domain, _, known = wanted.partition(".")
    tail = known.removeprefix(_common_start(profile))
    if entity.component != domain or "_" not in tail:
        return False
    return entity.entity_id.partition(".")[2].endswith(f"_{tail}")


def _common_start(profile: Profile) -> str:
    """What nearly all entities of the profile begin with: the name of the device."""
    firsts = Counter(one.partition(".")[2].partition("_")[0] for one in profile.entities.values())
    word, count = firsts.most_common(1)[0] if firsts else ("", 0)
    return f"{word}_" if count > 0.8 * len(profile.entities) else ""


def _by_kind(entity: Entity) -> frozenset[str]:
    """What its component and class say without a word."""
    if entity.component == "water_heater":
        return frozenset({"water"})
    if entity.component == "alarm_control_panel":
        return frozenset({"alarm"})
    return frozenset({"status"}) if entity.device_class == "plug" else frozenset()


def _measured(kind: Role, entity: Entity) -> str:
    return f"; it is in {entity.unit}" if quantity(kind, entity) is not None else ""


def _listed(words: list[str]) -> str:
    return " and ".join(words)


def _likely(ranked: Mapping[str, list[_Fit]], config: Config) -> dict[str, str]:
    """The one entity of each role that a person would take, where there is one."""
    first = {role: some[0] for role, some in ranked.items() if _stands_out(some)}
    first = _of_one_role(first)
    for all_of, needless in _INSTEAD:
        if all_of <= first.keys():
            first = {role: one for role, one in first.items() if role not in needless}
    left_out = _METERS[config.executor.meter.grid]
    if _METERS["dual" if left_out == _DUAL else "net"] <= first.keys():
        first = {role: one for role, one in first.items() if role not in left_out}
    return {role: one.name for role, one in first.items()}


def _stands_out(some: list[_Fit]) -> bool:
    if not some or some[0].score < _SURE:
        return False
    return len(some) == 1 or some[1].score < some[0].score


def _of_one_role(first: Mapping[str, _Fit]) -> dict[str, _Fit]:
    """Each vehicle has its own entities, and each setting is one thing: the better role keeps it.

    A sensor may be read for several roles.
    """
    best = dict[str, list[_Fit]]()
    for one in first.values():
        if _alone(one):
            best.setdefault(one.name, []).append(one)
    lost = {
        one.role
        for some in best.values()
        for one in some
        if any(other is not one and other.score >= one.score for other in some)
    }
    return {role: one for role, one in first.items() if role not in lost}


def _alone(fit: _Fit) -> bool:
    return "/" in fit.role or fit.entity.command_topic is not None
