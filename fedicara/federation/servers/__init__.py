"""What is remembered of other servers."""
