"""A driven chain at infinite temperature to first order in its drive: over bath rates and lengths."""
