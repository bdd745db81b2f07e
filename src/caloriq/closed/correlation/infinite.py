"""⟨J(t)J⟩ of currents on the chain without ends, by strings of bounded support."""

from __future__ import annotations

import math
import time
from typing import Any

import numpy as np

from caloriq import _checks
from caloriq._checks import Real
from caloriq.closed.correlation import ladder
from caloriq.closed.correlation.methods import SupportLadder
from caloriq.closed.correlation.operators import CURRENT, told
from caloriq.closed.correlation.result import Correlation
from caloriq.errors import InvalidInput, Unsupported
from caloriq.models.lattice.model import Lattice
from caloriq.results import Certificate, Check, MethodReport, Progress, frozen, teller
from caloriq.spaces.commutators import string_count
from caloriq.spaces.currents import current_of
from caloriq.spaces.infinite import InfiniteChain
from caloriq.spaces.strings import Strings
from caloriq.spaces.support import SupportSpace

SUM = 1e-10  # of ⟨J²⟩ that rounding changes


def on_infinite(
    model: Lattice,
    A: Any,
    B: Any,
    times: Real,
    temperature: float,
    method: SupportLadder,
    reason: str,
    progress: Progress | None,
) -> Correlation:
    """Strings of bounded support."""
    chain, J = infinite_current(model, A, B, temperature)
    space = support_space(chain, J, method)
    clock = time.perf_counter()
    rung = ladder.climb(
        space,
        J,
        float(times[-1]) or 1.0,
        kept=kept(chain, J, method.length, method.above),
        damping=method.damping,
        tell=teller(progress),
    )
    square, sites = J.norm**2, len(chain.cell)
    values = rung.correlation(times)
    departure = rung.departed(times)
    checks = (
        Check("truncation", rung.error, 1e-9, "bound on what the series leave out and on rounding, of ⟨J²⟩"),
        Check("sum rule", abs(float(rung.correlation(np.zeros(1))[0]) / square - 1), SUM, "⟨J²⟩ is that of the terms"),
    )
    statistics = {
        "strings": space.size - space.first,
        "products": rung.products,
        "bytes": rung.bytes,
        "wall time in s": time.perf_counter() - clock,
    }
    return Correlation(
        model=model,
        method=MethodReport(repr(method), reason, statistics),
        certificate=Certificate(checks),
        first=told(A),
        second=told(A),
        temperature=math.inf,
        times=frozen(times.copy()),
        values=frozen(values.astype(complex) / sites),
        per_site=True,
        error=frozen(np.zeros(times.size)),
        bounds={"values": frozen((departure + rung.error) * square / sites)},
        samples=None,
        exact_until=rung.exact_until(1e-3),
    ).certified()


def infinite_current(model: Lattice, A: Any, B: Any, temperature: float) -> tuple[InfiniteChain, Strings]:
    """The chain without ends and the density of its current; what strings do not know is refused."""
    if temperature < math.inf:
        raise Unsupported(
            f"`temperature` must be infinite for strings of bounded support, but it is not (got {temperature:g}); take Typicality()"
        )
    name = CURRENT.fullmatch(A.strip()) if isinstance(A, str) else None
    if name is None or (B is not None and B != A):
        raise InvalidInput(
            f"`A` must be a current, and B the same, for strings of bounded support, but they are not (got {_checks.shown(A)} and {_checks.shown(B)}); take Typicality()"
        )
    chain = model.infinite_chain()
    J, _ = current_of(chain, name["of"])
    if not J.terms:
        raise InvalidInput(f"`A` must flow, but no term carries it (got {A.strip()!r}); its correlation is 0")
    return chain, J


def support_space(chain: InfiniteChain, J: Strings, method: SupportLadder, *, argument: str = "length") -> SupportSpace:
    """Strings of a method; refused where they have no room, or the current does not fit."""
    least = max(chain.covers(J), chain.reach)
    if method.length < least:
        raise InvalidInput(
            f"`{argument}` must be at least the {least} cells that the current covers, but {'it is' if argument == 'length' else 'they are'} not (got {method.length})"
        )
    space = SupportSpace(chain, method.length)
    size = string_count(chain, method.length)
    _checks.memory(
        argument, f"{method.length} cells, {size:.3g} strings", 8.0 * ladder.VECTORS * size, "take fewer cells"
    )
    return space


def kept(chain: InfiniteChain, J: Strings, length: int, above: int) -> int:
    """ℓ₀: so many cells below ℓ, but never so few that the current itself is damped."""
    return max(length - above, chain.covers(J))
