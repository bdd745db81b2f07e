"""L.-A. Wu, D. Segal, How can we derive Fourier's law from quantum mechanics? Exact master equation analysis."""
