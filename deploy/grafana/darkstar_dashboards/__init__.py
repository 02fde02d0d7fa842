"""Darkstar's Grafana dashboards, in Python: what each shows, from which metrics, and how.

`queries` writes PromQL, `panels` and `board` draw it, and each dashboard has a module of its own.
"""
