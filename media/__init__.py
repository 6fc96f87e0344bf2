"""A picture in, a protected picture out; CPU only."""
