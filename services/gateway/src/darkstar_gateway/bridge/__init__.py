"""Entities that only Home Assistant has, brought to the bus and set from there."""
