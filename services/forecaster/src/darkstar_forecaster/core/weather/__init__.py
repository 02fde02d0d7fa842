"""Weather by slot: from what a source says to tables as situation.WEATHER, by physics."""
