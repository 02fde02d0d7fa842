"""The planner."""


def main() -> None:
    """Run the planner."""
