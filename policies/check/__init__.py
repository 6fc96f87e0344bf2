"""What `policy check` finds: each signal as it should be and as it was read, and what that means; no I/O."""
