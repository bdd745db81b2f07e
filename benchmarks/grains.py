"""grains: blocks of 12 spins coarse-grained."""

from __future__ import annotations

import numpy as np

import caloriq as cq
from benchmarks.driven import peak_memory
from benchmarks.report import Report, Target, agree
from benchmarks.timing import once

SECONDS = 60.0
CLOSE = 1e-10

Case = tuple[str, cq.QuantumChain, str]


def cases(block: int) -> list[Case]:
    """Chains by what their blocks conserve; the last one nothing."""
    n = 2 * block
    rough = cq.QuantumChain.tilted_ising(n).model_copy(update={"disorder": 0.2, "seed": 1})
    return [
        ("XXZ, spin", cq.QuantumChain.xxz(n, anisotropy=1.5), "spin"),
        ("disordered Heisenberg, spin", cq.QuantumChain.heisenberg(n, disorder=2.0, seed=1), "spin"),
        ("tilted Ising, energy", cq.QuantumChain.tilted_ising(n), "energy"),
        ("tilted Ising with disorder, energy: two blocks, no symmetry", rough, "energy"),
    ]


def against_product_space(chain: cq.QuantumChain, carries: str) -> float:
    """Largest distance of C(τ)/C(0) from the one of J in the space of both blocks."""
    half = chain.sites // 2
    found = cq.coarse_grain(chain, half, carries=carries)  # type: ignore[arg-type]
    bond = chain.bond(half - 1).toarray()
    H0 = chain.hamiltonian().toarray() - bond
    left, right = (sum(chain.density(carries, first=f, sites=half)).toarray() for f in (0, half))  # type: ignore[arg-type]
    D = np.kron(np.eye(2**half), left) - np.kron(right, np.eye(2**half))
    E, U = np.linalg.eigh(H0)
    weight = np.abs(U.T @ (bond @ D - D @ bond) @ U / 2) ** 2
    t = found.kernel.times[:40]
    C = np.array([(weight * np.cos(np.subtract.outer(E, E) * s)).sum() for s in t]) / 4**half
    return float(np.abs(found.kernel.correlation[0, :40] - C).max() / C[0])


def run(*, quick: bool) -> Report:
    """Wall times of whole blocks, from the chain to the judgement."""
    worst = max(against_product_space(chain, carries) for _, chain, carries in cases(3))
    agree("coarse_grain()", "the product space of two blocks of 3", worst, CLOSE)
    block = 8 if quick else 12
    rows, targets, data = [], [], {}
    for name, chain, carries in cases(block):
        wall, _, grains = once(lambda chain=chain, carries=carries: cq.coarse_grain(chain, block, carries=carries))
        peak, statistics = peak_memory(), grains.method.statistics
        rows.append([name, str(statistics["largest sector"]), str(statistics["times"]), f"{wall:.3g}", f"{peak:.2f}"])
        data[name] = {"wall": wall, "peak_gb": peak, **dict(statistics)}
        if not quick and statistics["distinct blocks"] == 1:
            targets.append(Target(f"block of {block} spins, {name}", wall, SECONDS, unit=" s"))
    notes = [
        f"Blocks of {block} spins, {2**block} states; C(τ) agrees to {worst:.0e} with the product space at blocks of 3. Chains with disorder have two blocks to diagonalise."
    ]
    columns = ["chain, carried", "largest sector", "times", "wall s", "peak GB"]
    return Report("grains", "Real chains cut into blocks", columns, rows, targets, notes, data, quick)
