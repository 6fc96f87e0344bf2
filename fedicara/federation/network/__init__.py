"""What goes over the wire: the one door and what stands behind it."""
