"""Reduced descriptions: the Hilbert space average method and its rate equation."""
