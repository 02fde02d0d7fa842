"""HTTP and WebSocket: the way to people."""
