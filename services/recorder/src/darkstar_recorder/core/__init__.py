"""What counters mean, slot by slot; values in, values out."""
