"""The executor's domain: values in, values out."""
