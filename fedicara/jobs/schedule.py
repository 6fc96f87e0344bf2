"""When a failed job is tried again: pure policy above the queue (REL-04 to REL-11)."""

import random

FIRST = 30.0
LONGEST = 6 * 3600.0
GIVE_UP_AFTER = 7 * 24 * 3600.0


def delay(attempt: int, chance: random.Random | None = None) -> float:
    """Seconds until the next try after `attempt` failures (0 the first): min(30 s × 2ⁿ, 6 h) ± 25 %."""
    spread = (chance or random).uniform(0.75, 1.25)
    return float(min(FIRST * 2.0 ** min(attempt, 20), LONGEST) * spread)
