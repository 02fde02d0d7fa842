"""The simulated house without I/O and without a clock: physics, entities, commands, faults."""
