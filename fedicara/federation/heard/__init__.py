"""What others tell us, from the inbox to the rows."""
