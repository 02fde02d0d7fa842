"""Darkstar's gateway: the page and the HTTP API."""
