r"""Tensor trains of hermitian operators that have a charge, block by block.

Where H conserves a number and every jump changes it by a step of its own, elements :math:`|i\rangle\langle j|` of a density matrix
carry the charge n_i - n_j, and those of all cells together add up to zero. Bonds then fall into charges q, tensors into blocks
(q, s) that lead from the charge q through a cell's charge s to q + s. Since ρ is hermitian, the blocks (-q, -s) are the complex
conjugates of (q, s): half of them is kept, and what belongs to the charge 0 is real.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from caloriq._checks import Real
from caloriq.linalg.charges import ROOT, Block, Letters, Pair
from caloriq.linalg.tensor_train import NOTHING, Train, decomposed

Blocks = dict[tuple[int, int], Block]
SPARE = 4  # directions of a charge beyond those that it has
SHARE = 4  # and one more for so many


@dataclass
class ChargedTrain(Train):
    """A train in blocks, changed in place.

    Attributes
    ----------
    tensors : list of dict
        Blocks of every cell, shape (m_q, n_s, m_q'), for q > 0, and for q = 0 with s ≥ 0.
    letters : list of Letters
        Of every cell.
    sizes : list of dict
        States of every charge q ≥ 0 on every bond, the two ends among them.
    """

    tensors: list[Any]
    centre: int = 0
    letters: list[Letters] = field(default_factory=list)
    sizes: list[dict[int, int]] = field(default_factory=list)

    @classmethod
    def of(cls, train: Train, letters: Sequence[Letters]) -> ChargedTrain:
        """Of a train without blocks whose vector has no charge in all; as many states of every bond as that has."""
        plain = train.copy()
        plain.move(0)
        most = [max(own.charges) for own in letters]
        sizes: list[dict[int, int]] = [{0: 1}]
        tensors: list[Blocks] = []
        rest: dict[int, Block] = {0: np.ones((1, 1))}
        for k, (tensor, own) in enumerate(zip(plain.tensors, letters, strict=True)):
            turned, bond = np.einsum("ca,lar->lcr", own.turn, tensor), tensor.shape[2]
            frame = cls([{}], 0, [own], [sizes[k], {}])
            ends = {q + s for q in frame._signed(0) for s in own.places}
            found: dict[int, Any] = {}
            for Q in sorted(Q for Q in ends if 0 <= Q <= sum(most[k + 1 :])):
                strips = []
                for q, s in frame._rows(0, Q):
                    block = np.tensordot(rest[q] if q >= 0 else rest[-q].conj(), turned[:, own.places[s], :], 1)
                    strips.append(_ket(block, real=Q == 0, both=Q == 0 and q != 0))
                found[Q] = decomposed(np.concatenate(strips), np.empty((0, bond)), bond)
            kept = _kept({Q: values for Q, (_, values, _) in found.items()}, bond)
            new: Blocks = {}
            rest = {}
            for Q, (left, values, right) in found.items():
                if kept[Q]:
                    frame._from_left(new, 0, Q, left[:, : kept[Q]])
                    rest[Q] = values[: kept[Q], None] * right[: kept[Q]]
            tensors.append(new)
            sizes.append({Q: len(one) for Q, one in rest.items()})
        last = float(rest[0].real.item())
        tensors[-1] = {key: block * last for key, block in tensors[-1].items()}
        made = cls(tensors, len(tensors) - 1, list(letters), sizes)
        made._prune()
        made.orthogonalise()
        return made

    def _prune(self) -> None:
        """Leave out charges from which nothing leads to the end."""
        for k in reversed(range(len(self.tensors))):
            there = self.sizes[k + 1]
            self.tensors[k] = {(q, s): b for (q, s), b in self.tensors[k].items() if abs(q + s) in there}
            leads = {q for q, _ in self.tensors[k]}
            self.sizes[k] = {q: m for q, m in self.sizes[k].items() if q in leads}

    @property
    def bonds(self) -> list[int]:
        """Dimension of every bond."""
        return [one.get(0, 0) + 2 * sum(m for q, m in one.items() if q) for one in self.sizes[1:-1]]

    @property
    def size(self) -> int:
        """Numbers in it."""
        return sum(block.size * (1 if q == s == 0 else 2) for one in self.tensors for (q, s), block in one.items())

    def orthogonalise(self) -> float:
        """Make the first cell the centre, whatever the blocks are, and the norm one; the norm that it was."""
        self.centre = len(self.tensors) - 1
        self.move(0)
        own = self.tensors[0]
        norm = math.sqrt(sum((1 if s == 0 else 2) * float(np.linalg.norm(b)) ** 2 for (_, s), b in own.items()))
        self.tensors[0] = {key: block / norm for key, block in own.items()}
        return norm

    def move(self, site: int) -> None:
        """Move the centre."""
        while self.centre < site:
            self._rightwards(self.centre)
            self.centre += 1
        while self.centre > site:
            self._leftwards(self.centre)
            self.centre -= 1

    def _rightwards(self, k: int) -> None:
        """Make a cell an isometry from the left."""
        new: Blocks = {}
        rest: dict[int, Block] = {}
        for Q in self.sizes[k + 1]:
            rows = self._rows(k, Q)
            if not rows:  # cut off on the bond before
                continue
            q, rest[Q] = np.linalg.qr(np.concatenate([self._kets(k, one, Q) for one in rows]))
            self._from_left(new, k, Q, q)
        self.tensors[k] = new
        self.sizes[k + 1] = {Q: len(r) for Q, r in rest.items()}
        after = self.tensors[k + 1]
        self.tensors[k + 1] = {(q, s): np.tensordot(rest[q], block, 1) for (q, s), block in after.items() if q in rest}

    def _leftwards(self, k: int) -> None:
        """Make a cell an isometry from the right."""
        new: Blocks = {}
        rest: dict[int, Block] = {}
        for Q in self.sizes[k]:
            if not self._columns(k, Q):  # cut off on the bond behind
                continue
            matrix = self._right_matrix(k, Q)
            q, r = np.linalg.qr(matrix.T)
            rest[Q] = r.T
            self._from_right(new, k, Q, q.T)
        self.tensors[k] = new
        self.sizes[k] = {Q: r.shape[1] for Q, r in rest.items()}
        before = self.tensors[k - 1]
        self.tensors[k - 1] = {
            (q, s): np.tensordot(block, rest[q + s] if q + s >= 0 else rest[-q - s].conj(), 1)
            for (q, s), block in before.items()
            if abs(q + s) in rest
        }

    def _rows(self, k: int, Q: int) -> list[tuple[int, int]]:
        """Blocks (q, s) of a cell that lead to Q, one of two that are conjugates; the one of charge 0 first."""
        found = [(q, Q - q) for q in self._signed(k) if Q - q in self.letters[k].places]
        if Q == 0:
            found = [(q, s) for q, s in found if q >= 0]
        return sorted(found, key=lambda one: abs(one[0]) if Q == 0 else one[0])

    def _columns(self, k: int, Q: int) -> list[tuple[int, int]]:
        """Blocks (s, q) that a cell leads to from Q."""
        found = [(q - Q, q) for q in self._signed(k + 1) if q - Q in self.letters[k].places]
        if Q == 0:
            found = [(s, q) for s, q in found if q >= 0]
        return sorted(found, key=lambda one: abs(one[1]) if Q == 0 else one[1])

    def _signed(self, bond: int) -> Iterator[int]:
        """Charges of a bond, with both signs."""
        for q in self.sizes[bond]:
            yield q
            if q:
                yield -q

    def _block(self, k: int, q: int, s: int) -> Block:
        """A block, or zeros where there is none."""
        mirrored = q < 0 or (q == 0 and s < 0)
        found: Block | None = self.tensors[k].get((-q, -s) if mirrored else (q, s))
        if found is None:
            places = self.letters[k].places[s]
            n = places.stop - places.start
            return np.zeros((self.sizes[k][abs(q)], n, self.sizes[k + 1][abs(q + s)]))
        return found.conj() if mirrored else found

    def _kets(self, k: int, row: tuple[int, int], Q: int) -> Block:
        """A block as rows of a matrix over the states of Q; real where Q is 0."""
        return _ket(self._block(k, *row), real=Q == 0, both=Q == 0 and row[0] != 0)

    def _right_matrix(self, k: int, Q: int) -> Block:
        """All blocks of a cell from Q as columns of a matrix; real where Q is 0."""
        parts = []
        for s, q in self._columns(k, Q):
            block = self._block(k, Q, s)
            matrix = block.reshape(block.shape[0], -1)
            if Q == 0 and q:
                parts += [ROOT * matrix.real, ROOT * matrix.imag]
            else:
                parts.append(matrix.real if Q == 0 else matrix)
        return np.asarray(np.concatenate(parts, axis=1))

    def _widths(self, k: int, s: int, q: int) -> int:
        """Rows or columns of a block: elements of the cell times states of the charge."""
        places = self.letters[k].places[s]
        return int(places.stop - places.start) * q

    def _from_left(self, new: Blocks, k: int, Q: int, matrix: Block) -> None:
        """Blocks out of the rows of a matrix over the states of Q."""
        at = 0
        for q, s in self._rows(k, Q):
            m = self.sizes[k][abs(q)]
            n = self._widths(k, s, 1)
            if Q == 0 and q:
                block = (matrix[at : at + m * n] + 1j * matrix[at + m * n : at + 2 * m * n]) / ROOT
                at += 2 * m * n
            else:
                block = matrix[at : at + m * n]
                at += m * n
            shaped = block.reshape(m, n, -1)
            if q < 0 or (q == 0 and s < 0):
                new[-q, -s] = shaped.conj()
            else:
                new[q, s] = shaped

    def _from_right(self, new: Blocks, k: int, Q: int, matrix: Block) -> None:
        """Blocks out of the columns of a matrix over the states of Q."""
        at = 0
        for s, q in self._columns(k, Q):
            m = self.sizes[k + 1][abs(q)]
            n = self._widths(k, s, 1)
            if Q == 0 and q:
                block = (matrix[:, at : at + m * n] + 1j * matrix[:, at + m * n : at + 2 * m * n]) / ROOT
                at += 2 * m * n
            else:
                block = matrix[:, at : at + m * n]
                at += m * n
            new[Q, s] = np.ascontiguousarray(block).reshape(-1, n, m)

    def step(self, k: int, gate: Any, largest: int, *, rightwards: bool) -> float:
        """As that of a `Train`, charge by charge."""
        guesses = {Q: self._right_matrix(k + 1, Q) for Q in self.sizes[k + 1] if self._columns(k + 1, Q)}
        pieces = self._acted(k, gate)
        charges = sorted({q + s for q, s, _, _ in pieces if q + s >= 0})
        found, norm = {}, 0.0
        for Q in charges:
            matrix = self._middle(k, Q, pieces)
            norm += (1 if Q == 0 else 2) * float(np.vdot(matrix, matrix).real)
            guess = guesses.get(Q)
            if guess is None:
                guess = np.empty((0, matrix.shape[1]))
            size = len(guess) + SPARE + len(guess) // SHARE
            found[Q] = decomposed(matrix, guess, size)
        kept = _kept({Q: values for Q, (_, values, _) in found.items()}, largest)
        weight = sum(
            (1 if Q == 0 else 2) * float(values[: kept[Q]] @ values[: kept[Q]]) for Q, (_, values, _) in found.items()
        )
        left: Blocks = {}
        right: Blocks = {}
        for Q, (u, values, v) in found.items():
            if not kept[Q]:
                continue
            scaled = values[: kept[Q]] / math.sqrt(weight)
            into_left, into_right = (1.0, scaled[:, None]) if rightwards else (scaled, 1.0)
            self._from_left(left, k, Q, u[:, : kept[Q]] * into_left)
            self._from_right(right, k + 1, Q, into_right * v[: kept[Q]])
        self.tensors[k], self.tensors[k + 1] = left, right
        self.sizes[k + 1] = {Q: n for Q, n in kept.items() if n}
        self.centre = k + 1 if rightwards else k
        return max(0.0, 1.0 - weight / norm)

    def _acted(self, k: int, gate: Pair) -> dict[tuple[int, int, int, int], Block]:
        """Pieces (q, s, s', q'') of two cells after the gate, shape (m, n, n', m''), with both signs."""
        pieces: dict[tuple[int, int, int, int], Block] = {}
        middle = set(self._signed(k + 1))
        for q in self.sizes[k]:
            for S, pairs in gate.pairs.items():
                end = q + S
                if abs(end) not in self.sizes[k + 2] or (q == 0 and S < 0):
                    continue
                m, r = self.sizes[k][q], self.sizes[k + 2][abs(end)]
                parts, shapes, some = [], [], False
                for s, t in pairs:
                    n, p = self._widths(k, s, 1), self._widths(k + 1, t, 1)
                    shapes.append((n, p))
                    if q + s in middle:
                        a, b = self._block(k, q, s), self._block(k + 1, q + s, t)
                        c = a.shape[2]
                        parts.append((a.reshape(m * n, c) @ b.reshape(c, p * r)).reshape(m, n * p, r))
                        some = True
                    else:
                        parts.append(np.zeros((m, n * p, r)))
                if not some:
                    continue
                both = np.matmul(gate.matrices[S], np.concatenate(parts, axis=1))
                at = 0
                for (s, t), (n, p) in zip(pairs, shapes, strict=True):
                    piece = both[:, at : at + n * p].reshape(m, n, p, r)
                    at += n * p
                    pieces[q, s, t, end] = piece
                    if q or end:
                        pieces[-q, -s, -t, -end] = piece.conj()
        return pieces

    def _middle(self, k: int, Q: int, pieces: dict[tuple[int, int, int, int], Block]) -> Block:
        """Matrix of the charge Q on the bond between two cells, real where Q is 0."""
        rows, columns = self._rows(k, Q), self._columns(k + 1, Q)

        def piece(q: int, s: int, t: int, end: int) -> Block:
            n, p = self._widths(k, s, 1), self._widths(k + 1, t, 1)
            shape = (self.sizes[k][abs(q)] * n, p * self.sizes[k + 2][abs(end)])
            found = pieces.get((q, s, t, end))
            return np.zeros(shape) if found is None else found.reshape(shape)

        if Q:
            return np.concatenate(
                [np.concatenate([piece(q, s, t, end) for t, end in columns], axis=1) for q, s in rows]
            )
        strips = []
        for q, s in rows:
            parts = []
            for t, end in columns:
                u = piece(q, s, t, end)
                if not q and not end:
                    parts.append([[u.real]])
                elif not q:
                    parts.append([[ROOT * u.real, ROOT * u.imag]])
                elif not end:
                    parts.append([[ROOT * u.real], [ROOT * u.imag]])
                else:
                    v = piece(q, s, -t, -end)
                    parts.append([[u.real + v.real, u.imag - v.imag], [u.imag + v.imag, v.real - u.real]])
            strips += [
                np.concatenate([one for part in parts for one in part[line]], axis=1) for line in range(2 if q else 1)
            ]
        return np.concatenate(strips)

    def multiply(self, site: int, matrix: Real) -> None:
        """Act on one cell with a map that keeps charges; the train is no longer orthogonal."""
        turned, places = self.letters[site].turned(matrix), self.letters[site].places
        self.tensors[site] = {
            (q, s): np.matmul(
                turned[places[s], places[s]] if (q, s) != (0, 0) else turned[places[0], places[0]].real, b
            )
            for (q, s), b in self.tensors[site].items()
        }

    def copy(self) -> ChargedTrain:
        """Another one of the same numbers, row by row in memory."""
        tensors = [{key: block.copy(order="C") for key, block in one.items()} for one in self.tensors]
        return ChargedTrain(tensors, self.centre, self.letters, [dict(one) for one in self.sizes])

    def dense(self) -> Train:
        """The same vector in the hermitian bases, without charges."""
        return Train([self._dense(k) for k in range(len(self.tensors))], self.centre)

    def _dense(self, k: int) -> Real:
        own = self.letters[k]
        starts = [_starts(self.sizes[bond]) for bond in (k, k + 1)]
        shape = [sum(m if q == 0 else 2 * m for q, m in self.sizes[bond].items()) for bond in (k, k + 1)]
        found = np.zeros((shape[0], len(own.charges), shape[1]))
        for (q, s), block in self.tensors[k].items():
            x = np.einsum("ca,lcr->lar", own.turn[own.places[s]].conj(), block)
            end = q + s
            (m, _, r), i, j = block.shape, starts[0][q], starts[1][abs(end)]
            sign = 1.0 if end >= 0 else -1.0
            if not q and not end:
                found[i : i + m, :, j : j + r] += x.real
            elif not q:
                found[i : i + m, :, j : j + r] += ROOT * x.real
                found[i : i + m, :, j + r : j + 2 * r] += ROOT * x.imag
            elif not end:
                found[i : i + m, :, j : j + r] += ROOT * x.real
                found[i + m : i + 2 * m, :, j : j + r] += -ROOT * x.imag
            else:
                found[i : i + m, :, j : j + r] += x.real
                found[i : i + m, :, j + r : j + 2 * r] += sign * x.imag
                found[i + m : i + 2 * m, :, j : j + r] += -x.imag
                found[i + m : i + 2 * m, :, j + r : j + 2 * r] += sign * x.real
        return found


def _ket(block: Block, *, real: bool, both: bool) -> Block:
    """A block as rows; those of the charge 0 are real, by real and imaginary parts of what has its conjugate beside it."""
    matrix: Block = block.reshape(-1, block.shape[2])
    if both:
        return np.concatenate([ROOT * matrix.real, ROOT * matrix.imag])
    return np.asarray(matrix.real) if real else matrix


def _starts(sizes: dict[int, int]) -> dict[int, int]:
    """Where every charge begins among the real states of a bond."""
    found, at = {}, 0
    for q, m in sizes.items():
        found[q] = at
        at += m if q == 0 else 2 * m
    return found


def _kept(values: dict[int, Real], largest: int) -> dict[int, int]:
    """How many singular values of every charge are among the largest; those of a charge other than 0 count twice."""
    at = np.concatenate([np.full(len(one), Q) for Q, one in values.items()])
    every = np.concatenate(list(values.values()))
    order = np.argsort(-every, kind="stable")
    used = np.cumsum(np.where(at[order] == 0, 1, 2))
    within = (used <= largest) & (every[order] > NOTHING * every[order[0]])
    if not np.any(within):
        within[0] = True
    chosen = at[order[within]]
    return {Q: int(np.count_nonzero(chosen == Q)) for Q in values}
