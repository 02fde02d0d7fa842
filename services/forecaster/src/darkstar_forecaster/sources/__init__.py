"""Where prices and weather come from."""
