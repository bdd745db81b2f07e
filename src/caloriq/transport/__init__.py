"""What exact and reduced dynamics say together: deviation and verdict."""
