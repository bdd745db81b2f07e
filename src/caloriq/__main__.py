"""python -m caloriq."""

from caloriq.cli import main

main()
