"""Array libraries: the only file that knows CuPy."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from caloriq.errors import Unsupported

Device = Literal["cpu", "gpu"]


@dataclass(frozen=True)
class Library:
    """An array library and the precision to work in."""

    xp: Any  # in the sense of the Python array API standard
    dtype: Any  # of that library
    assigns: bool  # whether x[indices] = values works; the standard does not ask for it

    @property
    def numpy(self) -> bool:
        """Whether the arrays are NumPy's."""
        return self.xp is np

    def convert(self, array: Any) -> Any:
        """A NumPy array as one of this library and precision."""
        return self.xp.asarray(array, dtype=self.dtype)

    def indices(self, array: Any) -> Any:
        """A NumPy array of indices."""
        return self.xp.asarray(array)

    def host(self, array: Any) -> Any:
        """An array of this library as NumPy's."""
        if hasattr(array, "get"):  # CuPy copies only when asked
            return array.get()
        return np.asarray(array)

    def scattered(self, length: int, indices: Any, host_indices: Any, values: Any) -> Any:
        """Vector of zeros with host values at indices, which are given on the device and on the host."""
        if self.assigns:
            out = self.xp.zeros(length, dtype=self.dtype)
            out[indices] = self.convert(values)
            return out
        plain = np.zeros(length)
        plain[host_indices] = values
        return self.convert(plain)


def library(device: Device = "cpu", *, single: bool = False) -> Library:
    """NumPy, or CuPy for a GPU; refused where CuPy or a GPU is missing."""
    if device == "cpu":
        return Library(np, np.float32 if single else np.float64, assigns=True)
    try:
        import cupy  # type: ignore[import-not-found, unused-ignore]

        cupy.cuda.runtime.getDeviceCount()
    except Exception as error:  # no package, no driver, no device: CuPy has an error type for each
        raise Unsupported(
            f"`device` must be there, but CuPy finds no GPU: {type(error).__name__} (got 'gpu'); install cupy-cuda12x, or use 'cpu'"
        ) from None
    return Library(cupy, cupy.float32 if single else cupy.float64, assigns=True)
