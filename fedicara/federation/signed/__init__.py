"""Who sent something, and how we prove that we did."""
