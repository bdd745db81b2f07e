"""Time-convolutionless equations of populations: dP/dt = K(t) P, in second and fourth order, exact, and Markovian."""
