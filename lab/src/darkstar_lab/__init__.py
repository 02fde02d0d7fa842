"""Offline tools over the services' cores. The services know nothing of it."""
