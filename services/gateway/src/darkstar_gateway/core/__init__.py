"""What people are shown, made of the messages on the bus; values in, values out."""
