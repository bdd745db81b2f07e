"""Words for people: what a terminal cannot show, in letters that it can."""

from __future__ import annotations

import codecs
import json
import re
import sys
import unicodedata
from typing import Any

SIGNS = {
    "–": "-",
    "─": "-",
    "−": "-",
    "…": "...",
    "±": "+-",
    "∓": "-+",
    "×": "x",
    "·": "*",
    "½": "1/2",
    "√": "sqrt",
    "∝": "~",
    "∞": "inf",
    "∫": "integral ",
    "∼": "~",
    "≈": "~",
    "≠": "!=",
    "≤": "<=",
    "≥": ">=",
    "≪": "<<",
    "→": "->",
    "↦": "->",
    "‖": "||",
    "†": "+",
    "∂": "d",
    "∇": "grad ",
    "∘": "o",
    "⊕": "(+)",
    "⊗": "(x)",
    "⊥": "_|_",
    "⟨": "<",
    "⟩": ">",
    "⌈": "ceil(",
    "⌉": ")",
    "ℓ": "l",
    "ħ": "hbar",
    "µ": "mu",
    "ø": "o",
}


def plain_letter(letter: str) -> str:
    """One letter or sign in ASCII: gamma for γ, <= for ≤; its bytes for one that was no text, ? for what has no name."""
    if letter in SIGNS:
        return SIGNS[letter]
    if 0xDC80 <= ord(letter) <= 0xDCFF:  # a byte of a file's name that is no UTF-8
        return f"\\x{ord(letter) - 0xDC00:02x}"
    name = unicodedata.name(letter, "")
    if greek := re.match(r"GREEK (CAPITAL|SMALL) LETTER (?:FINAL )?([A-Z]+)", name):
        spelled = "LAMBDA" if greek[2] == "LAMDA" else greek[2]
        return spelled.capitalize() if greek[1] == "CAPITAL" else spelled.lower()
    near = unicodedata.normalize("NFKD", letter)
    plain = "".join(SIGNS.get(one, one) for one in near if not unicodedata.combining(one))
    return plain if plain.isascii() and (plain or near != letter or unicodedata.combining(letter)) else "?"


def in_ascii(text: str) -> str:
    """Text letter by letter; what stands high is marked once: 10⁻² is 10^-2."""
    raised = [unicodedata.decomposition(letter).startswith("<super>") for letter in text]
    first = [high and not before for high, before in zip(raised, [False, *raised], strict=False)]
    return "".join("^" * mark + plain_letter(letter) for mark, letter in zip(first, text, strict=True))


def _readable(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeEncodeError):
        raise error
    return in_ascii(error.object[error.start : error.end]), error.end


def show_everything() -> None:
    """From now on what standard output and error cannot encode is written in ASCII: a file, a pipe or a terminal in cp1252,
    latin-1 or ASCII never ends the program.
    """
    codecs.register_error("caloriq.readable", _readable)
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="caloriq.readable")


def as_written(text: str) -> str:
    """Text as standard output will have it, so that its width is known."""
    encoding = getattr(sys.stdout, "encoding", None) or "utf-8"
    return text.encode(encoding, "caloriq.readable").decode(encoding)


def json_text(content: Any, **options: Any) -> str:
    """JSON in the letters that standard output has, and in JSON's own escapes where it lacks one: no key changes."""
    from caloriq.files import numbers_told

    content = numbers_told(content)
    text = json.dumps(content, ensure_ascii=False, allow_nan=False, **options)
    try:
        text.encode(getattr(sys.stdout, "encoding", None) or "utf-8")
    except UnicodeEncodeError:
        return json.dumps(content, **options)
    return text
