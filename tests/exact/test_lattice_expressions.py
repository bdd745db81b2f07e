"""Expressions in the values of lattices: arithmetic alone, and nothing that runs or grows without end."""

import numpy as np
import pytest

import caloriq as cq
from caloriq.models.lattice.model import Lattice
from lattice_mappings import terms, value
from testers import assert_sentence

NASTY = [
    "9**9**9**9",
    "(9**99)**99",
    "1e999",
    "1/0",
    "0/0",
    "(-1)**0.5",
    "log(-1)",
    "__import__('os').system('true')",
    "(1).real",
    "x.__class__",
    "sqrt.__globals__",
    "[1][0]",
    "{}",
    "[k for k in (1,)]",
    "lambda: 1",
    "1 if 2 else 3",
    "1if 2else 3",
    "1 < 2",
    "1 and 2",
    "not 1",
    "~1",
    "1 << 99",
    "a := 1",
    "1; 2",
    "f'{1}'",
    "'a'*9",
    "b'a'",
    "...",
    "None",
    "True",
    "sqrt(1, 2)",
    "sqrt(x=1)",
    "sqrt()",
    "sqrt",
    "sqrt(sqrt)",
    "eval('1')",
    "open('/etc/passwd')",
    "*x",
    "x @ x",
    "floor(1j)",
    "1j % 2",
    "1j // 2",
    "",
    " ",
    "1 +",
    "(1",
    "\x00",
    "\ud800",
    "1\n2",
    "9" * 399,
    "1+" * 300 + "1",
    "(" * 200 + "1" + ")" * 199,
    "exp(" * 99 + "9" + ")" * 99,
    "9**" * 130 + "9",
    "await x",
    "yield",
]


@pytest.mark.parametrize("text", NASTY)
@pytest.mark.parametrize("where", ["value", "parameter", "list", "width", "rate"])
def test_nasty_expressions_are_refused(text, where):
    mapping = {
        "value": value(text),
        "parameter": terms(parameters={"g": text}),
        "list": value([text, 1.0, 1.0, 1.0]),
        "width": value({"random": "uniform", "width": text}),
        "rate": terms(jumps=[{"operator": "S-", "rate": text}]),
    }[where]
    with pytest.raises(cq.InvalidInput) as error:
        Lattice.from_mapping(mapping)
    name = {"value": "value", "parameter": "g", "list": "value", "width": "width", "rate": "rate"}[where]
    assert_sentence(str(error.value), name)
    assert error.value.place == {"parameter": ("parameters",), "rate": ("jumps", 0)}.get(where, ("terms", 1))


GOOD = {
    "2**0.5": 2**0.5,
    "-(1 + 2)*3": -9.0,
    "7 % 4 + 7 // 4": 4.0,
    "golden": (1 + 5**0.5) / 2,
    "cos(pi)": -1.0,
    "abs(-2)*sign(-3)": -2.0,
    "1e3": 1000.0,
    "µ + 1": 3.0,
    "ϵ": 4.0,
    "-" * 300 + "1": 1.0,
}


@pytest.mark.parametrize("text", GOOD)
def test_other_expressions_are_arithmetic(text):
    """µ is the micro sign, which Python reads as μ; ϵ likewise."""
    model = Lattice.from_mapping({**value(text), "parameters": {"µ": 2.0, "ϵ": 4.0}})
    np.testing.assert_allclose(model.placed[1].values, GOOD[text])
