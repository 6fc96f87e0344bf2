"""Training of the generator engine: needs torch, encoder weights and a folder of pictures; not part of a server."""
