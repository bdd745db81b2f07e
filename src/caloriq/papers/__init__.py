"""One module per paper: its published numbers and figures beside ours."""
