"""The command line."""

from caloriq.cli.app import main

__all__ = ["main"]
