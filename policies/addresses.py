"""Lists of the addresses that an operator's crawler comes from, as operators publish them (P-241)."""

from collections.abc import Iterable, Iterator, Mapping
from ipaddress import ip_address, ip_network
from typing import Any, Final

import msgspec

from policies.errors import PolicyError

MOST_BYTES: Final = 1 << 20
MOST_NETWORKS: Final = 20_000
_WIDEST: Final = {4: 8, 6: 19}
_MEMBERS: Final = ("ipv4Prefix", "ipv6Prefix")


def read(body: bytes) -> tuple[str, ...]:
    """Return the networks of `{"prefixes": [{"ipv4Prefix": "192.0.2.0/24"}, …]}`, or raise PolicyError.

    A network wider than any operator has is refused with the whole list: it would vouch for everybody.
    """
    if len(body) > MOST_BYTES:
        raise PolicyError("list", f"it is larger than {MOST_BYTES // (1 << 20)} MiB")
    try:
        stated = msgspec.json.decode(body)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as error:
        raise PolicyError("list", "it is not JSON") from error
    prefixes = stated.get("prefixes") if isinstance(stated, dict) else None
    if not isinstance(prefixes, list) or not 0 < len(prefixes) <= MOST_NETWORKS:
        raise PolicyError("list", f"it has no prefixes, or more than {MOST_NETWORKS:,}")
    found = tuple(_networks(prefixes))
    if not found:
        raise PolicyError("list", "none of its prefixes is a network")
    return found


def _networks(prefixes: Iterable[Any]) -> Iterator[str]:
    for each in prefixes:
        for text in _texts(each) if isinstance(each, dict) else ():
            try:
                network = ip_network(text, strict=False)
            except ValueError as error:
                raise PolicyError("list", f"{text[:60]!r} is no network") from error
            if network.prefixlen < _WIDEST[network.version]:
                raise PolicyError("list", f"{text[:60]!r} is wider than any operator's network")
            yield str(network)


def _texts(stated: Mapping[str, Any]) -> Iterator[str]:
    return (stated[name] for name in _MEMBERS if isinstance(stated.get(name), str))


def contains(networks: Iterable[str], address: str) -> bool:
    """Say whether an address is of one of the networks; what is no address is of none."""
    try:
        parsed = ip_address(address)
    except ValueError:
        return False
    return any(parsed in ip_network(network) for network in networks)
