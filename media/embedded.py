"""What a file of somebody else says of its own use, found without decoding the picture."""

from media import xmp

_WANTED = {"http://ns.useplus.org/ldf/xmp/1.0/ DataMining": "plus:DataMining"}
_ENDS = ((b"<x:xmpmeta", b"</x:xmpmeta>"), (b"<?xpacket begin", b"<?xpacket end"))


def statements(data: bytes) -> dict[str, str | None]:
    """The properties of the first XMP packet in a file that state a use; None where a packet cannot be read.

    A packet stands in JPEG, PNG, WebP and AVIF as it is, so it is looked for by its first and last words (P-301).
    """
    packet = _packet(data)
    if packet is None:
        return {}
    try:
        found = xmp.read(packet, _WANTED)
    except ValueError:
        return dict.fromkeys(_WANTED.values())
    return {name: values[0] for name, values in found.items()}


def _packet(data: bytes) -> bytes | None:
    for first, last in _ENDS:
        start = data.find(first)
        if start >= 0:
            end = data.find(last, start, start + xmp.LARGEST)
            # Without an end it is torn, or larger than anybody reads.
            return data[start : end + len(last)] if end >= 0 else b"<"
    return None
