"""Conserved charges of translation-invariant chains, and what they prove of transport: P. Mazur, Physica 43, 533 (1969)."""
