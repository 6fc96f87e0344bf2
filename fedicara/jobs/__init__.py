"""Work done later: the queue's port, its adapter, the loop that works it off."""
