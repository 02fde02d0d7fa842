"""How the planner looks at the days ahead: each rule is pure and says what it changed and why."""

from darkstar_planner.core.strategy.outlook import Outlook, Wishes
from darkstar_planner.core.strategy.tank import TankSlot, heated_hot_kwh, legionella_done
from darkstar_planner.core.strategy.view import View
from darkstar_planner.core.strategy.whole import strategy

__all__ = [
    "Outlook",
    "TankSlot",
    "View",
    "Wishes",
    "heated_hot_kwh",
    "legionella_done",
    "strategy",
]
