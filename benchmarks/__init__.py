"""Ours beside the peers: speed, memory, scaling and import time, measured in one run with results compared."""
