"""The ActivityPub protocol as values: documents, signatures, addressing; no I/O."""
