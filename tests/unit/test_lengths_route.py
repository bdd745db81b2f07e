"""Which lengths the route of steady states looks at, and what stands where the longest cannot be had."""

import pytest

import caloriq as cq
from caloriq.verdicts.routes import lengths
from caloriq.verdicts.routes.case import Case
from caloriq.verdicts.routes.stage import Stage

WARM = (cq.Bath(site=0, gain=0.6, loss=0.4), cq.Bath(site=-1, gain=0.4, loss=0.6))
CHAIN = cq.SpinChain(sites=4, hopping=1.0, zz=0.5, dephasing=1.0, baths=WARM)
CASE = Case(CHAIN, "excitations")


def stage(*sizes):
    return Stage(lengths.NAME, "steady states", {"sizes": list(sizes), "of": "excitations"}, 1.0, 1e6)


def test_tensor_networks_come_after_the_sector():
    assert lengths._ladder(CHAIN) == (*lengths.SHORT, *lengths.LONG)
    assert lengths._ladder(CHAIN.model_copy(update={"zz": 0.0})) == lengths.DOUBLED


def test_what_the_shorter_ones_say_stands(monkeypatch):
    asked = []

    def solved(chain, sizes, **options):
        asked.append(tuple(sizes))
        if max(sizes) > 6:
            raise cq.NotConverged("`method` must converge, but it does not (got 7)")
        return cq.scaling(chain, sizes, **options)

    monkeypatch.setattr(lengths, "scaling", solved)
    found = lengths._ask(CASE, stage(3, 4, 5, 6, 7), None)
    assert asked == [(3, 4, 5, 6, 7), (3, 4, 5, 6)]
    assert found.where.startswith("N = 3…6")
    # and nothing longer is tried
    assert lengths._next(CASE, stage(3, 4, 5, 6, 7), found) is None
    assert lengths._next(CASE, stage(3, 4, 5, 6), found) is not None


def test_the_first_lengths_must_be_had(monkeypatch):
    def never(*_, **__):
        raise cq.NotConverged("`method` must converge, but it does not (got 4)")

    monkeypatch.setattr(lengths, "scaling", never)
    with pytest.raises(cq.NotConverged):
        lengths._ask(CASE, stage(3, 4, 5, 6), None)
