"""The README's commands run, its settings load, its tree is the tree."""

import os
import re
import shlex
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from tasks.settings import NightSettings

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text("utf-8")


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", README, flags=re.DOTALL)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("readme")


def run(command: list[str], folder: Path) -> subprocess.CompletedProcess[str]:
    scripts = Path(sys.executable).parent
    environment = os.environ | {
        "PATH": f"{scripts}{os.pathsep}{os.environ['PATH']}",
        "OLDPHOTO_WORK_DIR": str(folder / "work"),
        "OLDPHOTO_MODELS_DIR": str(folder / "models"),
    }
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)


def test_every_command_runs_as_written_and_then_the_python(folder: Path) -> None:
    commands = [
        line[2:] for block in blocks("console") for line in block.splitlines() if line.startswith("$ oldphoto ")
    ]
    assert len(commands) >= 10
    for command in commands:
        done = run(shlex.split(command), folder)
        assert done.returncode == 0, f"{command}\n{done.stdout}{done.stderr}"
    for program in blocks("python"):
        done = run([sys.executable, "-c", program], folder)
        assert done.returncode == 0, done.stderr
        assert "published" in done.stdout


def test_make_targets_it_names_exist() -> None:
    makefile = (ROOT / "Makefile").read_text("utf-8")
    for target in re.findall(r"\$ make (\w+)", README):
        assert re.search(rf"^{target}:", makefile, flags=re.MULTILINE)


def test_its_settings_are_settings() -> None:
    for block in blocks("toml"):
        NightSettings(**tomllib.loads(block))


def test_its_tree_is_the_tree() -> None:
    shown = re.search(r"<!-- tree -->\n```text\n(.*?)```", README, flags=re.DOTALL)
    made = subprocess.run([sys.executable, str(ROOT / "scripts" / "tree")], capture_output=True, text=True, check=True)
    assert shown is not None
    assert shown[1] == made.stdout, "run scripts/tree and put its output into README.md"


def test_its_picture_is_there_and_small() -> None:
    for name in re.findall(r"!\[[^\]]*\]\(([^)]+)\)", README):
        assert 0 < (ROOT / name).stat().st_size < 400_000
