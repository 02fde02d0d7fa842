"""The gateway."""


def main() -> None:
    """Run the gateway."""
