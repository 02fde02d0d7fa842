"""The `darkstar` command: starts and checks the whole on one machine."""
