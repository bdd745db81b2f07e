"""Landmarks of the field beyond the four papers: driven spin chains of which the transport is known."""
