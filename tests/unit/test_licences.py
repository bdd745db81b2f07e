"""What caloriq brings along may be given away with it, and the page of licences says so."""

from importlib.metadata import files

import pytest

import licences


@pytest.fixture(scope="module")
def brought():
    """What is brought along, and its licences as they are stated."""
    return licences.stated(licences.brought())


def test_all_that_is_brought_along_has_a_licence(brought):
    assert set(brought) == licences.brought()
    assert {"numpy", "typer", "nicegui", "qutip", "mpi4py", "llvmlite"} <= set(brought)  # extras, and what those need


def test_their_licences_go_with_ours(brought):
    assert {name: said for name, said in brought.items() if not licences.is_compatible(name, said)} == {}


def test_the_page_lists_it(brought):
    rows = [[cell.strip() for cell in line.split("|")[1:-1]] for line in licences.PAGE.read_text("utf-8").splitlines()]
    shown = {licences.canonicalize_name(row[0]): row[1] for row in rows if len(row) == 2}
    assert {name: shown.get(name) for name in brought} == brought, "`make sbom` writes the page"


def test_docutils_is_without_its_part_under_the_gpl():
    assert not [file for file in files("docutils") if file.suffix == ".el"]


@pytest.mark.parametrize(
    ("licence", "compatible"),
    [
        ("MIT AND LGPL-3.0-or-later", True),
        ("GPL-3.0-only OR MIT", True),
        ("MPL-2.0 AND (Apache-2.0 OR MIT)", True),
        ("GPL-3.0-only", False),
        ("MIT AND GPL-3.0-or-later", False),
        ("BSD License; GNU General Public License (GPL)", False),
        ("AGPL-3.0-only OR GPL-3.0-only", False),
        ("UNKNOWN", False),
        ("", False),
    ],
)
def test_what_goes_with_ours(licence, compatible):
    assert licences.is_compatible("some-package", licence) is compatible
