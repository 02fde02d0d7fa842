"""The optimisation model: one module for each group of constraints.

Each constraint has a name; docs/modelling.md has the equation behind every name.
"""
