"""Lattices as files hold them, with one part to be looked at."""

ZZ = {"operator": "Z Z"}


def terms(*more, **fields):
    """A lattice of four spins with good terms and others after them."""
    return {"sites": 4, "terms": [ZZ, *more], **fields}


def value(given):
    return terms({"operator": "Z", "value": given})
