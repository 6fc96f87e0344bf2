"""What may be done with a work, and every way to say it; no I/O."""
