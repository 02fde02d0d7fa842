"""Prices, load and PV of the hours ahead; values in, values out."""
