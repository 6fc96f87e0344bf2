"""What follows from the rows: means and spreads, the gate (C-023), and the table as text."""

from collections.abc import Iterator, Mapping
from statistics import fmean, stdev
from typing import Any

from media.cloak.measure import variety
from media.cloak.measure.table import NOISE, Rows
from media.cloak.measure.ways import GATE

LEAST_MEAN, LEAST_EACH = 1.5, 1.0
MOST_ALIKE, MOST_ALIKE_SPECTRA, HIGHEST_PEAK = 0.2, 0.6, 0.1
STRUCTURE, PERCEPTUAL = 0.96, 0.02


def summary(rows: Rows, unseen: frozenset[str], kin: frozenset[str]) -> dict[str, Any]:
    """Everything as plain data; `kin` are encoders akin to the visibility metric, which are no evidence."""
    counted = sorted(unseen - kin)
    encoders = sorted({encoder for encoder, _, _ in rows.moved})
    return {
        "pictures": len(rows.peaks),
        "displacement": {" · ".join(key): _spread(values) for key, values in rows.moved.items()},
        "ratios": {encoder: _ratios(rows, encoder) for encoder in encoders},
        "unseen": counted,
        "gate": gate(rows, counted),
        "visibility": {name: _visible(rows, name) for name in rows.visible},
        "variety": _variety(rows),
        "purified": {" · ".join(key): _spread(values) for key, values in rows.purified.items()},
    }


def _ratios(rows: Rows, encoder: str) -> dict[str, dict[str, float]]:
    """The cloak's displacement over each baseline's, by way: the mean of the pictures' ratios."""
    found: dict[str, dict[str, float]] = {}
    for (of, change, way), values in rows.moved.items():
        if of == encoder and change != "cloak":
            mine = rows.moved[encoder, "cloak", way]
            found.setdefault(change, {})[way] = round(
                fmean(one / max(other, 1e-9) for one, other in zip(mine, values, strict=True)), 3
            )
    return found


def gate(rows: Rows, counted: list[str]) -> dict[str, Any]:
    """Whether the engine may be called more than experimental, on the encoders that it never saw."""
    if not counted:
        return {"reached": False, "why": "no encoder was left out of a training"}
    noise = NOISE[0]
    by_way = {
        way: fmean(_ratios(rows, each)[f"{noise}, equal LPIPS"][way] for each in counted) for way in GATE
    }
    by_psnr = {
        way: fmean(_ratios(rows, each)[f"{noise}, equal PSNR"][way] for each in counted) for way in GATE
    }
    seen = _visible(rows, "cloak")
    varied = _variety(rows)
    checks = {
        "equal LPIPS, mean at least 1.5": fmean(by_way.values()) >= LEAST_MEAN,
        "equal LPIPS, each above 1.0": min(by_way.values()) > LEAST_EACH,
        "equal PSNR, mean above 1.0": fmean(by_psnr.values()) > LEAST_EACH,
        "visibility (C-001)": seen["SSIM"]["mean"] >= STRUCTURE and seen["LPIPS"]["mean"] <= PERCEPTUAL,
        "variety (C-027)": varied["alike"] <= MOST_ALIKE
        and varied["seeds alike"] <= MOST_ALIKE
        and varied["spectra alike"] <= MOST_ALIKE_SPECTRA
        and varied["seeds' spectra alike"] <= MOST_ALIKE_SPECTRA
        and varied["highest peak"] <= HIGHEST_PEAK,
    }
    return {
        "reached": all(checks.values()),
        "checks": checks,
        "equal LPIPS": {way: round(value, 3) for way, value in by_way.items()},
        "equal LPIPS, mean": round(fmean(by_way.values()), 3),
        "equal PSNR": {way: round(value, 3) for way, value in by_psnr.items()},
        "equal PSNR, mean": round(fmean(by_psnr.values()), 3),
    }


def _visible(rows: Rows, name: str) -> dict[str, dict[str, float]]:
    named = {"LPIPS": "perceptual", "SSIM": "structure", "contrast": "contrast", "PSNR": "psnr"}
    return {
        shown: _spread([getattr(each, attribute) for each in rows.visible[name]])
        for shown, attribute in named.items()
    }


def _variety(rows: Rows) -> dict[str, float]:
    several = len(rows.changes) > 1
    return {
        "alike": round(variety.likeness(rows.changes), 4) if several else 0.0,
        "spectra alike": round(variety.spectra(rows.changes), 4) if several else 0.0,
        "seeds alike": round(fmean(rows.seeds), 4),
        "seeds' spectra alike": round(fmean(rows.seeds_spectra), 4),
        "highest peak": round(max(rows.peaks), 4),
        "mean peak": round(fmean(rows.peaks), 4),
    }


def _spread(values: list[float]) -> dict[str, float]:
    return {"mean": round(fmean(values), 4), "spread": round(stdev(values), 4) if len(values) > 1 else 0.0}


def lines(found: Mapping[str, Any]) -> Iterator[str]:
    """The summary as lines of Markdown."""
    yield f"{found['pictures']} pictures; left out of a training: {', '.join(found['unseen']) or 'none'}."
    for encoder, changes in found["ratios"].items():
        ways = list(next(iter(changes.values())))
        yield f"\n| {encoder}: the cloak's displacement over that of | {' | '.join(ways)} |"
        yield "|---|" + "---|" * len(ways)
        for change, values in changes.items():
            yield f"| {change} | {' | '.join(f'{values[way]:.2f}' for way in ways)} |"
    yield "\n| visibility | LPIPS | SSIM | contrast | PSNR |\n|---|---|---|---|---|"
    for change, seen in found["visibility"].items():
        yield (
            f"| {change} | "
            + " | ".join(f"{each['mean']:.4g} ± {each['spread']:.2g}" for each in seen.values())
            + " |"
        )
    for title in ("variety", "gate"):
        yield f"\n{title}: {found[title]}"
    for name, spread in found["purified"].items():
        yield f"after {name}: {spread['mean']:.2f} ± {spread['spread']:.2f} of low-frequency noise"
