"""Steady states between baths that know the energies of the whole: any hermitian H and coupling operators, as matrices."""
