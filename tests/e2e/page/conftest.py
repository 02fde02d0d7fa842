"""A browser and a played house for what looks at pages."""

from support.browsing import browser, house, silent
from support.plan_page import planner

__all__ = ["browser", "house", "planner", "silent"]
