"""Where standard output is not UTF-8: nothing ends in an error, codes are right, numbers and JSON are whole."""

import io
import json
import os
import re
import subprocess
import sys
import unicodedata
from pathlib import Path

import pytest

import caloriq
import caloriq as cq
from caloriq import wording
from caloriq.cli import words
from caloriq.documents import yaml_text
from caloriq.files import write_json

CHAIN = {"kind": "modular-chain", "subunits": 2, "levels": 8, "bandwidth": 0.05, "coupling": 2.0e-3, "seed": 1}
ENCODINGS = ["cp1252", "latin-1", "ascii", "cp437"]


def python(*arguments, cwd, **environment):
    return subprocess.run(
        [sys.executable, "-m", "caloriq", *arguments],
        check=False,
        cwd=cwd,
        capture_output=True,
        env={**os.environ, **environment},
    )


def test_a_check_in_ascii(tmp_path):
    (tmp_path / "chain.yaml").write_text(yaml_text(CHAIN), encoding="utf-8")
    answer = python("check", "chain.yaml", cwd=tmp_path, PYTHONIOENCODING="ascii")
    assert answer.returncode == 0, answer.stderr
    assert "5/gamma: 1243.39" in answer.stdout.decode("ascii")
    assert "method: full diagonalisation" in answer.stdout.decode("ascii")


def test_a_run_in_ascii(tmp_path):
    (tmp_path / "chain.yaml").write_text(yaml_text(CHAIN), encoding="utf-8")
    answer = python("run", "chain.yaml", cwd=tmp_path, PYTHONIOENCODING="ascii")
    assert answer.returncode == 0, answer.stderr
    shown = answer.stdout.decode("ascii")
    assert re.search(r"rate +\| 0.00402124 +\| DeltaE unit \| gamma = 2pilambda\^2n/deltaepsilon", shown)
    tables = re.findall(r"^[|+].*$", shown, flags=re.MULTILINE)
    assert "D^2_mu" in "".join(tables)
    lines = [len(line) for line in tables]  # of two tables, each with one width
    assert len(set(lines)) == 2
    assert lines == sorted(lines, reverse=lines[0] > lines[-1])
    assert "method: full diagonalisation (auto" in shown
    assert "?" not in shown


def test_a_refusal_without_any_locale(tmp_path):
    answer = python(
        "run", "κ.yaml", cwd=tmp_path, LC_ALL="C", PYTHONUTF8="0", PYTHONCOERCECLOCALE="0", PYTHONIOENCODING="ascii"
    )
    assert answer.returncode == 2
    assert answer.stderr.decode("ascii").startswith("caloriq: `model` must be a file")


def written(text, encoding):
    """Text as it arrives on a stream of that encoding after `show_everything`."""
    bytes_ = io.BytesIO()
    stream = io.TextIOWrapper(bytes_, encoding=encoding)
    before, sys.stdout = sys.stdout, stream
    try:
        words.show_everything()
        print(text, flush=True)
        return bytes_.getvalue().decode(encoding)
    finally:
        sys.stdout = before


def every_letter():
    source = Path(caloriq.__file__).parent
    return sorted({letter for path in source.rglob("*.py") for letter in path.read_text(encoding="utf-8")})


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_every_letter_of_the_package(encoding):
    """Nothing we may ever print ends in an error or as a question mark."""
    text = "".join(every_letter()).replace("?", "").replace("\r", "")
    assert len(text) > 150
    assert "?" not in written(text, encoding)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("γ = 2πλ²n/δε", "gamma = 2pilambda^2n/deltaepsilon"),
        ("10⁻² ≤ κ(T) → ∞", "10^-2 <= kappa(T) -> inf"),
        ("Schrödinger – D²_µ", "Schrodinger - D^2_mu"),
        ("⟨J(τ)J⟩ ∝ Σ ± ħ", "<J(tau)J> ~ Sigma +- hbar"),
        ("caf\udce9", "caf\\xe9"),
    ],
)
def test_readable(text, expected):
    assert written(text, "ascii").strip() == expected
    assert written(text, "utf-8").strip() == text.replace("\udce9", "\\xe9")


def test_what_the_encoding_has_stays():
    assert written("± ² µ γ", "latin-1").strip() == "± ² µ gamma"
    assert unicodedata.name("µ") == "MICRO SIGN"


@pytest.mark.parametrize("encoding", [*ENCODINGS, "utf-8"])
def test_json_keeps_its_keys(encoding, monkeypatch):
    content = {"5/γ": 1.0, "µ": "κ → ∞", "name": "caf\udce9"}
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(io.BytesIO(), encoding=encoding))
    assert json.loads(words.json_text(content).encode(encoding).decode(encoding)) == content


def test_json_files_hold_names_that_are_no_text(tmp_path):
    path = write_json(tmp_path / "a.json", {"command": "caloriq run caf\udce9.yaml", "γ": 1})
    assert json.loads(path.read_text(encoding="utf-8")) == {"command": "caloriq run caf\udce9.yaml", "γ": 1}


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("Exact(kind='exact')", "full diagonalisation"),
        ("Chebyshev(kind='chebyshev', tol=1e-10) in 1 of them", "Chebyshev, tol 1e-10 in 1 of them"),
        (
            "Sector(kind='sector', tol=1e-11, max_products=1000)",
            "excitation-conserving sector, tol 1e-11, max products 1000",
        ),
        ("batched two-point", "batched two-point"),
        ("order exact", "order exact"),
    ],
)
def test_methods_in_words(name, said):
    assert wording.spoken(name) == said


def test_no_method_is_shown_as_python():
    from caloriq.closed import methods as closed
    from caloriq.steady import methods as steady

    for made in (
        closed.Exact(),
        closed.Chebyshev(),
        closed.Krylov(),
        *(
            one()
            for one in (
                steady.ClosedForm,
                steady.TwoPoint,
                steady.Direct,
                steady.Sector,
                steady.Full,
                steady.OneExcitation,
                steady.Occupations,
            )
        ),
    ):
        shown = wording.spoken(repr(made))
        assert not set(shown) & set("='()"), shown


def test_errors_name_methods_in_the_words_of_the_method_line():
    """The same words, so that a reader finds the method again; a model is told by its class."""
    ends = (cq.Bath(site=0, temperature=1.0, rate=1.0), cq.Bath(site=9, temperature=0.5, rate=1.0))
    chain = cq.SpinChain(sites=10, hopping=1.0, zz=0.5, dephasing=0.1, baths=ends)
    frozen = cq.ExchangeChain(units=3, bath=cq.Ohmic(strength=0.5, cutoff=1.0, temperature=0.0))
    said = {
        "for the direct solution, arithmetic auto, but": lambda: cq.steady_state(chain, method=cq.Direct()),
        "for the full space, but": lambda: cq.steady_state(chain, method=cq.Full()),
        "(got two-point set, tol 1e-12)": lambda: cq.steady_state(chain, method=cq.TwoPoint()),
        "(got closed form)": lambda: cq.steady_state(chain, method=cq.ClosedForm()),
        "(got classical rates)": lambda: cq.steady_state(chain, method=cq.Occupations()),
        "(got Krylov, tol 1e-10, size 40)": lambda: cq.steady_state(chain, method=cq.Krylov()),
        "(got a SpinChain)": lambda: cq.ham(chain),
        "(got Ohmic, strength 0.5, cutoff 1.0, temperature 0.0)": lambda: cq.markov_kernel(frozen),
    }
    for words_of, call in said.items():
        with pytest.raises(cq.CaloriqError, match=re.escape(words_of)) as caught:
            call()
        assert "kind=" not in str(caught.value)
