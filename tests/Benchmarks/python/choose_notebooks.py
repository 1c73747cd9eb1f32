"""The three choosing notebooks as Python notebooks with the steps of choose.py, executed one after the other by nbclient, a kernel each, figures inline.

usage: python3 choose_notebooks.py FOLDER OUT [OPTION OF choose.py]...
"""
import os
import sys

import nbformat
from nbclient import NotebookClient

folder, out, options = sys.argv[1], sys.argv[2], sys.argv[3:]
START = f"""import sys
sys.path.insert(0, {os.path.dirname(os.path.abspath(__file__))!r})
import choose
%matplotlib inline
a = choose.arguments({[folder, "", *options]!r})"""
PREPARE = "images, objects, summary = choose.prepare(a.folder, a.edge)"
NOTEBOOKS = {
    "01-preparation": [START, PREPARE, "summary", "len(objects)"],
    "02-clarity-test": [START, PREPARE, "choose.clarity(images, objects, a)"],
    "03-size-test": [START, PREPARE, "choose.size_test(images, objects, a)"],
}

os.makedirs(out, exist_ok=True)
for name, cells in NOTEBOOKS.items():
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells])
    NotebookClient(notebook, kernel_name="python3").execute()
    nbformat.write(notebook, f"{out}/{name}.ipynb")
