"""`versus serve`: bundles behind HTTP, and a page to draw on."""

import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from versus.errors import ConfigurationError

TOKEN = "VERSUS_TOKEN"

BundlesArgument = Annotated[
    list[Path],
    typer.Argument(
        metavar="BUNDLE...", help="Folders that `versus export` wrote.", show_default=False
    ),
]
HostOption = Annotated[
    str,
    typer.Option(
        "--host", metavar="ADDRESS", help="Where to listen; beyond this machine a token is needed."
    ),
]
PortOption = Annotated[int, typer.Option("--port", metavar="N", help="0 for any that is free.")]
AllowHostOption = Annotated[
    list[str] | None,
    typer.Option("--allow-host", metavar="NAME", help="A name it may be called by; repeatable."),
]
TokenOption = Annotated[
    Path | None,
    typer.Option(
        "--token-file",
        metavar="FILE",
        help=f"Requests must bear the token in this file, or in the variable {TOKEN}.",
    ),
]
SaveOption = Annotated[
    Path | None,
    typer.Option("--save", metavar="DIR", help="Where the page may save mistakes, for --data."),
]
ThreadsOption = Annotated[
    int, typer.Option("--threads", metavar="N", min=1, help="Threads of each model.")
]


def serve(
    bundles: BundlesArgument,
    host: HostOption = "127.0.0.1",
    port: PortOption = 8000,
    allow_host: AllowHostOption = None,
    token_file: TokenOption = None,
    save: SaveOption = None,
    threads: ThreadsOption = 1,
) -> None:
    """Serve bundles: a page to draw on, POST /predict, and the Open Inference Protocol v2.

    Ctrl-C or SIGTERM stops it, once the requests under way are answered.
    """
    from versus.bundles.reading import read_bundle  # brings numpy
    from versus.serving.app import Settings
    from versus.serving.server import is_loopback, listen
    from versus.serving.server import serve as serve_until_stopped

    token, local = _token(token_file), is_loopback(host)
    if not local and not token:
        raise ConfigurationError(
            f"--host {host}: other machines would reach it, so a token is needed: put one into a "
            f"file and give it with --token-file, or set {TOKEN}"
        )
    found = [read_bundle(bundle) for bundle in bundles]
    listener = listen(host, port)
    port = listener.getsockname()[1]
    settings = Settings(
        port=port,
        hosts=tuple(allow_host or ()),
        any_address=not local,
        token=token,
        save=save,
        threads=threads,
    )
    names = ", ".join(bundle.name for bundle in found)
    shown = f"[{host}]" if ":" in host else host
    serve_until_stopped(
        found, listener, settings, lambda: _tell(f"{names}: http://{shown}:{port} (Ctrl-C stops)")
    )
    _tell("stopped")


def _token(file: Path | None) -> str:
    """Return the token; "" where there is none.

    Raises:
        ConfigurationError: the file cannot be read, or what is in it is no token.
    """
    if file is None:
        token = os.environ.get(TOKEN, "")
    else:
        try:
            token = file.read_text().strip()
        except (OSError, ValueError) as cause:
            raise ConfigurationError(f"{file}: cannot be read: {cause}") from cause
        if not token:
            raise ConfigurationError(f"{file}: expected a token; the file is empty")
    if not token.isascii() or any(sign.isspace() or not sign.isprintable() for sign in token):
        raise ConfigurationError("the token: expected plain letters, digits and signs, no spaces")
    return token


def _tell(line: str) -> None:
    sys.stderr.write(f"{line}\n")
    sys.stderr.flush()
