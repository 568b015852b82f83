"""The package: the wheel is complete, the locks are exact, the vendored assets are small and complete."""

import importlib.util
import json
import os
import re
import shutil
import subprocess
import sys
import tomllib
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from fontTools.ttLib import TTFont

from signoff.config import handbook_folder, static_folder, templates_folder

pytestmark = pytest.mark.slow

ROOT = Path(__file__).resolve().parents[1]
VENDOR = static_folder() / "vendor"
PRINT_FONTS = [
    "FiraSans-Regular.ttf",
    "FiraSans-Italic.ttf",
    "FiraSans-SemiBold.ttf",
    "DejaVuSans.ttf",
    "DejaVuSans-Bold.ttf",
    "DejaVuSans-Oblique.ttf",
    "DejaVuSansMono.ttf",
]
FIRST_VISIT = 250_000  # bytes, before any compression


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("dist")
    command = [
        sys.executable,
        "-m",
        "hatchling",
        "build",
        "--target",
        "wheel",
        "--directory",
        str(folder),
    ]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    return next(folder.glob("*.whl"))


@pytest.fixture(scope="module")
def names(wheel: Path) -> set[str]:
    return set(zipfile.ZipFile(wheel).namelist())


def files(folder: Path) -> Iterator[str]:
    return (
        path.relative_to(folder).as_posix() for path in sorted(folder.rglob("*")) if path.is_file()
    )


def test_wheel_contains_every_template_static_file_and_chapter(names: set[str]) -> None:
    assert {f"signoff/_templates/{name}" for name in files(templates_folder())} <= names
    assert {f"signoff/_static/{name}" for name in files(static_folder())} <= names
    assert {f"signoff/_handbuch/{name}" for name in files(handbook_folder())} <= names
    assert {f"signoff/_static/vendor/fonts/print/{name}" for name in PRINT_FONTS} <= names


def test_wheel_contains_every_compiled_catalogue(names: set[str]) -> None:
    sources = (ROOT / "signoff").glob("translations/*/LC_MESSAGES/*.po")
    compiled = {path.with_suffix(".mo").relative_to(ROOT).as_posix() for path in sources}
    assert compiled <= names


def test_wheel_contains_the_licences_and_no_instance_data(names: set[str]) -> None:
    assert any(name.endswith("licenses/LICENSE") for name in names)
    assert {"fira-sans.txt", "kern.md", "dejavu.txt", "germany-map.md"} <= {
        Path(name).name for name in names
    }
    strays = {
        name
        for name in names
        if not name.startswith(("signoff/", "signoff-")) or "__pycache__" in name
    }
    assert strays == set()


def test_wheel_contains_the_data_of_the_package(names: set[str]) -> None:
    """The demo's documents, the SQL of the migrations and whatever else is no Python."""
    tracked = subprocess.run(
        ["git", "ls-files", "signoff"], cwd=ROOT, check=True, capture_output=True, text=True
    ).stdout.splitlines()
    assert "signoff/demo/members.csv" in tracked
    assert {name for name in tracked if (ROOT / name).exists()} <= names


def test_the_wheel_takes_a_report_on_accessibility_of_its_own_commit_alone(tmp_path: Path) -> None:
    spec = importlib.util.spec_from_file_location("hatch_build", ROOT / ".ci/hatch_build.py")
    assert spec
    assert spec.loader
    hook = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(hook)
    summary = tmp_path / "summary.json"
    assert not hook.is_of_this_commit(summary)
    git = ["git", "-C", str(tmp_path), "-c", "user.name=x", "-c", "user.email=x@forum.example"]
    subprocess.run([*git, "init", "--quiet"], check=True)
    subprocess.run([*git, "commit", "--quiet", "--allow-empty", "--message=x"], check=True)
    head = subprocess.run([*git, "rev-parse", "HEAD"], check=True, capture_output=True, text=True)
    summary.write_text(json.dumps({"commit": head.stdout[:12]}))
    assert hook.is_of_this_commit(summary)
    summary.write_text(json.dumps({"commit": "0" * 12}))
    assert not hook.is_of_this_commit(summary)


def copy_checkout(folder: Path) -> Path:
    """Copy the tracked files as they are now."""
    tracked = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, check=True, capture_output=True, text=True
    ).stdout.split("\0")
    for name in filter(None, tracked):
        if (ROOT / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(ROOT / name, folder / name)
    return folder


def build_wheel(checkout: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "hatchling", "build", "--target", "wheel"]
    return subprocess.run(
        command, cwd=checkout, env=os.environ | environment, capture_output=True, text=True
    )


def test_build_without_npm_packages_explains_what_to_do(tmp_path: Path) -> None:
    built = build_wheel(copy_checkout(tmp_path), PATH="/nowhere")

    assert built.returncode != 0
    assert "run 'make install' in the checkout first" in built.stdout + built.stderr
    assert "Traceback" not in built.stdout + built.stderr


def test_build_with_npm_packages_makes_the_assets(tmp_path: Path) -> None:
    checkout = copy_checkout(tmp_path)
    (checkout / "node_modules").symlink_to(ROOT / "node_modules")

    assert build_wheel(checkout, PATH="/nowhere").returncode == 0
    (wheel,) = (checkout / "dist").glob("*.whl")
    assert (
        f"signoff/_static/vendor/fonts/print/{PRINT_FONTS[0]}" in zipfile.ZipFile(wheel).namelist()
    )
    assert sorted(files(checkout / "static/vendor")) == sorted(files(VENDOR))


@pytest.mark.soak
def test_pip_installs_a_fresh_checkout(tmp_path: Path) -> None:
    checkout = copy_checkout(tmp_path / "checkout")
    subprocess.run([sys.executable, "-m", "venv", tmp_path / "venv"], check=True)
    python = tmp_path / "venv/bin/python"
    npm = {"PATH": f"{ROOT / '.venv/bin'}:{os.environ['PATH']}"}
    quiet = ("--quiet", "--disable-pip-version-check")
    subprocess.run(
        [python, "-m", "pip", "install", *quiet, "--no-deps", checkout],
        env=os.environ | npm,
        check=True,
    )
    process = subprocess.run(
        [python, "-c", "import signoff, sys; print(signoff.__path__[0])"],
        cwd=tmp_path,
        check=True,
        capture_output=True,
        text=True,
    )
    assert (Path(process.stdout.strip()) / "_static/vendor/kern/kern.css").is_file()


@pytest.mark.soak
def test_the_wheel_works_in_an_empty_environment_and_folder(wheel: Path, tmp_path: Path) -> None:
    subprocess.run([sys.executable, "-m", "venv", tmp_path / "venv"], check=True)
    python = tmp_path / "venv/bin/python"
    pip: list[str | Path] = [
        python,
        "-m",
        "pip",
        "install",
        "--quiet",
        "--disable-pip-version-check",
    ]
    subprocess.run([*pip, "--require-hashes", "-r", ROOT / "requirements.lock"], check=True)
    subprocess.run([*pip, "--no-deps", wheel], check=True)
    empty = tmp_path / "empty"
    empty.mkdir()

    lookup = "from signoff.config import *; print(templates_folder(), static_folder(), sep='\\n')"
    process = subprocess.run(
        [python, "-c", lookup], cwd=empty, check=True, capture_output=True, text=True
    )
    assert [Path(line).name for line in process.stdout.splitlines()] == ["_templates", "_static"]
    assert all(
        tmp_path in Path(line).parents and Path(line).is_dir()
        for line in process.stdout.splitlines()
    )

    demo: list[str | Path] = [tmp_path / "venv/bin/signoff", "demo", "--no-serve"]
    assert (
        ".pdf" in subprocess.run(demo, cwd=empty, check=True, capture_output=True, text=True).stdout
    )


@pytest.mark.parametrize(
    "lock", sorted(ROOT.glob("requirements*.lock")), ids=lambda path: path.name
)
def test_locked_libraries_have_exact_versions_and_hashes_and_no_addresses(lock: Path) -> None:
    text = lock.read_text("utf-8")
    entries = text.replace("\\\n", " ").strip().splitlines()
    assert entries
    for entry in entries:
        assert re.match(r"[a-z0-9.-]+==\S+ .*--hash=sha256:[0-9a-f]{64}", entry), entry
    assert "://" not in text


def test_every_required_library_is_locked() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    locked = set(
        re.findall(
            r"^([a-z0-9.-]+)==", (ROOT / "requirements.lock").read_text("utf-8"), re.MULTILINE
        )
    )
    required = {
        re.sub(r"[._]", "-", re.split(r"[^A-Za-z0-9._-]", requirement)[0].lower())
        for requirement in project["dependencies"]
    }
    assert required - locked == set()


def test_tests_run_with_the_locked_versions() -> None:
    def pinned(name: str) -> set[str]:
        return set(re.findall(r"^[a-z0-9.-]+==\S+", (ROOT / name).read_text("utf-8"), re.MULTILINE))

    assert pinned("requirements.lock") - pinned("requirements-dev.lock") == set()


def test_npm_packages_are_locked_by_hash_and_without_addresses() -> None:
    lock = json.loads((ROOT / "package-lock.json").read_text("utf-8"))
    packages = {name: entry for name, entry in lock["packages"].items() if name}
    assert packages
    for name, entry in packages.items():
        assert entry["integrity"].startswith("sha512-"), name
        assert "resolved" not in entry, name


def test_vendored_stylesheet_loads_nothing_from_other_servers() -> None:
    for sheet in [VENDOR / "kern/kern.css", VENDOR / "fonts/fira-sans.css"]:
        text = sheet.read_text("utf-8")
        assert "data:" not in text
        assert "//" not in text
        for address in re.findall(r'url\("([^"]*)"\)', text):
            assert (sheet.parent / address).is_file(), address


def test_first_visit_loads_little_data() -> None:
    fonts = VENDOR.glob("fonts/web/*.latin.woff2")
    sheets = static_folder().rglob("*.css")
    scripts = static_folder().rglob("*.js")
    weight = sum(path.stat().st_size for group in (fonts, sheets, scripts) for path in group)
    assert 0 < weight <= FIRST_VISIT


@pytest.mark.parametrize("name", PRINT_FONTS[:3])
def test_printing_fonts_cover_european_names(name: str) -> None:
    known = TTFont(VENDOR / "fonts/print" / name).getBestCmap()
    text = "Groß-Gerau GROẞ Łódź Ñ Ελλάδα Київ Ștefan Şişli Őr Žďár Þór „“‚‘–—…€§№ Ж́"
    assert [character for character in text if ord(character) not in known] == []


def test_web_and_printing_fonts_cover_the_same_characters() -> None:
    for weight in ("Regular", "Italic", "SemiBold"):
        printed = set(TTFont(VENDOR / f"fonts/print/FiraSans-{weight}.ttf").getBestCmap())
        web_characters = {
            code
            for path in VENDOR.glob(f"fonts/web/FiraSans-{weight}.*")
            for code in TTFont(path).getBestCmap()
        }
        alphabet = {
            *range(0x20, 0x7F),
            *range(0xA0, 0x250),
            *range(0x370, 0x530),
            *range(0x1E00, 0x2000),
        }
        assert (printed & alphabet) - web_characters == set()


def test_the_licence_is_complete() -> None:
    text = (ROOT / "LICENSE").read_text("utf-8")
    assert text.startswith("EUROPEAN UNION PUBLIC LICENCE v. 1.2")
    assert [int(n) for n in re.findall(r"^ *(\d+)\. ?[A-Z]", text, re.MULTILINE)] == list(
        range(1, 16)
    )
    assert "Appendix" in text


def test_every_target_of_the_makefile_is_described() -> None:
    help_text = subprocess.run(
        ["make", "help"], cwd=ROOT, check=True, capture_output=True, text=True
    ).stdout
    for target in (
        "install",
        "demo",
        "run",
        "test",
        "check",
        "bench",
        "soak",
        "wheel",
        "lock",
        "messages",
        "pictures",
    ):
        assert f"make {target} " in help_text
