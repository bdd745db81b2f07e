"""Exact Schrödinger dynamics of closed chains."""
