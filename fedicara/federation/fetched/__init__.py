"""What we read at other servers, within bounds."""
