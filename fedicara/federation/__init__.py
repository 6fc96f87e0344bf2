"""Speaking with other servers: the door, signatures, what is believed, what is sent."""
