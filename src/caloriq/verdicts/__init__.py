"""Does heat obey Fourier's law? What decides it, and the sentences."""
