"""One thing a file says of how it was made."""

import hashlib
import re
from dataclasses import dataclass

EXCERPT = 80
_UNPRINTABLE = re.compile(r"[\s\x00-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]+")


@dataclass(frozen=True)
class Evidence:
    """The class of table 5.2, the field, the value's hash and its first 80 characters, and who recognised it (P-411)."""

    kind: str
    field: str
    sha256: str
    excerpt: str
    tool: str

    def as_dict(self) -> dict[str, str]:
        """The five members as they are stored."""
        return {
            "class": self.kind,
            "field": self.field,
            "sha256": self.sha256,
            "excerpt": self.excerpt,
            "tool": self.tool,
        }


def evidence(kind: str, field: str, value: str, tool: str = "fedicara") -> Evidence:
    """Evidence from a value: the value itself is not kept."""
    data = value.encode("utf-8", "surrogatepass")
    excerpt = _UNPRINTABLE.sub(" ", value).strip()[:EXCERPT]
    return Evidence(kind, field, hashlib.sha256(data).hexdigest(), excerpt, tool)
