"""The server: composes protocol, pictures and policy; owns the database, the network and the pages."""
