"""The executor."""


def main() -> None:
    """Run the executor."""
