"""The whole two-point matrix of a chain, by the solutions that the library looks for and by its dense equations."""

import numpy as np
from scipy.linalg import lu_solve

from caloriq.steady import correlators


def state(chain):
    """C between baths given by `loss` and `source`: the best of the solutions seen from the bath that fills."""
    preferred = np.divide(chain.source, chain.loss, out=np.zeros(chain.sites), where=chain.loss > 0)
    if not correlators.connected(chain) or preferred[0] == preferred[-1]:
        return np.diag(correlators.pieces(chain, preferred[0], preferred[-1])).astype(complex)
    step = 1 if preferred[0] > preferred[-1] else -1
    solutions = correlators.solutions(correlators.seen(chain, step))
    best = min(solutions, key=lambda found: float(np.max(found.driven.populations.bound)))
    C = abs(preferred[0] - preferred[-1]) * best.matrix[::step, ::step]
    C[np.diag_indices(chain.sites)] += min(preferred[0], preferred[-1])
    return C


def dense(chain):
    """C by the N² x N² system as it stands, and what one refinement changed in its diagonal."""
    N, A = chain.sites, correlators._equations(chain)
    right = -np.diag(chain.source).ravel()
    factor = correlators._lu(A.copy(order="F"))
    x = lu_solve(factor, right, check_finite=False)
    step = lu_solve(factor, right - A @ x, check_finite=False).reshape(N, N)
    P = x.reshape(N, N) + step
    return (P + P.T) / 2 + 1j * ((P - P.T) / 2), float(np.abs(step.diagonal()).max())
