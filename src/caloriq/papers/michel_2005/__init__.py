"""M. Michel, G. Mahler, J. Gemmer, Phys. Rev. Lett. 95, 180602 (2005)."""
