"""M. Michel, J. Gemmer, G. Mahler, Phys. Rev. E 73, 016101 (2006)."""
