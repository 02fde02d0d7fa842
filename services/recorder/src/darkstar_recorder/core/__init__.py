"""The recorder's domain: values in, values out."""
