"""What holds for every plan, said without any of the planner's own arithmetic."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

from darkstar_planner.core.solution import Solution

Document = dict[str, Any]
CLOSE = 1e-4


def wrongs(document: Document, made: Solution) -> list[str]:
    """What is wrong with the plan `made` for the problem `document`; nothing, for a good one."""
    return [*_shape(document, made), *_proof(document, made), *_flows(document, made)]


def _shape(document: Document, made: Solution) -> Iterator[str]:
    if len(made.slots) != len(document["import_price"]):
        yield f"{len(made.slots)} slots"
    if not made.checks.passed:
        yield f"the checker: {made.checks.problems}"
    for kind, attribute in (("batteries", "batteries"), ("evs", "evs"), ("heaters", "heaters")):
        names = {one["id"] for one in document[kind]}
        if any(set(getattr(slot, attribute)) != names for slot in made.slots):
            yield f"the {kind} of some slot are not those of the problem"
    figures = (made.cost, made.objective, made.solve_seconds)
    if not all(math.isfinite(one) for one in figures):
        yield f"figures that are no numbers: {figures}"
    if any(not slot.reason for slot in made.slots):
        yield "a slot without a reason"


def _proof(document: Document, made: Solution) -> Iterator[str]:
    options = document["options"]
    allowed = options["absolute_gap"] + (made.kept_saving or 0.0) + CLOSE
    if made.status == "fallback":
        yield f"made by rule: {made.reason}"
    elif made.bound is not None and made.bound > made.objective + CLOSE:
        yield f"the bound {made.bound} is above the objective {made.objective}"
    if made.status == "optimal" and (made.gap is None or made.gap > allowed):
        yield f"called optimal with a gap of {made.gap}"
    if (made.kept_saving or 0.0) > options["keep_threshold"] + CLOSE:
        yield f"kept although a change would save {made.kept_saving}"


def _flows(document: Document, made: Solution) -> Iterator[str]:
    """Power in is power out; energy adds up; the bill is the bill."""
    hours = document.get("slot_hours", 0.25)
    lengths = hours if isinstance(hours, list) else [hours] * len(made.slots)
    bill = 0.0
    for t, slot in enumerate(made.slots):
        stores = (*slot.batteries.values(), *slot.evs.values())
        net = sum(one.discharge_kw - one.charge_kw for one in stores)
        used = sum(slot.heaters.values()) + sum(slot.deferrables.values())
        sun = document["pv_kw"][t] - slot.curtailed_kw
        supply = slot.import_kw + sun + net + slot.unserved_kw
        off = supply - used - document["load_kw"][t] - slot.export_kw
        if not document["inverter"]["dc_coupled"] and abs(off) > CLOSE:
            yield f"slot {t}: {off} kW come from nowhere"
        if min(slot.import_kw, slot.export_kw) > CLOSE:
            yield f"slot {t}: imports and exports at once"
        bill += lengths[t] * slot.import_kw * document["import_price"][t]
        bill -= lengths[t] * slot.export_kw * document["export_price"][t]
        for one, asked in zip(stores, (*document["batteries"], *document["evs"]), strict=True):
            bill += lengths[t] * one.discharge_kw * asked.get("wear_cost_per_kwh", 0.0)
    # starts and the peak come on top
    if made.cost < bill - CLOSE * max(1.0, abs(bill)):
        yield f"the cost {made.cost} is below the bill {bill}"
    starts = any(one.get("start_penalty") for one in document["heaters"])
    plain = "peak" not in document["grid"] and not starts
    if plain and abs(made.cost - bill) > CLOSE * max(1.0, abs(bill)):
        yield f"the cost {made.cost} is not the bill {bill}"
