"""The secret that private keys and forms are sealed with."""

import secrets
from pathlib import Path


class SecretError(Exception):
    """The server's secret is missing, or not the one that its keys were sealed with."""


def read_secret(path: Path, *, is_needed: bool = False) -> bytes:
    """The server's secret, readable by its owner alone; made on first use, unless something is sealed with another."""
    if not path.exists():
        if is_needed:
            raise SecretError(f"{path} is missing, and the private keys were sealed with it")
        path.touch(mode=0o600)
        path.write_text(secrets.token_hex(32))
    return bytes.fromhex(path.read_text().strip())
