"""What is shipped, what importing costs, and which way imports point."""

import ast
import os
import re
import shutil
import subprocess
import sys
import tarfile
import zipfile
from importlib import metadata
from importlib.resources import files
from pathlib import Path

import pytest

import dualad

ROOT = Path(__file__).resolve().parents[1]
SOURCE = ROOT / "dualad"
COMPILED = sorted(path.stem for path in (SOURCE / "core").glob("*.pyx"))
DATA = {f"data/{name}.dat" for name in
        ("Eckerle4", "Gauss2", "Hahn1", "Lanczos3", "MGH09", "Misra1a", "Rat43", "Thurber")}

EXAMPLE = "docs/examples/embedding"

# A module may import its own layer and those before it. Anything not listed is a client of the API.
LAYERS = ("errors", "embedding", "rules", "core", "schedule", "scope", "trees", "inputs", "calls", "gradients", "directional",
          "jacobians", "hessians", "operators", "planning", "custom", "solvers", "api", "monitor", "optimize", "parallel")
IMPORTS = re.compile(
    r"^(?P<indent> *)(?:from\s+(?P<module>\S+)\s+c?import\s+(?P<names>.+)|c?import\s+(?P<plain>\S+))"
)


def shipped():
    """Return the names, relative to the package, that every installed copy needs beside its .py files."""
    headers = {path.relative_to(SOURCE).as_posix() for end in ("*.h", "*.pxd") for path in SOURCE.rglob(end)}
    core = {f"core/{name}.pyi" for name in COMPILED}
    return DATA | headers | core | {"py.typed", "data/README.md"}


def python(code, cwd, *options):
    """Run a line of Python away from the source folder."""
    return subprocess.run(
        [sys.executable, *options, "-c", code], cwd=cwd, capture_output=True, text=True, timeout=120
    )


def imports_of(path):
    """Yield (line number, whether inside a function or block, dotted module from `dualad.` on) for each own import."""
    package = path.relative_to(ROOT).with_suffix("").parts[:-1]
    for number, inside, module, names in raw_imports(path):
        level = len(module) - len(module.lstrip("."))
        stem = list(package[: len(package) - level + 1]) if level else []
        stem += [part for part in module.lstrip(".").split(".") if part]
        if stem[:1] == ["dualad"]:
            tails = [[name] for name in names] if len(stem) == 1 and names else [[]]
            for tail in tails:
                yield number, inside, ".".join(stem + tail)
        else:
            yield number, inside, None


def raw_imports(path):
    """Yield (line number, inside, module, names) for every import statement of a .py or .pyx file."""
    text = path.read_text(encoding="utf-8")
    if path.suffix == ".py":
        tree = ast.parse(text)
        inner = {id(n) for f in ast.walk(tree) if isinstance(f, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda)
                 for n in ast.walk(f)}
        for node in ast.walk(tree):
            if isinstance(node, ast.ImportFrom):
                names = [alias.name for alias in node.names]
                yield node.lineno, id(node) in inner, "." * node.level + (node.module or ""), names
            elif isinstance(node, ast.Import):
                for alias in node.names:
                    yield node.lineno, id(node) in inner, alias.name, []
    else:
        for number, line in enumerate(text.splitlines(), 1):
            if found := IMPORTS.match(line):
                names = re.findall(r"\w+", found["names"] or "")
                yield number, bool(found["indent"]), found["module"] or found["plain"], names


def modules(*parts):
    """Return the .py and .pyx files of layers."""
    found = []
    for part in parts:
        found += [SOURCE / f"{part}.py"] if (SOURCE / f"{part}.py").exists() else []
        found += sorted(path for path in (SOURCE / part).rglob("*") if path.suffix in (".py", ".pyx"))
    return found


@pytest.mark.parametrize("layer", LAYERS)
def test_imports_point_one_way(layer):
    allowed = {"dualad." + name for name in LAYERS[: LAYERS.index(layer) + 1]}
    wrong = [
        f"{path.relative_to(ROOT)}:{number} imports {module}"
        for path in modules(layer)
        for number, _, module in imports_of(path)
        if module is not None and ".".join(module.split(".")[:2]) not in allowed
    ]
    assert wrong == []


def test_no_import_inside_a_function_of_rules_and_core():
    wrong = [
        f"{path.relative_to(ROOT)}:{number}"
        for path in modules("rules", "core") for number, inside, _ in imports_of(path) if inside
    ]
    assert wrong == []


def test_imports_of_sees_what_it_should(tmp_path, monkeypatch):
    monkeypatch.setattr(sys.modules[__name__], "ROOT", tmp_path)
    folder = tmp_path / "dualad" / "rules"
    folder.mkdir(parents=True)
    lines = "from .. import api\nfrom ..core.jets import Jet\nimport dualad.api\nfrom . import kinds\nimport numpy\n"
    for name in ("a.py", "a.pyx"):
        (folder / name).write_text(lines)
        found = [module for _, _, module in imports_of(folder / name)]
        assert found == ["dualad.api", "dualad.core.jets", "dualad.api", "dualad.rules", None]
    (folder / "b.py").write_text("def f():\n    import numpy\n")
    assert [inside for _, inside, _ in imports_of(folder / "b.py")] == [True]


def test_installed_package_is_complete():
    package = files("dualad")
    assert [name for name in sorted(shipped()) if not package.joinpath(name).is_file()] == []


def test_missing_headers_are_said(monkeypatch, tmp_path):
    monkeypatch.setattr("dualad.embedding.__file__", str(tmp_path / "embedding.py"))
    with pytest.raises(FileNotFoundError, match="has no headers"):
        dualad.get_include()


def test_version_is_written_once_in_effect():
    assert dualad.__version__ == metadata.version("dualad")


def test_import_is_light(tmp_path):
    """Promise of the README: nothing heavy is imported before it is used."""
    done = python("import sys, dualad; print(*sorted(sys.modules), sep='\\n')", tmp_path, "-W", "error")
    assert done.stderr == ""
    heavy = ("scipy.optimize", "scipy.special", "scipy.sparse", "scipy.stats", "matplotlib")
    assert [name for name in done.stdout.split() if name.startswith(heavy)] == []


def test_source_folder_without_compiled_core_says_what_to_do(tmp_path):
    """A folder dualad/ in the current directory shadows the installed package: never silently."""
    shutil.copytree(SOURCE, tmp_path / "dualad", ignore=shutil.ignore_patterns("*.so", "*.pyd", "__pycache__"))
    # The finder of some editable installs would fill in compiled modules from the clone it points to.
    no_finder = "import sys; sys.meta_path = [f for f in sys.meta_path if 'editable' not in repr(f).lower()]; "
    done = python(no_finder + "import dualad", tmp_path)
    assert done.returncode == 1
    assert 'whose compiled core has not been built. Build it in place with "pip install -e ."' in done.stderr
    assert python("import dualad; print(dualad.__file__)", tmp_path, "-P").returncode == 0


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    """Folder with the sdist and the wheel built from it."""
    pytest.importorskip("build")
    folder = tmp_path_factory.mktemp("built")
    ignored = shutil.ignore_patterns(".*", "build", "dist", "*.so", "*.egg-info", "__pycache__")
    shutil.copytree(ROOT, folder / "source", ignore=ignored)
    (folder / "source/dualad/core/stray.c").write_text("generated C must not be shipped\n")
    line = [sys.executable, "-m", "build", "-o", str(folder), "source"]
    subprocess.run(line, check=True, timeout=900, cwd=folder)
    return folder


@pytest.mark.slow
def test_sdist_and_the_wheel_built_from_it(built):
    wheel = set(zipfile.ZipFile(next(built.glob("*.whl"))).namelist())
    with tarfile.open(next(built.glob("*.tar.gz"))) as archive:
        sdist = {name.split("/", 1)[-1] for name in archive.getnames()}
    needed = {f"dualad/{name}" for name in shipped()}
    assert needed - wheel == set()
    assert needed - sdist == set()
    assert "dualad_pytest.py" in wheel & sdist
    assert {"dualad/curvature.py", "dualad/nn/losses.py", "dualad/nn/optim.py"} <= wheel & sdist
    assert {"docs/examples/digits.py", "docs/layout.md"} <= sdist
    assert {f"dualad/core/{name}.pyx" for name in COMPILED} | {"LICENSE", "CHANGELOG.md", "setup.py"} <= sdist
    assert [name for name in wheel | sdist if name.endswith((".c", ".cpp", ".o"))] == [f"{EXAMPLE}/rosenbrock.c"]
    assert {f"{EXAMPLE}/{name}" for name in ("setup.py", "pyproject.toml", "kinetics.pyx", "check.py")} <= sdist
    assert {"tools/make_headers.py", "tools/printing.py", "tests/abi.txt"} <= sdist
    assert [name for name in wheel if name.endswith(".pyx") or not name.startswith("dualad")] == []
    for name in COMPILED:
        assert [f for f in wheel if re.match(rf"dualad/core/{name}\..*\.(so|pyd)$", f)], name


@pytest.mark.slow
def test_example_of_embedding_is_built_against_an_installed_wheel(built, tmp_path):
    """What docs/embedding.md tells a stranger to do: a fresh environment, the wheel, one extension, one C program."""
    shutil.copytree(ROOT / EXAMPLE, tmp_path / "example", ignore=shutil.ignore_patterns("*.so", "build", "kinetics.c"))
    clean = {name: value for name, value in os.environ.items() if name not in ("PYTHONPATH", "VIRTUAL_ENV")}

    def run(*line):
        done = subprocess.run([str(part) for part in line], cwd=tmp_path, env=clean, capture_output=True, text=True, timeout=900)
        assert done.returncode == 0, f"{line}\n{done.stdout}\n{done.stderr}"
        return done.stdout

    run(sys.executable, "-m", "venv", "fresh")
    inner = tmp_path / "fresh" / ("Scripts" if sys.platform == "win32" else "bin") / "python"
    run(inner, "-m", "pip", "install", "-q", next(built.glob("*.whl")), "cython>=3.1", "setuptools>=65", "wheel")
    run(inner, "-m", "pip", "install", "-q", "--no-build-isolation", "--no-deps", "./example")
    assert "polynomial by coefficients" in run(inner, "example/check.py")
    loaded = run(inner, "-c", "import sys, kinetics; print(*sys.modules)")
    assert "dualad" not in loaded.split()
    if shutil.which("gcc"):
        folder = run(inner, "-c", "import dualad; print(dualad.get_include())").strip()
        assert folder.startswith(str(tmp_path.resolve()))
        run("gcc", "-O2", "-Wall", "-Werror", f"-I{folder}", "example/rosenbrock.c", "-o", "rosenbrock", "-lm")
        assert "largest difference" in run("./rosenbrock")
