"""What a person can do here; pages and the API both call these."""
