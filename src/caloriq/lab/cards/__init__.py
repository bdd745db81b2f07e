"""What stands on the page, one file for a card."""
