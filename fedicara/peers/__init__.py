"""What other servers ask for: actors, inboxes, collections, objects, discovery."""
