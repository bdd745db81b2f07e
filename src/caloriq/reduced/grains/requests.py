"""What may be asked of a chain that is cut into blocks."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from caloriq import _checks
from caloriq.errors import InvalidInput
from caloriq.models.quantum import QuantumChain
from caloriq.reduced.grains.bonds import MOST

LARGEST = 1e70  # energy, in any unit: the kernel holds fourth powers of it


def check_blocks(model: Any, block: Any, carries: Any, bands: Any, temperature: Any, contact: Any) -> int:
    """Arguments within their domains; number of blocks."""
    _checks.instance("model", model, QuantumChain)
    for name, value in (("block", block), ("bands", bands)):
        if value is None and name == "bands":
            continue
        if isinstance(value, bool) or not isinstance(value, int | np.integer):
            raise InvalidInput(f"`{name}` must be a whole number, but it is not (got {_checks.shown(value)})")
        if value < 1:
            raise InvalidInput(f"`{name}` must be at least 1, but it is smaller (got {value})")
    N = model.sites
    if N % block or block == N:
        fits = [n for n in range(1, N) if N % n == 0]
        raise InvalidInput(
            f"`block` must divide the chain of {N} sites into at least two blocks, but it does not (got {block}); take one of {', '.join(map(str, fits))}"
        )
    if bands is not None and bands > 2**block:
        raise InvalidInput(
            f"`bands` must not outnumber the {2**block} levels of a block, but they do (got {bands}); take fewer"
        )
    need = 32.0 * MOST * (N // block)
    _checks.memory("block", block, need, f"take longer blocks or fewer than {N} sites")
    model.check_carries(carries)
    _check_couplings(model, int(block))
    if block == 1 and carries == "energy" and not (np.any(model.transverse_fields) or np.any(model.fields)):
        raise InvalidInput("`block` must be at least 2 for energy where there are no fields, but it is smaller (got 1)")
    if not (isinstance(temperature, float) and temperature == math.inf):
        _checks.positive("temperature", temperature)
    if _checks.scalar("contact", contact) == 0:
        raise InvalidInput(f"`contact` must not be 0, but it is (got {contact}); blocks apart exchange nothing")
    if not 1e-100 < abs(contact) < 1e100:
        raise InvalidInput(
            f"`contact` must have a square within double precision, but it has not (got {contact:g}); take one nearer 1"
        )
    return int(N // block)


def _check_couplings(model: QuantumChain, block: int) -> None:
    """Couplings within double precision, and blocks that touch their neighbours alone."""
    N = model.sites
    every = (*model.couplings, model.transverse_fields, model.fields)
    largest = max(float(np.abs(part).max(initial=0.0)) for part in every)
    if not 1 / LARGEST < largest < LARGEST:
        raise InvalidInput(
            f"`model` must have couplings whose fourth powers are within double precision, but they are not (got {largest:g} as the largest); take another unit of energy"
        )
    cuts = [cut for cut in range(block, N, block) if not model.crossing(cut)]
    if cuts:
        raise InvalidInput(
            f"`block` must end at bonds that couple, but sites {cuts[0] - 1} and {cuts[0]} are apart (got {block}); cut elsewhere"
        )
    if block == 1 and np.any(model.couplings[1]):
        raise InvalidInput(
            "`block` must be at least 2 where next neighbours are coupled, but it is smaller (got 1); blocks of one spin would have neighbours beyond the next block"
        )
