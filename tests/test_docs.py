"""The generated pages are up to date and the examples in docstrings and documents run."""

import doctest
import importlib
import pkgutil
import re
from pathlib import Path

import pytest

import dualad
from dualad.core import protocol
from dualad.rules import kinds, load_all, registry

kinds.load_all()  # before the registry is copied: rules are entered once
ROOT = Path(__file__).parents[1]
MODULES = sorted(m.name for m in pkgutil.walk_packages(dualad.__path__, "dualad.")
                 if not m.name.startswith("dualad.demo") and not m.name.endswith("__main__"))
PAGES = sorted([ROOT / "README.md", *(ROOT / "docs").rglob("*.md")], key=str)


@pytest.fixture(autouse=True)
def same_registry():
    """Examples declare rules: the registry and the compiled table are put back (SciPy's rules stay: they are entered once)."""
    load_all()
    rules, compiled = dict(registry), dict(protocol._compiled)
    yield
    for table, old in ((registry, rules), (protocol._compiled, compiled)):
        table.clear()
        table.update(old)


def load(path):
    spec = importlib.util.spec_from_file_location(path.stem, path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_coverage_page_is_up_to_date():
    page = load(ROOT / "docs" / "make_coverage.py")
    assert page.PAGE.read_text() == page.render(), "run python docs/make_coverage.py"


def test_page_of_scipy_special_is_up_to_date():
    page = load(ROOT / "docs" / "make_special.py")
    assert page.PAGE.read_text() == page.render(), "run python docs/make_special.py"


@pytest.mark.parametrize("name", ["optimize", "integrate"])
def test_pages_of_solvers_name_every_function(name):
    ours, text = importlib.import_module(f"dualad.solvers.{name}"), (ROOT / "docs" / f"scipy_{name}.md").read_text()
    names = [*ours.SUPPORTED, *ours.REFUSED, *ours.CONSTANT, *ours.TWINS]
    assert [n for n in names if not re.search(rf"`{n}[`(]", text)] == []


@pytest.mark.parametrize("name", MODULES)
def test_docstring_examples(name):
    result = doctest.testmod(importlib.import_module(name), optionflags=doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE)
    assert result.failed == 0


@pytest.mark.parametrize("path", PAGES, ids=lambda p: p.name)
def test_python_blocks_of_documents_run(path, capsys, tmp_path):
    """A block of text that follows is what it prints."""
    scope = {}
    for k, (block, shown) in enumerate(re.findall(r"```python\n(.*?)```(?:\n\n```text\n(.*?)```)?", path.read_text(), re.S)):
        capsys.readouterr()
        file = tmp_path / f"block_{k}.py"  # functions have source, as in a file of the reader's
        file.write_text(block)
        exec(compile(block, str(file), "exec"), scope)
        if shown:
            assert capsys.readouterr().out == shown
