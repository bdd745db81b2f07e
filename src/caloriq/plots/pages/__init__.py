"""Pages in HTML that need nothing but themselves: no script, no style and no picture from elsewhere."""
