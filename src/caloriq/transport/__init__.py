"""What exact and reduced dynamics say together: deviation, heat, modes, entanglement, currents over lengths."""
