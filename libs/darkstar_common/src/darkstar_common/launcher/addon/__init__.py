"""Home Assistant's add-on: what the Supervisor says, each service is told."""
