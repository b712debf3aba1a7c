"""Runs the programs of a Procfile side by side, and leaves none behind."""

import asyncio
import os
import shlex
import signal
from collections.abc import Callable, Collection, Mapping
from contextlib import suppress
from dataclasses import KW_ONLY, dataclass, field
from pathlib import Path
from string import Template

from bpo.embedded import die_with_parent

STOP_SECONDS = 15
SHORT_RUN_SECONDS = 5
SHORT_RUNS_ALLOWED = 3
LONGEST_PAUSE_SECONDS = 15
PARENT_CHECK_SECONDS = 1


def programs_of(procfile: Path, environment: Mapping[str, str]) -> dict[str, list[str]]:
    """Return the command lines of a Procfile by name, with the environment's values filled in."""
    programs = {}
    for line in procfile.read_text(encoding="utf-8").splitlines():
        if line.strip() and not line.startswith("#"):
            name, command = line.split(":", 1)
            programs[name.strip()] = shlex.split(Template(command).substitute(environment))
    return programs


@dataclass
class Supervisor:
    """Starts programs together, starts again one that ended, and stops all of them on a signal.

    Programs of `services` are needed by the others until these have stopped, and are stopped last. Programs of `first`
    run once, beside the others; those named in `after_first` start when they have succeeded. Where one of `first`
    fails, or another program never stays up, everything is stopped.
    """

    programs: Mapping[str, list[str]]
    _: KW_ONLY
    environment: Mapping[str, str]
    say: Callable[[str], None]
    services: Mapping[str, list[str]] = field(default_factory=dict)
    first: Mapping[str, list[str]] = field(default_factory=dict)
    after_first: Collection[str] = ()
    failed: bool = field(default=False, init=False)
    stopping: asyncio.Event = field(default_factory=asyncio.Event, init=False)
    stopped: asyncio.Event = field(default_factory=asyncio.Event, init=False)
    hurry: asyncio.Event = field(default_factory=asyncio.Event, init=False)

    async def run(self, *, until_parent_leaves: bool = False) -> bool:
        """Run until a signal, or until a program keeps stopping; returns False then."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            loop.add_signal_handler(number, self.stop)
        async with asyncio.TaskGroup() as services:
            for name, command in self.services.items():
                services.create_task(self._keep_running(name, command, until=self.stopped))
            async with asyncio.TaskGroup() as group:
                first = [group.create_task(self._run_once(name, command)) for name, command in self.first.items()]
                for name, command in self.programs.items():
                    after = first if name in self.after_first else []
                    group.create_task(self._keep_running(name, command, until=self.stopping, after=after))
                if until_parent_leaves:
                    group.create_task(self._watch_parent(os.getppid()))
            self.stopped.set()
        return not self.failed

    def stop(self) -> None:
        """Stop all programs gently; asked a second time, at once."""
        if self.stopping.is_set():
            self.hurry.set()
        self.stopping.set()

    async def _run_once(self, name: str, command: list[str]) -> None:
        code = await self._run_program(name, command, until=self.stopping)
        if code and not self.stopping.is_set():
            self._fail(f"{name} failed (code {code}); stopping everything.")

    def _fail(self, reason: str) -> None:
        self.say(reason)
        self.failed = True
        self.stopping.set()

    async def _keep_running(
        self, name: str, command: list[str], *, until: asyncio.Event, after: Collection[asyncio.Task[None]] = ()
    ) -> None:
        """Run one program, after others have ended, until an event; it is started again after pauses that grow."""
        await asyncio.gather(*after)
        loop = asyncio.get_running_loop()
        short_runs, has_stayed_up = 0, False
        while not self.stopping.is_set():
            began = loop.time()
            code = await self._run_program(name, command, until=until)
            if self.stopping.is_set():
                return
            is_short = loop.time() - began < SHORT_RUN_SECONDS
            has_stayed_up = has_stayed_up or not is_short
            short_runs = short_runs + 1 if is_short else 0
            # One that a signal ended, such as for lack of memory, could start.
            if short_runs >= SHORT_RUNS_ALLOWED and code >= 0 and not has_stayed_up:
                self._fail(f"{name} does not stay up (code {code}); stopping everything.")
                return
            pause = pause_before_start(short_runs)
            self.say(f"{name} stopped with code {code}; starting it again in {pause} s.")
            with suppress(TimeoutError):
                await asyncio.wait_for(self.stopping.wait(), pause)

    async def _run_program(self, name: str, command: list[str], *, until: asyncio.Event) -> int:
        """Run one program, at most until an event, and until nothing of it is left; returns its exit code."""
        # A pipe of our own: with asyncio's, wait() would last until the program's children close it too.
        reading, writing = os.pipe()
        process = await asyncio.create_subprocess_exec(
            *command,
            env=self.environment,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=writing,
            stderr=asyncio.subprocess.STDOUT,
            start_new_session=True,
            preexec_fn=die_with_parent,
        )
        os.close(writing)
        relay = asyncio.create_task(self._relay(name, reading))
        ended = asyncio.create_task(process.wait())
        try:
            await _first_of(ended, until.wait())
            if not ended.done():
                process.terminate()
                await _first_of(ended, self.hurry.wait(), asyncio.sleep(STOP_SECONDS))
        finally:
            # The program's own children are in its process group: none may outlive it.
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
        code = await ended
        await relay
        return code

    async def _relay(self, name: str, descriptor: int) -> None:
        stream = asyncio.StreamReader(limit=2**24)
        width = max(map(len, [*self.programs, *self.services, *self.first]))
        transport, _ = await asyncio.get_running_loop().connect_read_pipe(
            lambda: asyncio.StreamReaderProtocol(stream), os.fdopen(descriptor, "rb")
        )
        while line := await stream.readline():
            self.say(f"{name.ljust(width)} | {line.decode(errors='replace').rstrip()}")
        transport.close()

    async def _watch_parent(self, parent: int) -> None:
        while not self.stopping.is_set():
            if os.getppid() != parent:
                self.stopping.set()
            with suppress(TimeoutError):
                await asyncio.wait_for(self.stopping.wait(), PARENT_CHECK_SECONDS)


def pause_before_start(short_runs: int) -> int:
    """Return the seconds to wait after that many short runs in a row: one, then twice as many each time."""
    return min(1 << min(short_runs, 10), LONGEST_PAUSE_SECONDS)


async def _first_of(ended: asyncio.Task[int], *others) -> None:
    """Wait for one program's end or for something else, whichever comes first."""
    waiting = [asyncio.ensure_future(other) for other in others]
    try:
        await asyncio.wait([ended, *waiting], return_when=asyncio.FIRST_COMPLETED)
    finally:
        for future in waiting:
            future.cancel()
