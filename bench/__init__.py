"""Measurements: bounded, on loopback, printed as tables with ratios taken in one run."""
