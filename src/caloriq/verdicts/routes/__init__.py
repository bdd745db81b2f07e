"""Routes to a verdict on a model: each brings evidence, none decides."""
