"""A made-up but plausible house: load, PV and spot price for any days, place and seed.

Every local day has its own random numbers, so the same day of the same seed is the same in any
window. pvlib is imported only when PV is made; a running service never loads it.
"""

from darkstar_simulator.core.generator.home import Home, generate_series

__all__ = ["Home", "generate_series"]
