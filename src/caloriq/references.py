"""Publications by keys, as a reader finds them and as BibTeX: what verdicts, models and questions rest on."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple


class Reference(NamedTuple):
    """A publication."""

    authors: str  # joined by "and"
    title: str
    journal: str
    volume: str
    page: str
    year: int
    doi: str

    @property
    def short(self) -> str:
        """Authors, journal, volume, page, year, DOI."""
        names = ", ".join(one.split(",")[0] for one in self.authors.split(" and "))
        place = f"{self.journal} {self.volume}, {self.page}" if self.volume else f"{self.journal}:{self.page}"
        return f"{names}, {place} ({self.year}), doi:{self.doi}"

    def bibtex(self, key: str) -> str:
        """One entry."""
        fields = {
            "author": self.authors,
            "title": f"{{{self.title}}}",
            "journal": self.journal,
            "volume": self.volume,
            "pages": self.page,
            "year": str(self.year),
            "doi": self.doi,
        }
        inner = ",\n".join(f"  {name} = {{{value}}}" for name, value in fields.items() if value)
        return f"@article{{{key},\n{inner}\n}}\n"


REFERENCES = {
    "mazur1969": Reference(
        "Mazur, P.",
        "Non-ergodicity of phase functions in certain systems",
        "Physica",
        "43",
        "533",
        1969,
        "10.1016/0031-8914(69)90185-2",
    ),
    "zotos1997": Reference(
        "Zotos, X. and Naef, F. and Prelovšek, P.",
        "Transport and conservation laws",
        "Physical Review B",
        "55",
        "11029",
        1997,
        "10.1103/PhysRevB.55.11029",
    ),
    "kunz1980": Reference(
        "Kunz, H. and Souillard, B.",
        "Sur le spectre des opérateurs aux différences finies aléatoires",
        "Communications in Mathematical Physics",
        "78",
        "201",
        1980,
        "10.1007/BF01942371",
    ),
    "prosen2011": Reference(
        "Prosen, T.",
        "Exact nonequilibrium steady state of a strongly driven open XXZ chain",
        "Physical Review Letters",
        "107",
        "137201",
        2011,
        "10.1103/PhysRevLett.107.137201",
    ),
    "manzano2012": Reference(
        "Manzano, D. and Tiersch, M. and Asadian, A. and Briegel, H. J.",
        "Quantum transport efficiency and Fourier's law",
        "Physical Review E",
        "86",
        "061118",
        2012,
        "10.1103/PhysRevE.86.061118",
    ),
    "jordan1928": Reference(
        "Jordan, P. and Wigner, E.",
        "Über das Paulische Äquivalenzverbot",
        "Zeitschrift für Physik",
        "47",
        "631",
        1928,
        "10.1007/BF01331938",
    ),
    "kubo1957": Reference(
        "Kubo, R.",
        "Statistical-mechanical theory of irreversible processes. I.",
        "Journal of the Physical Society of Japan",
        "12",
        "570",
        1957,
        "10.1143/JPSJ.12.570",
    ),
    "michel2005": Reference(
        "Michel, M. and Mahler, G. and Gemmer, J.",
        "Fourier's law from Schrödinger dynamics",
        "Physical Review Letters",
        "95",
        "180602",
        2005,
        "10.1103/PhysRevLett.95.180602",
    ),
    "michel2006": Reference(
        "Michel, M. and Gemmer, J. and Mahler, G.",
        "Application of the Hilbert space average method on heat conduction models",
        "Physical Review E",
        "73",
        "016101",
        2006,
        "10.1103/PhysRevE.73.016101",
    ),
    "wu2008": Reference(
        "Wu, L.-A. and Segal, D.",
        "How can we derive Fourier's law from quantum mechanics? Exact master equation analysis",
        "arXiv",
        "",
        "0711.4599",
        2008,
        "10.48550/arXiv.0711.4599",
    ),
    "casher1971": Reference(
        "Casher, A. and Lebowitz, J. L.",
        "Heat flow in regular and disordered harmonic chains",
        "Journal of Mathematical Physics",
        "12",
        "1701",
        1971,
        "10.1063/1.1665794",
    ),
}


def bibliography(keys: Iterable[str]) -> str:
    """BibTeX of these, each once, in the order of the keys."""
    return "\n".join(REFERENCES[key].bibtex(key) for key in sorted(set(keys)))


def told(keys: Iterable[str]) -> str:
    """In parentheses behind a sentence."""
    return "; ".join(REFERENCES[key].short for key in keys)


# publications whose system or method it is, by kinds of models and of questions
MODELS = {
    **dict.fromkeys(("modular-chain", "modular-network", "unequal-network"), ("michel2005", "michel2006")),
    **dict.fromkeys(("banded-chain", "banded-pair", "driven-modular-chain"), ("michel2006",)),
    **dict.fromkeys(("spin-chain", "classical-chain", "disordered-chain", "fmo"), ("manzano2012",)),
    **dict.fromkeys(("coupled-units", "exchange-chain"), ("wu2008",)),
    "harmonic-chain": ("casher1971",),
}
QUESTIONS = {
    **dict.fromkeys(("kubo", "correlation", "green-kubo", "kubo-over-temperature"), ("kubo1957",)),
    "mazur": ("mazur1969", "zotos1997"),
    **dict.fromkeys(("ham", "deviation", "bands"), ("michel2006",)),
}


def software() -> str:
    """The entry of caloriq itself."""
    from importlib.metadata import metadata

    about = metadata("caloriq")
    fields = {
        "author": f"{{{about['Author'] or 'The caloriq developers'}}}",
        "title": f"{{caloriq: {about['Summary']}}}",
        "version": about["Version"],
        "note": f"licence {about['License-Expression'] or about['License']}",
    }
    inner = ",\n".join(f"  {name} = {{{value}}}" for name, value in fields.items())
    return f"@software{{caloriq,\n{inner}\n}}\n"


def resting(model: str = "", question: str = "", sources: Iterable[str] = ()) -> str:
    """BibTeX of the software, and of what a model, a question and an answer rest on.

    Parameters
    ----------
    model, question : str
        Their kinds; one that has no publication of its own adds none.
    sources : iterable of str
        Keys that an answer names.
    """
    keys = dict.fromkeys([*MODELS.get(model, ()), *QUESTIONS.get(question, ()), *sources])
    return "\n".join([software(), *(REFERENCES[key].bibtex(key) for key in keys if key in REFERENCES)])


def kinds(definition: Mapping[str, Any]) -> tuple[str, str]:
    """Kinds of the model and of the question that a definition names; empty where it names none."""
    found = []
    for name in ("model", "question"):
        part = definition.get(name, definition if name == "model" else None)
        kind = part.get("kind", "") if isinstance(part, Mapping) else part
        found.append(kind if isinstance(kind, str) else "")
    return found[0], found[1]
