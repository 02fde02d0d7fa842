"""What the executor knows and decides: values in, values out."""
