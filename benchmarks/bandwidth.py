"""bandwidth: bytes per product over time per product, against the machine's read rate in the same run."""

from __future__ import annotations

import time
from statistics import median

import numpy as np

from benchmarks.kernels import READERS, read
from benchmarks.report import Report, Target
from benchmarks.timing import SETTLE, Pass, loops_for
from caloriq import ModularChain
from caloriq._checks import available_memory

BOUND = 1.3
SIZES = ((10, 500), (20, 500), (10, 1000), (5, 2000))
QUICK = ((10, 500), (3, 1000))


class Reader:
    """Sum over a flat array, timed as a read rate."""

    def __init__(self, array: np.ndarray, streams: int) -> None:
        self.array, self.streams = array, streams
        read(array, streams)
        self.loops = loops_for(lambda: read(array, streams))

    def rate(self) -> float:
        """Bytes per second."""
        begin = time.perf_counter()
        for _ in range(self.loops):
            read(self.array, self.streams)
        return self.loops * self.array.nbytes / (time.perf_counter() - begin)


def run(*, quick: bool) -> Report:
    """Read rates and products, interleaved so that both meet the same state of the machine."""
    sizes, rounds = (QUICK, 5) if quick else (SIZES, 15)
    large = np.full(int(min(4e8 if quick else 1.6e9, available_memory() / 4)) // 8, 1.0)
    passes = [Pass(_hamiltonian(N, n)) for N, n in sizes]
    time.sleep(SETTLE)
    streams = max(READERS, key=lambda s: max(Reader(large, s).rate() for _ in range(3)))
    memory = Reader(large, streams)
    same = [Reader(large[: p.operator.product_bytes // 8], streams) for p in passes]
    seen: dict[str, list[list[float]]] = {"memory": [[]], "same": [[] for _ in sizes], "product": [[] for _ in sizes]}
    for _ in range(rounds):
        seen["memory"][0].append(memory.rate())
        for k, (p, reader) in enumerate(zip(passes, same, strict=True)):
            seen["same"][k].append(reader.rate())
            seen["product"][k].append(p.operator.product_bytes / p.seconds())
    return _report(sizes, passes, seen, streams, large.nbytes, rounds, quick)


def _hamiltonian(N: int, n: int):
    return ModularChain(subunits=N, levels=n, bandwidth=0.05, coupling=0.025 / n, seed=1).hamiltonian()


def _report(sizes, passes, seen, streams: int, large: int, rounds: int, quick: bool) -> Report:
    memory, rows, data = median(seen["memory"][0]), [], []
    for k, ((N, n), p) in enumerate(zip(sizes, passes, strict=True)):
        size, same, ours = p.operator.product_bytes, median(seen["same"][k]), median(seen["product"][k])
        best = max(seen["product"][k])
        data.append({"N": N, "n": n, "bytes": size, "seconds": size / ours, "rate": ours, "same": same, "best": best})
        rows.append(
            [
                f"N = {N}, n = {n}",
                f"{size / 1e6:.0f}",
                f"{1e3 * size / ours:.3f}",
                f"{1e3 * size / best:.3f}",
                f"{ours / 1e9:.1f}",
                f"{memory / ours:.2f}",
                f"{same / 1e9:.1f}",
                f"{same / ours:.2f}",
            ]
        )
    columns = [
        "chain",
        "MB per product",
        "ms median",
        "ms best",
        "achieved GB/s",
        "memory rate / achieved",
        "same-size read GB/s",
        "same-size / achieved",
    ]
    chain = f"N = {sizes[0][0]}, n = {sizes[0][1]}"
    targets = [
        Target(f"memory read rate / achieved, {chain}", memory / data[0]["rate"], BOUND),
        Target(f"read rate of an array of the same size / achieved, {chain}", data[0]["same"] / data[0]["rate"], BOUND),
        Target("memory read rate / achieved, worst chain", max(memory / d["rate"] for d in data), BOUND),
    ]
    notes = [
        f"Memory read rate: {memory / 1e9:.1f} GB/s (median of {rounds}; best {max(seen['memory'][0]) / 1e9:.1f}), a parallel Numba sum over {large / 1e9:.1f} GB with {streams} memory stream{'s' if streams > 1 else ''} per thread, the fastest of {', '.join(map(str, READERS))}.",
        "Same-size read: that sum over an array of as many bytes as the coupling blocks, again and again, so that the last-level cache serves what it can, as it does for the product: the stricter bound where the blocks nearly fit.",
        "A product is one step of the Chebyshev recurrence, vectors included; only the bytes of the coupling blocks are counted. A ratio below 1 means that the cache helped. Reads and products alternate within every round.",
    ]
    return Report(
        "bandwidth",
        "Products against the read bandwidth",
        columns,
        rows,
        targets,
        notes,
        {"memory": memory, "memory_best": max(seen["memory"][0]), "streams": streams, "sizes": data},
        quick,
    )
