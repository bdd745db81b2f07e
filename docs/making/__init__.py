"""What makes the site of the pages: extensions of Sphinx, and the checks of what is built."""
