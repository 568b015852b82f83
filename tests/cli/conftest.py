"""The command line as a user types it, in this process and on a real instance."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from signoff.cli import main
from tests.world import World, write_keys


@dataclass
class CommandResult:
    """The exit status and the output of a command."""

    code: int
    out: str
    err: str

    @property
    def lines(self) -> list[str]:
        return self.out.splitlines()


Run = Callable[..., CommandResult]


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Run:
    """``run("rounds", "status", "slug")`` returns the command's exit status, output and errors."""

    def run(*arguments: object) -> CommandResult:
        capsys.readouterr()
        with pytest.raises(SystemExit) as exit_info:
            main([str(argument) for argument in arguments])
        captured = capsys.readouterr()
        return CommandResult(int(exit_info.value.code or 0), captured.out, captured.err)

    return run


@pytest.fixture
def cli(world: World, run: Run, monkeypatch: pytest.MonkeyPatch) -> Run:
    """The same with the instance, clock, mail and printer of the world."""
    write_keys(world.settings.instance)
    (world.settings.instance / "signoff.toml").write_text("")
    monkeypatch.setenv("SIGNOFF_INSTANCE", str(world.settings.instance))
    for module in ("signoff.cli.context", "signoff.cli.instance"):
        monkeypatch.setattr(f"{module}.build_services", lambda settings: world.services)
    return run


def get_error_line(world: World, command: Callable[[], CommandResult]) -> str:
    """Check that the command fails without any change, and return its only line of output."""
    before = world.contents()
    result = command()
    assert world.contents() == before
    assert result.code == 2
    assert result.out == ""
    (line,) = result.err.splitlines()
    return line


__all__ = ["Path", "Run", "CommandResult", "get_error_line"]
