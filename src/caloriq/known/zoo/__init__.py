"""Models of every kind whose transport is known: what a verdict by all routes says of them, and whether it is wrong."""
