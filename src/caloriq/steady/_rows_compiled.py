"""Numba kernels of batches: one row, one sample, and the same operations on it whatever the batch.

No threads, no fast arithmetic: a product over the whole batch rounds as its size has it, a row of these does not.
Imported only through `batches.compiled`.
"""
# mypy: ignore-errors
# ruff: noqa: ANN001, ANN202, PLR0912, PLR0915

import math

import numpy as np

from caloriq.linalg.jit import njit

LARGE = 700.0  # ω/T beyond which a mode is empty


@njit(cache=True, error_model="numpy")
def bath_rates(frequency, sites, temperature, rate, gain, loss):
    """Gain and loss of baths with a temperature, into columns of (n, baths); the others (NaN) are there already."""
    for n in range(frequency.shape[0]):
        for b in range(sites.size):
            T = temperature[b]
            if math.isnan(T):
                continue
            w, occupation = frequency[n, sites[b]], 0.0
            if T > 0.0 and w / T <= LARGE:
                step = math.expm1(w / T)
                occupation = 1.0 / step if step > 0.0 else math.inf
            gain[n, b], loss[n, b] = rate[b] * occupation, rate[b] * (occupation + 1.0)


@njit(cache=True)
def combine(given, where, start, which, value, out):
    """out[n, where_i] = Σ value · given[n, which] over the terms start_i..start_i+1, in their order; the rest stays."""
    for n in range(given.shape[0]):
        for i in range(where.size):
            total = 0.0
            for e in range(start[i], start[i + 1]):
                total += value[e] * given[n, which[e]]
            out[n, where[i]] = total


@njit(cache=True, error_model="numpy")
def triangular(W):
    """Elimination with partial pivoting of (D, D + K), in place, the diagonal inverted; False if a pivot vanishes.

    Row by row, so that the inner loop is a difference of rows: no sum is split as the processor's width has it. Zeros
    below a pivot, most of them here, cost nothing.
    """
    D, width = W.shape
    for k in range(D):
        at = k
        for i in range(k + 1, D):
            if abs(W[i, k]) > abs(W[at, k]):
                at = i
        if at != k:
            for j in range(k, width):
                W[k, j], W[at, j] = W[at, j], W[k, j]
        top = W[k]
        if top[k] == 0.0:
            return False
        inverse = 1.0 / top[k]
        for i in range(k + 1, D):
            row = W[i]
            if row[k] != 0.0:
                factor = row[k] * inverse
                for j in range(k + 1, width):
                    row[j] -= factor * top[j]
        top[k] = inverse
    return True


@njit(cache=True)
def eliminate(A, right, out):
    """Solutions (n, D, K) of systems (n, D²); NaN where a matrix is singular."""
    D, K = right.shape[1], right.shape[2]
    W = np.empty((D, D + K))
    for n in range(right.shape[0]):
        W[:, :D] = A[n].reshape(D, D)
        W[:, D:] = right[n]
        if not triangular(W):
            out[n] = math.nan
            continue
        for k in range(D - 1, -1, -1):
            for c in range(K):
                left = W[k, D + c]
                for j in range(k + 1, D):
                    left -= W[k, j] * out[n, j, c]
                out[n, k, c] = left * W[k, k]


@njit(cache=True)
def flows(p, N, first, second, sites, read, currents, excitations, heat):
    """Currents of every sample (the formulas of `observables`, without ZZ terms), heat from the dephasing last.

    Rows of p: frequency N, hopping B, dephasing N, gain, loss; of `read`: populations N, Re and Im of coherences B.
    """
    B, baths = first.size, sites.size
    for n in range(p.shape[0]):
        dephasing = 0.0
        for i in range(B):
            g = p[n, N + i]
            currents[n, i] = -2.0 * (g * read[n, N + B + i])
            decay = p[n, N + B + first[i]] + p[n, N + B + second[i]]
            dephasing -= decay * (g * read[n, N + i])
        heat[n, baths] = dephasing
        for b in range(baths):
            s = sites[b]
            gain, loss = p[n, 2 * N + B + b], p[n, 2 * N + B + baths + b]
            j = gain - (gain + loss) * read[n, s]
            exchange = 0.0
            for i in range(B):
                if first[i] == s or second[i] == s:
                    exchange += p[n, N + i] * read[n, N + i]
            excitations[n, b] = j
            heat[n, b] = p[n, s] * j - (gain + loss) * exchange


@njit(cache=True)
def larger(a, b):
    """The larger number, or NaN where one is."""
    return a if a >= b or math.isnan(a) else b


@njit(cache=True, error_model="numpy")
def proofs(p, N, B, D, where, A, right, x, moved, read, excitations, heat, out):
    """Residual, error of the solution, sums of the currents and positivity of every sample, into (n, 5)."""
    baths = excitations.shape[1]
    for n in range(p.shape[0]):
        scale, fastest = 0.0, 0.0
        low = high = p[n, 0]
        for k in range(N):
            scale = larger(scale, p[n, N + B + k])
            low, high = min(low, p[n, k]), max(high, p[n, k])
        for i in range(B):
            scale = larger(scale, abs(p[n, N + i]))
        for b in range(baths):
            fastest = larger(fastest, p[n, 2 * N + B + b] + p[n, 2 * N + B + baths + b])
        scale = larger(larger(scale, fastest), high - low)
        misfit = size = given = change = 0.0
        i = 0
        for r in range(D):
            s = -right[n, r]
            while i < where.size and where[i] < (r + 1) * D:
                s += A[n, where[i]] * x[n, where[i] - r * D]
                i += 1
            misfit += s * s
            given += right[n, r] * right[n, r]
            size += x[n, r] * x[n, r]
            change += moved[n, r] * moved[n, r]
        out[n, 0] = math.sqrt(misfit) / math.sqrt(given)
        out[n, 1] = math.sqrt(change) * scale / math.sqrt(size)
        j = q = outside = 0.0
        for b in range(baths):
            j += excitations[n, b]
            q += heat[n, b]
        out[n, 2], out[n, 3] = abs(j) / fastest, abs(q + heat[n, baths]) / fastest
        for k in range(N):
            outside = larger(larger(outside, -read[n, k]), read[n, k] - 1.0)
        out[n, 4] = outside


UNIT = 2.0**-53
TERMS = 24.0 * UNIT  # rounding of the residual of one element, over the sum of its terms


@njit(cache=True)
def exact_difference(a, b, c, d):
    """a·b - c·d to rounding of the result and of the error terms."""
    p, q = a * b, c * d
    s = 134217729.0
    t = s * a
    ah = t - (t - a)
    t = s * b
    bh = t - (t - b)
    t = s * c
    ch = t - (t - c)
    t = s * d
    dh = t - (t - d)
    al, bl, cl, dl = a - ah, b - bh, c - ch, d - dh
    e = ((ah * bh - p) + ah * bl + al * bh) + al * bl
    f = ((ch * dh - q) + ch * dl + cl * dh) + cl * dl
    return (p - q) + (e - f)


@njit(cache=True, error_model="numpy")
def entry(x, N, j, k):
    """C_jk of P = Re C + Im C."""
    return complex((x[j * N + k] + x[k * N + j]) / 2.0, (x[j * N + k] - x[k * N + j]) / 2.0)


@njit(cache=True, error_model="numpy")
def misfit(x, N, w, g, G, deph, R, S):
    """dC/dt for a unit population wanted by the first site, and a bound on its modulus with rounding."""
    for j in range(N):
        for k in range(j, N):
            c = entry(x, N, j, k)
            t = (w[j] - w[k]) * c
            size = abs(w[j] - w[k]) * abs(c) * 2.0
            if j > 0:
                a = g[j - 1] * entry(x, N, j - 1, k)
                t += a
                size += abs(a)
            if j < N - 1:
                a = g[j] * entry(x, N, j + 1, k)
                t += a
                size += abs(a)
            if k > 0:
                a = g[k - 1] * entry(x, N, j, k - 1)
                t -= a
                size += abs(a)
            if k < N - 1:
                a = g[k] * entry(x, N, j, k + 1)
                t -= a
                size += abs(a)
            decay = (G[j] + G[k]) / 2.0
            if j != k:
                decay += (deph[j] + deph[k]) / 2.0
            r = 1j * t - decay * c
            size += decay * abs(c)
            if j == k and j == 0:
                r += G[0]
                size += G[0]
            R[j, k] = r
            R[k, j] = r.conjugate()
            S[j, k] = S[k, j] = abs(r) + TERMS * size


@njit(cache=True, error_model="numpy")
def untrue(A, where, N, y):
    """Largest row sum of 1 + 𝓛Y, in moduli: below ½ it proves -𝓛⁻¹1 ≤ 2Y."""
    D = N * N
    worst = 0.0
    i = 0
    left = np.empty(D)
    for r in range(D):
        s = 1.0 if r % (N + 1) == 0 else 0.0
        while i < where.size and where[i] < (r + 1) * D:
            s += A[where[i]] * y[where[i] - r * D]
            i += 1
        left[r] = s
    for j in range(N):
        total = 0.0
        for k in range(N):
            total += abs(entry(left, N, j, k))
        worst = larger(worst, total)
    return worst


@njit(cache=True, error_model="numpy")
def wires(p, N, B, first_bath, exact, where, A, x, Y, currents, excitations, heat, populations, bounds, share):
    """Numbers of chains between two baths from what the bath of the first site drives, and their bounds.

    `first_bath` is the column of that bath. Bounds in order: currents B, excitations 2, heat 3, populations N. `share`
    is the largest of them over its number, or over 10⁻⁴ of what could flow or be there. See `wire_error`.
    """
    E, S, R = np.empty((N, N)), np.empty((N, N)), np.empty((N, N), np.complex128)
    G, beta = np.zeros(N), np.empty(N)
    for n in range(p.shape[0]):
        w, g, deph = p[n, :N], p[n, N : N + B], p[n, N + B : 2 * N + B]
        here, there = 2 * N + B + first_bath, 2 * N + B + 1 - first_bath
        up, down, up_last, down_last = p[n, here], p[n, here + 2], p[n, there], p[n, there + 2]
        G[0], G[N - 1] = up + down, up_last + down_last
        product = G[0] * G[N - 1]
        drive = exact_difference(up, down_last, up_last, down) / product
        doubt = 8.0 * UNIT * abs(drive)
        if not exact:
            doubt += 12.0 * UNIT * (up * down_last + up_last * down) / product
        misfit(x[n], N, w, g, G, deph, R, S)
        factor = 2.0 if untrue(A[n], where, N, Y[n]) < 0.5 else math.inf
        rho = 0.0
        for j in range(N):
            total = 0.0
            for k in range(N):
                total += S[j, k]
            rho = larger(rho, total)
        for j in range(N):
            beta[j] = factor * rho * Y[n, j * (N + 1)]
        second = rest = correction = 0.0
        for j in range(N):
            for k in range(N):
                E[j, k] = math.sqrt(beta[j] * beta[k])
                second += E[j, k] * S[j, k]
                c = entry(x[n], N, j, k)
                z = 1.0 - c.real if j == k else -c
                correction += (z * R[j, k]).real if j != k else z.real * R[j, j].real
                rest += abs(z) * TERMS * (abs(G[j]) + abs(G[k])) * (1.0 if j == k else 0.0)
                rest += abs(z) * (S[j, k] - abs(R[j, k])) + 16.0 * UNIT * abs(z) * abs(R[j, k])
        J = G[N - 1] * entry(x[n], N, N - 1, N - 1).real + correction
        room = second + rest + 16.0 * UNIT * abs(J)
        room = abs(drive) * room + doubt * (abs(J) + room)
        J *= drive
        weakest, quantum = math.inf, 0.0
        for k in range(B):
            currents[n, k], bounds[n, k] = J, room
            weakest, quantum = min(weakest, abs(g[k])), larger(quantum, abs(g[k]))
        for k in range(N):
            quantum = larger(quantum, abs(w[k]))
        flow = 4.0 * weakest * weakest * product / ((G[0] + G[N - 1]) * (4.0 * weakest * weakest + product))
        fed = min(up + up_last, down + down_last)
        flow = min(flow, fed) if fed > 0.0 else flow
        worst = ratio(J, room, flow)
        lost = lost_room = 0.0
        for k in range(B):
            c = drive * entry(x[n], N, k, k + 1).real
            e = abs(drive) * E[k, k + 1] + doubt * abs(c) / max(abs(drive), 1e-300) + 4.0 * UNIT * abs(c)
            rate = (deph[k] + deph[k + 1]) * g[k]
            lost -= rate * c
            lost_room += abs(rate) * (e + 8.0 * UNIT * abs(c))
        brought = brought_room = 0.0
        for side in range(2):
            end, beside, third = (0, 1, 2) if side == 0 else (N - 1, N - 2, N - 3)
            bath = first_bath if side == 0 else 1 - first_bath
            near, sign = (0, 1.0) if side == 0 else (B - 1, -1.0)
            excitations[n, bath], bounds[n, B + bath] = sign * J, room
            c = drive * entry(x[n], N, near, near + 1).real
            e = abs(drive) * E[near, near + 1] + doubt * abs(c) / max(abs(drive), 1e-300)
            q = w[end] * sign * J - G[end] * g[near] * c
            size = abs(w[end] * J) + abs(G[end] * g[near] * c)
            doubts = abs(w[end]) * room + G[end] * abs(g[near]) * e + 16.0 * UNIT * size
            other = (G[beside] if N == 2 else 0.0) + deph[end] + deph[beside]
            r = w[beside] * sign * J + other * g[near] * c
            size = abs(w[beside] * J) + abs(other * g[near] * c)
            unsure = abs(w[beside]) * room + other * abs(g[near]) * e
            if N > 2:
                far = drive * entry(x[n], N, min(end, third), max(end, third)).imag
                both = 2.0 * g[near] * g[near + 1 if side == 0 else near - 1]
                r -= sign * both * far
                size += abs(both * far)
                unsure += abs(both) * (abs(drive) * E[end, third] + doubt * abs(far) / max(abs(drive), 1e-300))
            unsure += 16.0 * UNIT * size
            if unsure < doubts:
                q, doubts = r, unsure
            heat[n, bath], bounds[n, B + 2 + bath] = q, doubts
            brought, brought_room = brought + q, brought_room + doubts
            worst = larger(worst, ratio(q, doubts, flow * quantum))
        brought_room += UNIT * abs(brought)
        if brought_room < lost_room:  # the baths' heat leaves by the dephasing
            lost, lost_room = -brought, brought_room
        heat[n, 2], bounds[n, B + 4] = lost, lost_room
        worst = larger(worst, ratio(lost, lost_room, flow * quantum))
        filled = 0.0
        base = up_last / G[N - 1]
        for k in range(N):
            f = entry(x[n], N, k, k).real
            populations[n, k] = base + drive * f
            bounds[n, B + 5 + k] = abs(drive) * beta[k] + doubt * abs(f) + 12.0 * UNIT * (base + abs(drive * f))
            filled = larger(filled, abs(populations[n, k]))
        for k in range(N):
            worst = larger(worst, ratio(populations[n, k], bounds[n, B + 5 + k], filled))
        share[n] = worst


@njit(cache=True, error_model="numpy")
def ratio(value, bound, scale):
    """A bound over its number, or over a small share of what the number could be."""
    if bound == 0.0:
        return 0.0
    return bound / larger(abs(value), 1e-4 * scale)


@njit(cache=True, error_model="numpy")
def estimated(p, N, B, baths, sites, first, second, error, currents, excitations, heat, populations, bounds, share):
    """Bounds as what rounding of the equations changed in the solution leaves of the numbers: measured, not proved."""
    for n in range(p.shape[0]):
        e = 16.0 * larger(error[n], UNIT)
        fed = drained = fastest = quantum = worst = lost = 0.0
        for b in range(baths):
            fed += p[n, 2 * N + B + b]
            drained += p[n, 2 * N + B + baths + b]
            fastest = larger(fastest, p[n, 2 * N + B + b] + p[n, 2 * N + B + baths + b])
        flow = min(fed, drained)
        flow = flow if flow > 0.0 else fastest
        for k in range(N):
            quantum = larger(quantum, abs(p[n, k]))
            bounds[n, B + 2 * baths + 1 + k] = e
            worst = larger(worst, ratio(populations[n, k], e, 1.0))
        for i in range(B):
            g = abs(p[n, N + i])
            quantum = larger(quantum, g)
            bounds[n, i] = 2.0 * g * e
            worst = larger(worst, ratio(currents[n, i], bounds[n, i], flow))
            lost += (p[n, N + B + first[i]] + p[n, N + B + second[i]]) * g * e
        for b in range(baths):
            s, rate, near = sites[b], p[n, 2 * N + B + b] + p[n, 2 * N + B + baths + b], 0.0
            for i in range(B):
                if first[i] == s or second[i] == s:
                    near += abs(p[n, N + i])
            bounds[n, B + b] = rate * e
            bounds[n, B + baths + b] = rate * (abs(p[n, s]) + near) * e
            worst = larger(worst, ratio(excitations[n, b], bounds[n, B + b], flow))
            worst = larger(worst, ratio(heat[n, b], bounds[n, B + baths + b], flow * quantum))
        bounds[n, B + 2 * baths] = lost
        share[n] = larger(worst, ratio(heat[n, baths], lost, flow * quantum))
