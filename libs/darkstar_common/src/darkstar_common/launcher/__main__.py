"""The `darkstar` command."""


def main() -> None:
    """Run it."""
