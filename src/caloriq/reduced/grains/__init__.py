"""Coarse-graining of real chains: blocks, their bands, and the second-order kernel of what couples them."""
