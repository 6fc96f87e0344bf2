"""Which network addresses may be dialled: an allow-list, since deny-lists forget (SSRF-01)."""

from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from typing import Final

_IPV4_SPECIAL: Final = tuple(
    IPv4Network(block)
    for block in (
        "0.0.0.0/8",
        "10.0.0.0/8",
        "100.64.0.0/10",
        "127.0.0.0/8",
        "169.254.0.0/16",
        "172.16.0.0/12",
        "192.0.0.0/24",
        "192.0.2.0/24",
        "192.31.196.0/24",
        "192.52.193.0/24",
        "192.88.99.0/24",
        "192.168.0.0/16",
        "192.175.48.0/24",
        "198.18.0.0/15",
        "198.51.100.0/24",
        "203.0.113.0/24",
        "224.0.0.0/4",
        "240.0.0.0/4",
    )
)
_IPV6_GLOBAL: Final = IPv6Network("2000::/3")
# Protocol assignments with Teredo, documentation, 6to4, AS112, and documentation again.
_IPV6_SPECIAL: Final = tuple(
    IPv6Network(block)
    for block in ("2001::/23", "2001:db8::/32", "2002::/16", "2620:4f:8000::/48", "3fff::/20", "3ffe::/16")
)


def is_public(address: IPv4Address | IPv6Address) -> bool:
    """Whether the address belongs to the open internet; forms that carry an IPv4 address do not."""
    if isinstance(address, IPv4Address):
        return not any(address in block for block in _IPV4_SPECIAL)
    if address.scope_id is not None:
        return False
    return address in _IPV6_GLOBAL and not any(address in block for block in _IPV6_SPECIAL)


def literal(host: str) -> IPv4Address | IPv6Address | None:
    """The address a host is the plain spelling of, or None for a name."""
    try:
        return ip_address(host.strip("[]"))
    except ValueError:
        return None
