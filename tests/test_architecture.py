"""The house keeps its shape: who may import whom, what an import costs, and where packages stand."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PACKAGES = ("bot", "handlers", "knowledge")


def run(*command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120, check=False)


def loaded_by(module: str) -> set[str]:
    """The top-level packages that are loaded after `import module` in a fresh interpreter."""
    result = run(sys.executable, "-c", f"import sys, {module}; print(*{{name.split('.')[0] for name in sys.modules}})")
    assert result.returncode == 0, result.stderr
    return set(result.stdout.split())


def package_folders(root: str) -> list[Path]:
    """Every folder below `root` that holds Python modules, itself or deeper."""
    return sorted({parent for path in (ROOT / root).rglob("*.py") for parent in path.parents if ROOT in parent.parents})


def test_import_contracts_hold() -> None:
    """bot uses handlers, handlers uses knowledge, and nothing looks back."""
    result = run(str(Path(sys.executable).with_name("lint-imports")), "--no-cache")
    assert result.returncode == 0, result.stdout + result.stderr


@pytest.mark.parametrize("module", ["knowledge", "handlers.understanding", "handlers.layouts", "handlers.blockcheck"])
def test_a_pure_package_loads_neither_slack_nor_a_store(module: str) -> None:
    """Any service can import what is known and what is understood without Slack, Redis or a web server."""
    assert loaded_by(module) & {"slack_bolt", "slack_sdk", "aiohttp", "redis", "bot"} == set()


def test_a_command_that_needs_no_slack_loads_none() -> None:
    """`cre-bot --help` answers without importing Slack, Redis or a web server, so it answers at once."""
    assert loaded_by("bot.__main__") & {"slack_bolt", "slack_sdk", "aiohttp", "redis"} == set()


@pytest.mark.parametrize("root", [*PACKAGES, "tests"])
def test_every_package_folder_has_its_init(root: str) -> None:
    """A folder with modules is a package; without __init__.py, tests/knowledge would hide the real knowledge."""
    assert [folder for folder in package_folders(root) if not (folder / "__init__.py").is_file()] == []


def test_every_package_is_shipped_and_checked() -> None:
    """The packages of the repository are those that are built, typed and under an import contract."""
    found = {path.parent.name for path in ROOT.glob("*/__init__.py")} - {"tests"}
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]
    assert found == set(PACKAGES)
    assert {name.removesuffix("*") for name in project["setuptools"]["packages"]["find"]["include"]} == found
    assert set(project["mypy"]["packages"]) == found | {"tests"}
    assert set(project["importlinter"]["root_packages"]) == found


def test_readme_map_lists_every_folder() -> None:
    """The map of the README names every folder of the repository, and no other."""
    section = (ROOT / "README.md").read_text(encoding="utf-8").split("\n## Map\n", 1)[1].split("\n## ", 1)[0]
    named = set(re.findall(r"^\| `([a-z]+)/`", section, flags=re.MULTILINE))
    kept = {"build", "dist", "var", "test-artifacts"}  # ignored by git
    folders = {path.name for path in ROOT.iterdir() if path.is_dir() and re.fullmatch("[a-z-]+", path.name)}
    assert named == folders - kept
