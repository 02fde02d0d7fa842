"""The planner's domain: values in, values out."""
