"""JSON for apps: the client API."""
