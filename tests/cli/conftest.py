"""The command line as a user types it, in this process and on a real instance."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from signoff.cli import main
from tests.world import World


@dataclass
class CommandResult:
    """How a command ended and what it said."""

    code: int
    out: str
    err: str

    @property
    def lines(self) -> list[str]:
        return self.out.splitlines()


Run = Callable[..., CommandResult]


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Run:
    """``run("rounds", "status", "slug")``: the command's status, output and complaints."""

    def run(*arguments: object) -> CommandResult:
        capsys.readouterr()
        with pytest.raises(SystemExit) as ended:
            main([str(argument) for argument in arguments])
        captured = capsys.readouterr()
        return CommandResult(int(ended.value.code or 0), captured.out, captured.err)

    return run


@pytest.fixture
def cli(world: World, run: Run, monkeypatch: pytest.MonkeyPatch) -> Run:
    """The same on the world's instance and its clock, post and printer."""
    (world.settings.instance / "keys.json").write_text(
        f'{{"links": ["{"6c" * 32}"], "cookies": ["{"63" * 32}"]}}'
    )
    (world.settings.instance / "signoff.toml").write_text("")
    (world.settings.instance / "keys.json").chmod(0o600)
    monkeypatch.setenv("SIGNOFF_INSTANCE", str(world.settings.instance))
    for module in ("signoff.cli.context", "signoff.cli.instance"):
        monkeypatch.setattr(f"{module}.build_services", lambda settings: world.services)
    return run


def bad(world: World, command: Callable[[], CommandResult]) -> str:
    """The one line of a command that refuses; that it changed nothing is looked at every time."""
    before = world.contents()
    result = command()
    assert world.contents() == before
    assert result.code == 2
    assert result.out == ""
    (line,) = result.err.splitlines()
    return line


__all__ = ["Path", "Run", "CommandResult", "bad"]
