"""The recorder."""


def main() -> None:
    """Run the recorder."""
