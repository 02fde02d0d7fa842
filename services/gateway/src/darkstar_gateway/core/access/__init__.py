"""Who may look and act, as values: no request, no file and no clock."""
