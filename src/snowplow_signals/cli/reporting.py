"""What a command prints, and how errors become exit codes."""

import functools
import shlex
import sys
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import typer

from snowplow_signals.errors import DefinitionError, SignalsError
from snowplow_signals.plain_text import plain

if TYPE_CHECKING:
    from rich.console import Console

INTERRUPTED = 130
"""What shells expect of a program that was stopped by Ctrl-C."""


def command(
    function: Callable[..., None] | None = None, *, stopped: str = "Stopped. Run the same command again to finish."
) -> Callable[..., Any]:
    """The command with errors of ours printed as one message on stderr; with --verbose also where they came from.

    `stopped` is what Ctrl-C leaves the user with.
    """
    if function is None:
        return functools.partial(command, stopped=stopped)

    @functools.wraps(function)
    def reporting(*arguments: Any, **options: Any) -> None:
        try:
            function(*arguments, **options)
        except SignalsError as error:
            fail(error, verbose=bool(options.get("verbose")))
            raise typer.Exit(error.exit_code) from None
        except BrokenPipeError:
            raise  # the reader of the output is gone: left to the command line's framework
        except OSError as error:
            fail(SignalsError(_of_the_system(error)), verbose=bool(options.get("verbose")))
            raise typer.Exit(SignalsError.exit_code) from None
        except KeyboardInterrupt:
            warn(stopped)
            raise typer.Exit(INTERRUPTED) from None

    return reporting


def _of_the_system(error: OSError) -> str:
    """What the operating system refused: no space, no permission, a path that is not a file."""
    places = " and ".join(str(place) for place in (error.filename, error.filename2) if place is not None)
    return f"{places or 'the system'}: {error.strerror or error}"


def say(text: str = "") -> None:
    """A line of the result."""
    typer.echo(plain(text))


def warn(text: str) -> None:
    """A line beside the result, on stderr."""
    typer.echo(plain(text), err=True)


def fail(error: SignalsError, *, verbose: bool) -> None:
    """The error as one message on stderr."""
    if verbose:
        import traceback

        warn("".join(traceback.format_exception(error)))
    lines = str(error).splitlines()
    if isinstance(error, DefinitionError) and len(error.problems) > 1:
        warn(f"Error: {len(error.problems)} problems")
        warn("\n".join(f"  {line}" for line in lines))
    else:
        warn(f"Error: {str(error) or type(error).__name__}")


def leave_if_failed(failures: Sequence[SignalsError], projects: int) -> None:
    """After several projects, of which some failed and have said why: the exit code of a single one, else 1."""
    if not failures:
        return
    if projects > 1:
        warn(f"{len(failures)} of {projects} projects failed; the others succeeded.")
    raise typer.Exit(failures[0].exit_code if projects == 1 else 1)


def count(number: int, noun: str, plural: str | None = None) -> str:
    """`1 file`, `2,000 files`."""
    return f"{number:,} {noun if number == 1 else plural or noun + 's'}"


def seconds(value: float) -> str:
    return f"{value:.1f} s" if value < 60 else f"{value // 60:.0f} min {value % 60:.0f} s"


def quoted(*arguments: object) -> str:
    """The command line to copy."""
    return shlex.join(["snowplow-batch-engine", *map(str, arguments)])


def console(*, stderr: bool = False) -> "Console":
    """A console that shows text as it is: users' brackets and colons are not markup, nothing in it is obeyed."""
    from rich.console import Console
    from rich.text import Text

    class PlainConsole(Console):
        def render_str(self, text: str, **options: Any) -> Text:
            return super().render_str(plain(text), **options)

    stream = sys.stderr if stderr else sys.stdout
    width = None if stream.isatty() else 200
    return PlainConsole(stderr=stderr, markup=False, emoji=False, highlight=False, width=width)
