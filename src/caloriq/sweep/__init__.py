"""Sweeps: what to ask (a plan), where it runs (any executor), and what has been answered (a ledger)."""
