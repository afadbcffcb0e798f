"""`versus`: the parser, and the one place where errors become a line and an exit code.

Exit codes: 0 done; 1 a run failed or diverged, errors were found, or versus itself failed; 2 the
input cannot be used; 130 stopped by Ctrl-C.
"""

import os
import shlex
import signal
import sys
import warnings
from collections.abc import Sequence
from typing import Annotated, NoReturn

import typer

from versus.cli import (
    check,
    compare,
    data,
    draw_pictures,
    explain,
    export,
    figures,
    model,
    open_test,
    plan,
    predict,
    report,
    reproduce,
    run,
    runs,
    serve,
    status,
    study,
    train,
)
from versus.cli.printable import printable
from versus.cli.typed import as_typed
from versus.errors import VersusError

# The parser's own error, under whatever name the installed typer keeps it.
UsageError: type[Exception] = typer.BadParameter.__mro__[1]

INTERRUPTED = 130  # what typer itself returns for Ctrl-C
STOPPED = "stopped; what was finished or saved is kept; go on with: {command}"

app = typer.Typer(
    name="versus",
    help="Which of these image classifiers is better, and by how much?",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.command("plan", help=plan.plan.__doc__)(plan.plan)
app.command("run", help=run.run.__doc__)(run.run)
app.command("compare", help=compare.compare.__doc__)(compare.compare)
app.command("train", help=train.train.__doc__)(train.train)
app.command("open-test", help=open_test.open_test.__doc__)(open_test.open_test)
app.command("check", help=check.check.__doc__)(check.check)
app.command("reproduce", help=reproduce.reproduce.__doc__)(reproduce.reproduce)
app.command("report", help=report.report.__doc__)(report.report)
app.command("explain", help=explain.explain.__doc__)(explain.explain)
app.command("pictures", help=draw_pictures.draw_pictures.__doc__)(draw_pictures.draw_pictures)
app.command("figures", help=figures.figures.__doc__)(figures.figures)
app.command("export", help=export.export.__doc__)(export.export)
app.command("predict", help=predict.predict.__doc__)(predict.predict)
app.command("serve", help=serve.serve.__doc__)(serve.serve)
app.command("status", help=status.status.__doc__)(status.status)
app.add_typer(runs.app, name="runs")
app.add_typer(study.app, name="study")
app.add_typer(model.app, name="model")
app.add_typer(data.app, name="data")


@app.callback()
def options(
    version: Annotated[bool, typer.Option("--version", help="Print the version.")] = False,
    debug: Annotated[
        bool, typer.Option("--debug", help="Show where an error came from (anywhere in the line).")
    ] = False,
) -> None:
    """Which of these image classifiers is better, and by how much?"""
    del version, debug  # both are seen before the parser runs, see run_command


def main() -> NoReturn:
    """Run the command line and leave with its exit code."""
    # No command needs OpenBLAS's own threads, and a process without threads can be forked.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    # Pillow's own words of a picture of many pixels, which versus refuses in one line.
    warnings.filterwarnings("ignore", message="Image size", category=RuntimeWarning)
    code, said = _carry_out(sys.argv[1:])
    if code == INTERRUPTED:
        # All is saved. A second Ctrl-C would show as a crash, now and in the seconds that Python
        # needs to take torch and Keras apart.
        signal.signal(signal.SIGINT, signal.SIG_IGN)
    sys.stderr.write(said)
    for stream in (sys.stdout, sys.stderr):
        stream.flush()
    if code == INTERRUPTED:
        os._exit(code)
    sys.exit(code)


def run_command(arguments: Sequence[str]) -> int:
    """Run one command and return its exit code; errors are one line on stderr.

    Args:
        arguments: as on the command line, without the program's name. `--debug` anywhere among
            them lets errors through as they are.
    """
    code, said = _carry_out(arguments)
    sys.stderr.write(said)
    return code


def _carry_out(arguments: Sequence[str]) -> tuple[int, str]:
    """Run one command; return its exit code, and what is to be said on stderr."""
    if list(arguments) == ["--version"]:
        return _print_version(), ""
    debug = "--debug" in arguments
    rest = [argument for argument in arguments if argument != "--debug"]
    try:
        code = app(args=rest, standalone_mode=False, prog_name="versus") or 0
        return code, _stopped(arguments) if code == INTERRUPTED else ""
    except (KeyboardInterrupt, typer.Abort):
        return INTERRUPTED, _stopped(arguments)
    except BrokenPipeError:
        # Whoever read the output has gone; there is nobody left to tell.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1, ""
    except VersusError as error:
        if debug:
            raise
        return 2, _line(as_typed(str(error), arguments))
    except UsageError as error:
        if type(error).__name__ == "NoArgsIsHelpError":
            return 2, f"{getattr(error, 'message', error)}\n"
        return 2, _line(_usage(error))
    except Exception as error:
        if debug:
            raise
        message = " ".join(str(error).split())
        return 1, _line(f"internal error: {type(error).__name__}: {message} (see it with --debug)")


def _stopped(arguments: Sequence[str]) -> str:
    return _line(STOPPED.format(command=shlex.join(["versus", *arguments])))


def _line(message: str) -> str:
    return f"versus: {printable(message)}\n"


def _usage(error: BaseException) -> str:
    message = " ".join(str(getattr(error, "format_message", lambda: error)()).split())
    context = getattr(error, "ctx", None)
    path = context.command_path if context is not None else "versus"
    return f"{message.rstrip('.')}; see: {path} --help"


def _print_version() -> int:
    from importlib.metadata import version  # not needed by any other command

    sys.stdout.write(f"versus {version('versus-ml')}\n")
    return 0
