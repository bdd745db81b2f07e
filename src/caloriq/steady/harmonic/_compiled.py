"""Numba kernels of the response of a harmonic chain. Imported only where a chain is solved.

G(ω) = (Φ - Mω² - iωΓ)⁻¹ is the inverse of a complex symmetric tridiagonal matrix. What lies left and right of a site
adds a self-energy to it, whose imaginary part is a sum of positive terms: no digits are lost however weakly a site is
damped. Everything of one frequency costs O(N). The `LANES` frequencies of a panel run side by side.
"""
# mypy: ignore-errors
# ruff: noqa: ANN001, ANN202, PLR0912

import numpy as np
from numba import prange

from caloriq.linalg.jit import njit

LANES = 16  # the 15 nodes of a panel, and one of weight 0 that fills the processor's lanes
TINY = 1e-300  # stands for a pivot that vanishes
LOOSE = {"reassoc", "contract", "nsz"}  # sums may be reordered; NaN and infinity keep their meaning
CHUNKS = 8  # of panels, each with rows of its own; their sums are added in this order on any number of threads
FAINT = 1e-280  # entries below it count for nothing in the sum over pairs
OVER_PI = 2.0 / np.pi


# where what belongs to a site stands in its row: self-energies from the left (real part, -imaginary part) and
# |G_here/G_next|², the same from the right, the noise of all sites up to it and from it on; Im G_ii and the site's own
# noise take the places of the real parts, which are not needed after them
LEFT, LEFT_LOSS, LEFT_RATIO, RIGHT, RIGHT_LOSS, RIGHT_RATIO, BEFORE, AFTER = (q * LANES for q in range(8))
OWN_LOSS, OWN = LEFT, RIGHT
ROW = 8 * LANES


@njit(cache=True, error_model="numpy", fastmath=LOOSE)
def self_energies(w, stiffness, mass, friction, spring, store):
    """What the sites left and right of every site add to it, at the frequencies of one panel."""
    n = stiffness.size
    store[LEFT : LEFT + 3 * LANES] = 0.0
    store[(n - 1) * ROW + RIGHT : (n - 1) * ROW + RIGHT + 3 * LANES] = 0.0
    for i in range(1, n):
        k2, f, m, g = spring[i - 1] * spring[i - 1], stiffness[i - 1], mass[i - 1], friction[i - 1]
        last, here = store[(i - 1) * ROW : i * ROW], store[i * ROW : (i + 1) * ROW]
        for l in range(LANES):
            a = f - m * w[l] * w[l] - last[LEFT + l]
            b = g * w[l] + last[LEFT_LOSS + l]
            u = k2 / max(a * a + b * b, TINY)
            here[LEFT + l] = u * a
            here[LEFT_LOSS + l] = u * b
            here[LEFT_RATIO + l] = u
    for i in range(n - 2, -1, -1):
        k2, f, m, g = spring[i] * spring[i], stiffness[i + 1], mass[i + 1], friction[i + 1]
        last, here = store[(i + 1) * ROW : (i + 2) * ROW], store[i * ROW : (i + 1) * ROW]
        for l in range(LANES):
            a = f - m * w[l] * w[l] - last[RIGHT + l]
            b = g * w[l] + last[RIGHT_LOSS + l]
            u = k2 / max(a * a + b * b, TINY)
            here[RIGHT + l] = u * a
            here[RIGHT_LOSS + l] = u * b
            here[RIGHT_RATIO + l] = u


@njit(cache=True, inline="always", error_model="numpy")
def local(l, w, f, m, g, here):
    """|G_ii|² and Im G_ii of a site with stiffness f, mass m and friction g."""
    a = f - m * w[l] * w[l] - here[LEFT + l] - here[RIGHT + l]
    b = g * w[l] + here[LEFT_LOSS + l] + here[RIGHT_LOSS + l]
    u = 1.0 / max(a * a + b * b, TINY)
    return u, u * b


@njit(parallel=True, cache=True, error_model="numpy", fastmath=LOOSE)
def controls(W, wide, narrow, stiffness, mass, friction, spring, first, last, watched, held):
    """Integrals of every panel that say where nodes are needed, by both rules, shape (2, P, 4).

    The transmission from site `first` to `last`, the mean kinetic energy of those that are watched, and the mean over all
    sites of kinetic energy and of the variance of positions.
    """
    panels = W.shape[0]
    found = np.zeros((2, panels, 4))
    for chunk in prange(CHUNKS):
        begin, end = chunk * panels // CHUNKS, (chunk + 1) * panels // CHUNKS
        if end > begin:
            _controls(
                W[begin:end],
                wide[begin:end],
                narrow[begin:end],
                stiffness,
                mass,
                friction,
                spring,
                first,
                last,
                watched,
                held,
                found[:, begin:end],
            )
    return OVER_PI * found


@njit(cache=True, error_model="numpy", fastmath=LOOSE)
def _controls(W, wide, narrow, stiffness, mass, friction, spring, first, last, watched, held, found):
    """Of one chunk, added to `found`."""
    n = stiffness.size
    store, through = np.empty(n * ROW), np.empty(LANES)
    for p in range(W.shape[0]):
        w, v, x = W[p], wide[p], narrow[p]
        self_energies(w, stiffness, mass, friction, spring, store)
        for i in range(n):
            f, m, g = stiffness[i], mass[i], friction[i]
            here = store[i * ROW : (i + 1) * ROW]
            a = b = c = d = 0.0
            for l in range(LANES):
                _, im = local(l, w, f, m, g, here)
                a += v[l] * (w[l] * im)
                b += x[l] * (w[l] * im)
                c += v[l] * (im / w[l])
                d += x[l] * (im / w[l])
            found[0, p, 2] += m * a / n
            found[1, p, 2] += m * b / n
            found[0, p, 3] += c if held else 0.0
            found[1, p, 3] += d if held else 0.0
            found[0, p, 1] += watched[i] * m * a
            found[1, p, 1] += watched[i] * m * b
            if i == first:
                for l in range(LANES):
                    u, _ = local(l, w, f, m, g, here)
                    through[l] = friction[first] * friction[last] * w[l] * w[l] * u
            if i >= first and i < last:
                for l in range(LANES):
                    through[l] *= here[RIGHT_RATIO + l]
        for l in range(LANES):
            found[0, p, 0] += v[l] * through[l]
            found[1, p, 0] += x[l] * through[l]


@njit(cache=True, inline="always")
def energy(w, T, quantum):
    """Mean energy ω/(e^(ω/T) - 1) of a mode above its ground state, T where it is classical."""
    if not quantum:
        return T
    x = w / T if T > 0.0 else np.inf
    return w / np.expm1(x) if x < 700.0 else 0.0


@njit(cache=True, inline="always")
def excess(w, T, R, quantum):
    """Energy at T less that at R, without cancellation for temperatures close together."""
    if not quantum:
        return T - R
    if T == R:
        return 0.0
    if T <= 0.0 or R <= 0.0 or w / min(T, R) > 30.0:
        return energy(w, T, True) - energy(w, R, True)
    # 1/(e^x - 1) - 1/(e^y - 1) = e^x (e^(y - x) - 1)/((e^x - 1)(e^y - 1)), y - x = ω (T - R)/TR
    x, y = w / T, w / R
    return w * np.expm1(w * (T - R) / (T * R)) / (-np.expm1(-x) * np.expm1(y))


@njit(cache=True, inline="always")
def slope(w, T, quantum):
    """Derivative of `energy` by T, from 0 to 1."""
    if not quantum:
        return 1.0
    x = w / T if T > 0.0 else np.inf
    if x > 700.0:
        return 0.0
    half = np.sinh(x / 2)
    return (x / 2 / half) ** 2 if x > 0.0 else 1.0


@njit(cache=True, inline="always", error_model="numpy")
def panel_error(wide, narrow):
    """Error of the wide rule as QUADPACK estimates it: the difference of the rules is that of the narrow one."""
    apart = abs(wide - narrow)
    share = 200.0 * apart / max(abs(wide), TINY)
    return apart * np.sqrt(share) if share < 1.0 else apart


QUANTITIES = 7  # kinetic sum rule, kinetic above the reference, kinetic of the reference, two of positions, bath, bond


@njit(cache=True, error_model="numpy", fastmath=LOOSE)
def noise(w, stiffness, mass, friction, spring, T, R, quantum, store):
    """Rows of all sites at the frequencies of one panel."""
    n = stiffness.size
    self_energies(w, stiffness, mass, friction, spring, store)
    for i in range(n):
        f, m, g = stiffness[i], mass[i], friction[i]
        here = store[i * ROW : (i + 1) * ROW]
        for l in range(LANES):
            u, im = local(l, w, f, m, g, here)
            here[OWN_LOSS + l] = im
            here[OWN + l] = g * u
        for l in range(LANES):
            here[OWN + l] *= excess(w[l], T[i], R, quantum) if g > 0.0 else 0.0
        if i == 0:
            here[BEFORE : BEFORE + LANES] = here[OWN : OWN + LANES]
        else:  # |G_ib|² = |G_i/G_{i-1}|² |G_{i-1,b}|²
            last = store[(i - 1) * ROW : i * ROW]
            for l in range(LANES):
                here[BEFORE + l] = last[RIGHT_RATIO + l] * last[BEFORE + l] + here[OWN + l]
    store[(n - 1) * ROW + AFTER : (n - 1) * ROW + AFTER + LANES] = store[
        (n - 1) * ROW + OWN : (n - 1) * ROW + OWN + LANES
    ]
    for i in range(n - 2, -1, -1):
        last, here = store[(i + 1) * ROW : (i + 2) * ROW], store[i * ROW : (i + 1) * ROW]
        for l in range(LANES):
            here[AFTER + l] = last[LEFT_RATIO + l] * last[AFTER + l] + here[OWN + l]


@njit(parallel=True, cache=True, error_model="numpy", fastmath=LOOSE)
def integrals(W, wide, narrow, stiffness, mass, friction, spring, T, R, quantum):
    """All integrals of the steady state by the wide rule, and what the narrow one differs by, shape (2, 7, N).

    T are the temperatures of the baths; R is the reference, from which the noise is counted so that equal baths cancel
    exactly.
    """
    panels = W.shape[0]
    parts = np.zeros((CHUNKS, 2, QUANTITIES, stiffness.size))
    for chunk in prange(CHUNKS):
        begin, end = chunk * panels // CHUNKS, (chunk + 1) * panels // CHUNKS
        if end > begin:
            _integrals(
                W[begin:end],
                wide[begin:end],
                narrow[begin:end],
                stiffness,
                mass,
                friction,
                spring,
                T,
                R,
                quantum,
                parts[chunk],
            )
    return parts.sum(axis=0)


@njit(cache=True, error_model="numpy", fastmath=LOOSE)
def _integrals(W, wide, narrow, stiffness, mass, friction, spring, T, R, quantum, found):
    """Of one chunk, added to `found`."""
    n = stiffness.size
    store, level, lowest = np.empty(n * ROW), np.empty(LANES), np.empty(LANES)
    add = np.zeros((2, QUANTITIES))
    for p in range(W.shape[0]):
        w, v, x = W[p], wide[p], narrow[p]
        noise(w, stiffness, mass, friction, spring, T, R, quantum, store)
        for l in range(LANES):
            level[l] = energy(w[l], R, quantum)
            lowest[l] = level[l] + (w[l] / 2 if quantum else 0.0)
        for i in range(n):
            here = store[i * ROW : (i + 1) * ROW]
            a0 = a1 = a2 = a3 = a4 = b0 = b1 = b2 = b3 = b4 = 0.0
            for l in range(LANES):
                felt = here[BEFORE + l] + here[AFTER + l] - here[OWN + l]
                loss = here[OWN_LOSS + l]
                kinetic, position = w[l] * loss, loss / w[l]
                above, total = w[l] * w[l] * felt, felt + position * lowest[l]
                a0 += v[l] * kinetic
                b0 += x[l] * kinetic
                a1 += v[l] * above
                b1 += x[l] * above
                a2 += v[l] * (kinetic * level[l])
                b2 += x[l] * (kinetic * level[l])
                a3 += v[l] * position
                b3 += x[l] * position
                a4 += v[l] * total
                b4 += x[l] * total
            m = mass[i]
            add[0, 0], add[0, 1], add[0, 2], add[0, 3], add[0, 4] = m * a0, m * a1, m * a2, a3, a4
            add[1, 0], add[1, 1], add[1, 2], add[1, 3], add[1, 4] = m * b0, m * b1, m * b2, b3, b4
            add[0, 5] = add[1, 5] = add[0, 6] = add[1, 6] = 0.0
            if friction[i] > 0.0:
                for l in range(LANES):
                    felt = here[BEFORE + l] + here[AFTER + l] - here[OWN + l]
                    brought = excess(w[l], T[i], R, quantum) * here[OWN_LOSS + l] / w[l] - felt
                    add[0, 5] += v[l] * (w[l] * w[l] * friction[i] * brought)
                    add[1, 5] += x[l] * (w[l] * w[l] * friction[i] * brought)
            if i + 1 < n:
                then = store[(i + 1) * ROW : (i + 2) * ROW]
                a0 = b0 = 0.0
                for l in range(LANES):
                    flow = here[BEFORE + l] * here[RIGHT_LOSS + l] - then[AFTER + l] * then[LEFT_LOSS + l]
                    a0 += v[l] * (w[l] * flow)
                    b0 += x[l] * (w[l] * flow)
                add[0, 6], add[1, 6] = a0, b0
            for c in range(QUANTITIES):
                found[0, c, i] += OVER_PI * add[0, c]
                found[1, c, i] += OVER_PI * panel_error(add[0, c], add[1, c])


@njit(parallel=True, cache=True, error_model="numpy", fastmath=LOOSE)
def moments(W, wide, stiffness, mass, friction, spring, basis, which, count):
    """Spectral weight of kinetic energy on few frequencies: (2/π)∫ mω Im G_ii ℓ_q(ω) dω for every site and coarse panel.

    `basis` has the polynomials ℓ_q at the nodes, shape (P, LANES, LANES), `which` the coarse panel of every panel.
    """
    panels = W.shape[0]
    parts = np.zeros((CHUNKS, stiffness.size, count, LANES))
    for chunk in prange(CHUNKS):
        begin, end = chunk * panels // CHUNKS, (chunk + 1) * panels // CHUNKS
        if end > begin:
            _moments(
                W[begin:end],
                wide[begin:end],
                stiffness,
                mass,
                friction,
                spring,
                basis[begin:end],
                which[begin:end],
                parts[chunk],
            )
    return parts.sum(axis=0)


@njit(cache=True, error_model="numpy", fastmath=LOOSE)
def _moments(W, wide, stiffness, mass, friction, spring, basis, which, found):
    """Of one chunk, added to `found`."""
    n = stiffness.size
    store, weight = np.empty(n * ROW), np.empty(LANES)
    for p in range(W.shape[0]):
        w = W[p]
        self_energies(w, stiffness, mass, friction, spring, store)
        for i in range(n):
            f, m, g = stiffness[i], mass[i], friction[i]
            here, there = store[i * ROW : (i + 1) * ROW], found[i, which[p]]
            for l in range(LANES):
                _, im = local(l, w, f, m, g, here)
                weight[l] = OVER_PI * wide[p, l] * m * w[l] * im
            for l in range(LANES - 1):
                for q in range(LANES):
                    there[q] += weight[l] * basis[p, l, q]


@njit(cache=True, error_model="numpy", fastmath=LOOSE)
def conductances(W, wide, stiffness, mass, friction, spring, T, quantum):
    """Heat into every bath per temperature of another, (2/π)∫ω² γ_l γ_m |G_lm|² ∂_T e(ω, T_m) dω, shape (N, N); 0 for l = m."""
    n, panels = stiffness.size, W.shape[0]
    store = np.empty(n * ROW)
    low, high = np.zeros((n, n)), np.zeros((n, n))
    pair, weight, rise = np.empty(n), np.empty(n), np.ones(n)
    for p in range(panels):
        w = W[p]
        self_energies(w, stiffness, mass, friction, spring, store)
        for l in range(LANES - 1):
            common = OVER_PI * wide[p, l] * w[l] * w[l]
            if quantum:
                for m in range(n):
                    rise[m] = slope(w[l], T[m], quantum)
            begin = 0
            for m in range(n):
                if m > 0:
                    ratio = store[(m - 1) * ROW + RIGHT_RATIO + l]
                    for j in range(begin, m):
                        pair[j] *= ratio
                    while begin < m and pair[begin] < FAINT:
                        pair[begin] = 0.0
                        begin += 1
                own = common * rise[m]
                for j in range(begin, m):
                    low[m, j] += own * pair[j]
                if quantum:
                    for j in range(begin, m):
                        high[m, j] += weight[j] * pair[j]
                pair[m], _ = local(l, w, stiffness[m], mass[m], friction[m], store[m * ROW : (m + 1) * ROW])
                weight[m] = own
    for m in range(n):
        for j in range(m):
            both = friction[m] * friction[j]
            # low: derivative by T of the later site; high: by that of the earlier one
            up, down = both * low[m, j], both * (high[m, j] if quantum else low[m, j])
            low[j, m], low[m, j] = up, down
        low[m, m] = 0.0
    return low
