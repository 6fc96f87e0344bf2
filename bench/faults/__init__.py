"""Faults made on purpose: kills, hosts that misbehave, locks, full disks; each run ends with a check of what must hold."""
