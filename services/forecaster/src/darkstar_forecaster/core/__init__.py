"""The forecaster's domain: values in, values out."""
