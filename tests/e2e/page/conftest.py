"""A browser and a played house for what looks at pages."""

from support.browsing import browser, house, silent

__all__ = ["browser", "house", "silent"]
