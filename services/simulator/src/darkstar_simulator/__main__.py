"""The simulator."""


def main() -> None:
    """Run the simulator."""
