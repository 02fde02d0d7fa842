"""The configuration as people change it: what can be set, and what a change does to the file."""
