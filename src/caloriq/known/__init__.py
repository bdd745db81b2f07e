"""Models whose transport is known, and what is said of them."""
