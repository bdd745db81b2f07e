"""What is kept of the runs on this machine, and where."""
