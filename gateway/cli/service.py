"""``serve`` and ``config``: the service itself, and its configuration without it."""

from __future__ import annotations

import asyncio
import logging
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Sequence
from pathlib import Path

import click
import orjson

from gateway.cli.exits import CannotRun, environment, json_option, settings_of
from gateway.settings import MOST_WORKERS, LogFormat, Settings, show

_RESTART_PAUSE_SECONDS = 1.0


def set_up_logging(settings: Settings) -> None:
    """Lines for people, or one JSON object a line."""
    if settings.logging.format is LogFormat.TEXT:
        logging.basicConfig(level=settings.logging.level, format="%(asctime)s %(levelname)s %(name)s %(message)s")
        return
    handler = logging.StreamHandler()
    handler.setFormatter(_JsonLines())
    logging.basicConfig(level=settings.logging.level, handlers=[handler])


class _JsonLines(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        line = {"at": record.created, "level": record.levelname, "name": record.name, "message": record.getMessage()}
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        return orjson.dumps(line).decode()


@click.command()
@click.option(
    "--config", required=True, type=click.Path(dir_okay=False, path_type=Path), help="The gateway's TOML file."
)
@click.option(
    "--workers", type=click.IntRange(1, MOST_WORKERS), help="Processes that share the port; default from the file."
)
@click.option("--worker", type=int, hidden=True, help="Be this one of them.")
@click.option("--supervisor", type=int, hidden=True, help="Process id of who started it.")
@click.option(
    "--large-documents",
    "socket",
    type=click.Path(path_type=Path),
    hidden=True,
    help="Read the large documents of who started it, behind this socket.",
)
def serve(config: Path, workers: int | None, worker: int | None, supervisor: int | None, socket: Path | None) -> None:
    """Run the service until it is told to stop (SIGINT or SIGTERM); requests under way are answered first."""
    settings = settings_of(config)
    set_up_logging(settings)
    count = workers or settings.workers.count
    if worker is None and count > 1:
        _supervise(config, count)
        return
    # Only who serves pays for this import.
    from gateway.cli.worker import run_beside, run_worker

    if socket is not None and worker is not None and supervisor is not None:
        run_beside(settings, worker, supervisor, socket)
    else:
        run_worker(settings, config, worker or 0, supervisor=supervisor)


def _supervise(config: Path, count: int) -> None:
    """Start the workers, start one again that dies, stop all when told to."""
    metrics = tempfile.mkdtemp(prefix="duis-gateway-metrics-")
    stopping = False

    def start(index: int) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-m", "gateway.cli", "serve", "--config", str(config)]
        command += ["--worker", str(index), "--supervisor", str(os.getpid())]
        return subprocess.Popen(command, env={**os.environ, "PROMETHEUS_MULTIPROC_DIR": metrics})  # noqa: S603

    workers = {index: start(index) for index in range(count)}

    def stop(*_: object) -> None:
        nonlocal stopping
        stopping = True
        for process in workers.values():
            process.terminate()

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    try:
        while not stopping:
            for index, process in list(workers.items()):
                try:
                    status = process.wait(_RESTART_PAUSE_SECONDS / count)
                except subprocess.TimeoutExpired:
                    continue
                if stopping:
                    break
                if status == CannotRun.exit_code:
                    stop()
                    raise CannotRun(f"worker {index} cannot run; its line above says why")
                workers[index] = start(index)
                if stopping:  # told to between the look and the start: this one was not
                    workers[index].terminate()
        for process in workers.values():
            process.wait()
    finally:
        shutil.rmtree(metrics, ignore_errors=True)


@click.group()
def config() -> None:
    """The configuration without the service."""


@config.command()
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@json_option
def check(file: Path, as_json: bool) -> None:
    """Validate everything without starting: schemas compile, keys load, lists parse, stores open."""
    settings = settings_of(file)
    findings: list[tuple[str, str]] = []

    async def open_stores() -> None:
        from gateway.loading import server_tls
        from gateway.service import Worker

        worker = Worker(settings)
        server_tls(settings.listen.tls, "listen")
        server_tls(settings.operator.tls, "operator")
        await worker.state.open()
        try:
            depth = await worker.state.outbox_depth()
        finally:
            await worker.state.close()
        await worker.traces.open()
        await worker.traces.close()
        loaded = worker.in_force
        findings.extend(
            [
                ("schema", f"revision {loaded.revisions['schema']}"),
                ("certificates", f"{len(loaded.certificates)} known"),
                ("parties", f"{len(loaded.parties)} known"),
                ("products", f"revision {loaded.revisions['products']}, {len(loaded.rules.products)} entries"),
                ("rules", f"revision {loaded.revisions['rules']}"),
                ("store", f"{settings.store.path}, {sum(depth.values())} hand-offs waiting or dead"),
                ("traces", str(settings.traces.path)),
            ]
        )

    with environment():
        asyncio.run(open_stores())
    if as_json:
        click.echo(orjson.dumps({"ok": True, **dict(findings)}))
        return
    _print_pairs(f"{file}: everything can be used", (), findings)


@config.command(name="show")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@json_option
def show_(file: Path, as_json: bool) -> None:
    """The effective settings, defaults and environment included; secrets are redacted."""
    settings = settings_of(file)
    tree = show(settings)
    if as_json:
        click.echo(orjson.dumps(tree, option=orjson.OPT_INDENT_2))
        return
    _print_pairs(f"{file}, revision {settings.revision}", ("key", "value"), _flat(tree))


def _print_pairs(title: str, columns: Sequence[str], pairs: Iterable[tuple[str, object]]) -> None:
    # A worker prints nothing, and has 3 MB less for it.
    from rich.table import Table
    from rich.text import Text

    from gateway.cli.console import wide_console

    table = Table(*columns, title=title, title_justify="left", show_header=bool(columns))
    for key, value in pairs:
        table.add_row(key, Text(str(value)))
    wide_console().print(table)


def _flat(tree: object, at: str = "") -> list[tuple[str, object]]:
    if isinstance(tree, dict):
        return [pair for key, value in tree.items() for pair in _flat(value, f"{at}.{key}" if at else key)]
    return [(at, tree)]
