"""How Sphinx builds the pages: `make docs`. Nothing here asks the network for anything."""

import os
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))
os.environ.setdefault("CALORIQ_STATE", str(HERE.parent / "build" / "docs-state"))  # figures leave the user's runs alone

import caloriq  # noqa: E402
from caloriq.references import REFERENCES, bibliography  # noqa: E402

project = "caloriq"
author = "The caloriq developers"
project_copyright = author
version = release = caloriq.__version__

extensions = [
    "myst_parser",
    "sphinx.ext.autodoc",
    "sphinx.ext.autosummary",
    "sphinx.ext.mathjax",
    "numpydoc",
    "sphinx_gallery.gen_gallery",
    "sphinxcontrib.bibtex",
    "sphinx_copybutton",
    "sphinx_design",
    "making.lists",
    "making.outside",
    "making.offline_math",
    "making.reference",
]
root_doc = "index"
source_suffix = {".md": "markdown", ".rst": "restructuredtext"}
exclude_patterns = ["making", "gallery/**/*.rst", "gallery/*.rst"]
nitpicky = True
default_role = "public"

# -- Markdown: the same files are read on GitHub
myst_heading_anchors = 4
myst_enable_extensions = ["dollarmath", "amsmath", "colon_fence", "deflist", "fieldlist"]

# -- the reference
autosummary_generate = True
autodoc_typehints = "none"
autodoc_member_order = "bysource"
numpydoc_show_class_members = False
nitpick_ignore_regex = [("py:.*", r"(?!caloriq).*")]  # other libraries' names are not looked up

# -- the gallery: every script is run
sphinx_gallery_conf = {
    "examples_dirs": "gallery",
    "gallery_dirs": "figures",
    "backreferences_dir": "reference/uses",
    "doc_module": ("caloriq",),
    "filename_pattern": r".*\.py",
    "image_scrapers": ("making.drawn.drawn",),
    "reset_modules": ("making.drawn.house",),
    "remove_config_comments": True,
    "download_all_examples": False,
    "show_memory": False,
    "show_signature": False,
    "min_reported_time": 3,
    "plot_gallery": True,
    "abort_on_example_error": True,
    "within_subsection_order": "FileNameSortKey",
    "write_computation_times": False,
}

# -- publications: those that verdicts cite
bibtex_bibfiles = ["publications.bib"]
bibtex_default_style = "unsrt"
(HERE / "publications.bib").write_text(bibliography(REFERENCES), encoding="utf-8")

# -- pages
html_theme = "pydata_sphinx_theme"
html_title = f"caloriq {release}"
html_static_path = ["_static"]
html_css_files = ["house.css"]
html_favicon = "_static/favicon.svg"
html_context = {"default_mode": "auto"}  # light or dark as the reader's system is
html_show_sourcelink = False
html_copy_source = False
html_theme_options = {
    "navigation_with_keys": False,
    "show_toc_level": 2,
    "show_nav_level": 1,
    "navbar_align": "left",
    "header_links_before_dropdown": 6,
    "secondary_sidebar_items": ["page-toc"],
    "footer_start": ["copyright"],
    "footer_end": [],
}
linkcheck_timeout = 10
