"""PV: physics first, then what this roof has shown of itself."""
