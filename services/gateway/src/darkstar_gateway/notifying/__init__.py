"""Brings notifications to people: Home Assistant first, then whatever Apprise knows."""
