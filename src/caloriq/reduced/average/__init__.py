"""The Hilbert space average method: one theory over the channels of a model."""
