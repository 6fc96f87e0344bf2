"""The one error of this package: a value that a policy or a crawler row may not hold."""


class PolicyError(Exception):
    """A field, and the reason its value is refused, in words for the person who set it.

    Raised for values outside the closed enumerations (P-010), for choices looser than the
    floor (P-016), and for crawler tokens that could break robots.txt (P-212).
    """

    def __init__(self, field: str, reason: str) -> None:
        super().__init__(f"{field}: {reason}")
        self.field = field
        self.reason = reason
