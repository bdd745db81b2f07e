"""Steady states of lattices whose two-point functions close: their equation, its solution, and bounds on all that is read of it."""
