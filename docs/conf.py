"""Settings of the course's web site. ``python docs/build.py`` builds it."""

import os
import re
import sys
from pathlib import Path

DOCS_DIR = Path(__file__).resolve().parent
COURSE_DIR = DOCS_DIR.parent
sys.path[:0] = [str(COURSE_DIR / name) for name in ("docs", "data", "tools")]

import course_pages

project = "Deep Learning with TensorFlow 2"
copyright = "the authors of the course; data under their own terms"
language = "en"
root_doc = "index"
exclude_patterns = ["_build", "_scripts", "**/GALLERY_HEADER.rst", "requirements.txt"]
show_warning_types = True

extensions = [
    "course_pages",
    "myst_parser",
    "sphinx.ext.autodoc",
    "sphinx.ext.napoleon",
    "sphinx_copybutton",
    "sphinx_design",
    "sphinx_gallery.gen_gallery",
]

# The lessons. build.py sets RUN_LESSON in a process of its own for each lesson to run;
# everywhere else sphinx-gallery runs nothing and takes what it finds.
run_lesson = os.environ.get("RUN_LESSON", "")
part_names = [part.name for part in course_pages.parts()]
if run_lesson:
    part_names = [course_pages.lessons()[run_lesson].part]
sphinx_gallery_conf = {
    "examples_dirs": [f"_scripts/{name}" for name in part_names],
    "gallery_dirs": [f"lessons/{name}" for name in part_names],
    "filename_pattern": re.escape(os.sep),
    # matched with the file's name; filename_pattern with the whole path
    "ignore_pattern": rf"^(?!{re.escape(run_lesson)})",
    "plot_gallery": bool(run_lesson),
    "abort_on_example_error": True,
    "within_subsection_order": "FileNameSortKey",
    "capture_repr": (),  # Spyder shows no bare expression either
    "reset_modules": (),  # every lesson has a process of its own
    "image_srcset": ["2x"],
    "thumbnail_size": (400, 280),
    "remove_config_comments": True,
    "download_all_examples": False,
    "show_signature": False,
    # Seconds stand in the lesson's field "Takes", from tests/measurements.csv.
    "min_reported_time": float("inf"),
    "write_computation_times": False,
    "first_notebook_cell": (
        "# Needs the course: python -m pip install -r requirements.txt\n"
        "# Keep this notebook beside its script, in the same folder.\n"
        "%matplotlib inline"
    ),
}

autodoc_member_order = "bysource"
autodoc_typehints = "none"
napoleon_google_docstring = False
napoleon_use_rtype = False
myst_heading_anchors = 3
# Commands and code can be copied, outputs not
copybutton_selector = "div.notranslate:not(.sphx-glr-script-out) div.highlight pre"

html_theme = "furo"
html_title = project
html_static_path = ["_static"]
html_css_files = ["course.css"]
html_extra_path = [
    *(f"../slides/{part.name}.pdf" for part in course_pages.parts()),
    "../slides/annexure.pdf",
    "../Miscelaneous.xlsx",
]
html_copy_source = False
html_show_sourcelink = False
# Summaries are fetched, which a browser refuses where the site lies on a disk.
html_show_search_summary = False
html_theme_options = {"navigation_with_keys": True}
pygments_dark_style = "github-dark"  # furo's own underlines imports, as if links
