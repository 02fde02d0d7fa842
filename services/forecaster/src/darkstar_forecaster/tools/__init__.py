"""The tools of `darkstar-forecaster`, a module each: `register(commands)` adds it.

A tool is a function of its options that returns an exit code; what it cannot do it says with
a `ToolError`.
"""
