"""What several papers on the modular chain show."""
