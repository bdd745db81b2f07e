"""Studies: many runs, one dataset. Each study is a function of physical parameters and a seed."""
