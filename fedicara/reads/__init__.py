"""The hot questions, as SQL with a known plan."""
