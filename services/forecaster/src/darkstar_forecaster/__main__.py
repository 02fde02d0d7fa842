"""The forecaster."""


def main() -> None:
    """Run the forecaster."""
