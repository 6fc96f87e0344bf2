"""What we tell others, from the rows to their inboxes."""
