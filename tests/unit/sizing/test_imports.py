from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]

IMPORT_ALL = """
import pkgutil, sys
sys.path.insert(0, sys.argv[1])
import backend.sizing
for module in pkgutil.iter_modules(backend.sizing.__path__):
    __import__(f"backend.sizing.{module.name}")
print(*(name for name in sys.modules if name.startswith("backend.")))
"""


def test_sizing_needs_only_the_standard_library_and_nothing_else_of_ours() -> None:
    without_packages = [sys.executable, "-I", "-S", "-c", IMPORT_ALL, str(ROOT)]
    done = subprocess.run(without_packages, check=True, capture_output=True, text=True)
    modules = done.stdout.split()
    assert "backend.sizing.memory" in modules
    assert [name for name in modules if not name.startswith("backend.sizing")] == []
