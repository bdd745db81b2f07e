"""`python -m caloriq.cli`."""

from caloriq.cli.app import main

if __name__ == "__main__":
    main()
