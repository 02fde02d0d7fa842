"""Who may look and act: passwords, sessions, tokens, and what stands before every route."""
