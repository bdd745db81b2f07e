"""Sweeps: what to compute apart from where it runs."""
