"""Follows a message to what it came of and what came of it, from a price to a setpoint.

messages   messages of any kind in one shape, from the recorder's rows
logs       the same from the services' logs
chain      which of them belong together
words      a sentence for each
picture    the tree that people read
asking     asks the recorder
"""
