"""What the bridge to Home Assistant makes of what is said on both of its sides."""
