"""The gateway's domain: values in, values out."""
