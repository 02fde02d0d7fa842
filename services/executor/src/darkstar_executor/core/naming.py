"""What the names of an entity speak of, in English, Swedish and German.

People and gateways call the same thing by many words; here they become a few concepts, such as
`battery`, `charge` or `import`. A longer word goes before one that it contains: what discharges
does not charge.
"""

from __future__ import annotations

import re
from functools import lru_cache

from darkstar_executor.core.entities import Entity
from darkstar_executor.core.names import slug

_LEXICON = r"""
forecast:    forecast\w*? prognos\w*? predict\w*? estimat\w*? expected vorhersage
health:      state_of_health soh cycles? cykler zyklen
soc:         state_of_(?:charge|energy|capacity) soc laddstatus laddniva laddningsniva
             laddningsgrad batteriniva ladezustand ladestand batteriestand
import:      (?:from|fran|aus|vom)_(?:the_)?(?:grid|nat|natet|elnat|elnatet|netz) energy_to_user
             imported import purchased? bought kopt inkopt netzbezug bezug
export:      (?:to|till|ins)_(?:the_)?(?:grid|nat|natet|elnat|elnatet|netz) exported export
             feed_?in feed_grid fed_in sold sald salt netzeinspeisung einspeisung backflow
             surplus inmatning
to:          to till
part:        (?:pv|mppt|string|input|strang)_?[0-9]+
ev:          ev evs evse car cars bil bilen elbil\w*? laddbox\w*? laddare\w*? wallbox\w*? charger
             chargers vehicle fahrzeug elektroauto easee zaptec goe tesla
gadget:      phone iphone mobil\w*? telefon tablet ipad watch remote motion door lock dorr robot
             mower laptop ups button vibration thermometer
discharge:   discharg\w*? urladd\w*? entlad\w*?
charge:      charge charged charging ladd\w*? laden ladung lade\w*?
water:       water waterheater vatten varmvatten\w*? vvb warmwasser\w*? boiler dhw heater tank
             beredare immersion
battery:     batter(?:y|ies|i|iet|ie|ien) batteri[a-z]+? batt? akku storage ess bms
pv:          pv solar sol solceller\w*? solcell\w*? solel solproduktion photovoltaics?
             photovoltaik panels? mppt
made:        production produktion generation erzeugung ertrag yield produced
house:       house household home_(?:load|power|energy|consumption|usage) load loads hus
             huset hushall husforbrukning hausverbrauch haus hauslast huslast house_?load
use:         consumption consumed forbrukning forbrukad verbrauch usage
grid:        grid meter mains nat natet elnat elnatet netz utility elmatare huvudmatare p1
min:         min minimum minsta lower floor lagsta mindest
max:         max maximum maximal hogsta upper ceiling
bound:       limit limits grans target mal ziel cut_?off reserve backup end_of depth stop stopped
             rated nominal capacity threshold
period:      today idag heute daily day dag dygn tag yesterday igar gestern month monthly manad
             monat year yearly ar jahr week weekly vecka woche hour hourly session
phase:       l[123] phase fas phase_?[abc123] [abc]_phase fas_?[123] r_phase s_phase t_phase
status:      status connected available tillstand zustand present plug plugged ansluten inkopplad
             on_?grid off_?grid
alarm:       alarm larm hemlarm
automation:  automation automatik darkstar
"""
"""Concepts and the words for them, as they stand in an entity id; the earlier goes first."""


def _concept_pattern() -> re.Pattern[str]:
    """A group for each concept, which matches its words as a whole."""
    groups = list[str]()
    for head, _, words in (one.partition(":") for one in _one_line_each(_LEXICON)):
        whole = rf"(?<![a-z])(?:{'|'.join(words.split())})(?![a-z])"
        groups.append(f"(?P<{head}>{whole})")
    return re.compile("|".join(groups))


def _one_line_each(text: str) -> list[str]:
    return re.sub(r"\n +", " ", text).strip().splitlines()


_CONCEPT = _concept_pattern()
_LONGEST = 240
"""So many characters of a name are looked at; people's names are shorter."""
_WORD = re.compile(r"[a-z]+|[0-9]+")


@lru_cache(maxsize=4096)
def concepts(text: str) -> frozenset[str]:
    """What `text` speaks of.

    Example:
        >>> sorted(concepts("Hembatteri: urladdning från nätet"))
        ['discharge', 'import']
        >>> sorted(concepts("sensor battery_charge_power"))
        ['battery', 'charge']
    """
    found = _CONCEPT.finditer(slug(text[:_LONGEST]))
    return frozenset(one.lastgroup for one in found if one.lastgroup is not None)


@lru_cache(maxsize=4096)
def terms(text: str) -> frozenset[str]:
    """The concepts of `text`, and its other words as they are.

    Bounds keep their own word besides, since a limit is no target.

    Example:
        >>> sorted(terms("max_charge_current"))
        ['charge', 'current', 'max']
    """
    plain = slug(text[:_LONGEST])
    left = _CONCEPT.sub(lambda one: one[0] if one.lastgroup == "bound" else "_", plain)
    return concepts(text) | frozenset(_WORD.findall(left))


def own_words(entity: Entity) -> str:
    """What the entity itself is called: its id without the domain, and its name."""
    half = _LONGEST // 2
    return f"{entity.entity_id.partition('.')[2][:half]} {entity.name[:half]}"
