"""Numbered schema changes; a released one is never edited."""
