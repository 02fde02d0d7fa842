"""Lets tools work in the recorder that runs, since it alone has the file open.

Each caller has a thread, and one tool works at a time. What a tool sends waits for a caller
that reads slowly; a caller that is gone, or a recorder that stops, ends the tool at its next
piece.
"""

from __future__ import annotations

import asyncio
import select
import socket
from argparse import Namespace
from collections.abc import Sequence
from contextlib import ExitStack, closing
from threading import Event

from pydantic import ValidationError

from darkstar_common.runtime import Context
from darkstar_recorder.commandline import Raising, parser, tool_named
from darkstar_recorder.store import Store, StoreError
from darkstar_recorder.threads import OneThread
from darkstar_recorder.tools import TOOLS
from darkstar_recorder.tools.tool import Desk, Stopped, Tool, ToolError, work
from darkstar_recorder.wire import LONGEST, SOCKET, Call, Said, address, found_at

_PATIENCE = 5.0
"""Of waiting for what a caller wants [s of the wall]."""
_WAITS = "another command is at work; this one waits for its turn"
_CRASHED = "it failed in a way that nobody expected; the recorder's log says how"


class Serving:
    """The socket for tools; `run` until cancelled."""

    def __init__(self, context: Context, store: Store, tools: Sequence[Tool] = TOOLS) -> None:
        self._context, self._store, self._tools = context, store, tools
        self._stopping = Event()
        self._one = asyncio.Lock()

    async def run(self) -> None:
        """Serve callers; when cancelled, stop what they started and wait for its end."""
        try:
            listener = self._listening()
        except OSError as error:
            self._context.log.warning("tools_not_served", reason=str(error))
            return
        with closing(listener):
            try:
                async with asyncio.TaskGroup() as callers:
                    while True:
                        one, _ = await asyncio.get_running_loop().sock_accept(listener)
                        callers.create_task(self._serve(one), name="tool")
            finally:
                (self._context.state_dir / SOCKET).unlink(missing_ok=True)

    def _listening(self) -> socket.socket:
        path = self._context.state_dir / SOCKET
        path.unlink(missing_ok=True)  # of a recorder that was killed: nobody else has the file
        with ExitStack() as undone:
            listener = undone.enter_context(socket.socket(socket.AF_UNIX, socket.SOCK_STREAM))
            with address(self._context.state_dir) as name:
                listener.bind(name)
            path.chmod(0o600)  # nobody can connect before it listens
            listener.listen()
            listener.setblocking(False)
            undone.pop_all()
        return listener

    async def _serve(self, connection: socket.socket) -> None:
        """Do what one caller wants, in a thread that is always waited for."""
        thread = OneThread("tool")
        caller = _Caller(connection, self._stopping)
        with closing(connection):
            try:
                call = await thread(caller.call)
                if call is not None:
                    if self._one.locked():
                        await thread(lambda: caller.say(Said(note=_WAITS)))
                    async with self._one:
                        await self._work(thread, caller, call)
            finally:
                caller.hang_up()
                thread.stop()

    async def _work(self, thread: OneThread, caller: _Caller, call: Call) -> None:
        work = asyncio.ensure_future(thread(lambda: self._do(caller, call)))
        try:
            await asyncio.wait({work})
        except asyncio.CancelledError:
            self._stopping.set()
            caller.hang_up()
            await asyncio.wait({work})
            raise
        crash = work.exception()
        if crash is not None:
            self._context.log.error("tool_crashed", arguments=call.arguments, exc_info=crash)
            await thread(lambda: caller.say(Said(error=_CRASHED)))

    def _do(self, caller: _Caller, call: Call) -> None:
        """In the tool's thread."""
        try:
            tool, options = self._read(call)
            caller.checkpoint()  # it may have had enough of waiting
            self._context.log.info("tool_started", arguments=call.arguments)
            code = work(tool, self._desk(caller, call), options)
        except (ToolError, StoreError, ValueError) as error:
            self._context.log.info("tool_refused", arguments=call.arguments, reason=str(error))
            caller.say(Said(error=str(error)))
        except Stopped:
            self._context.log.info("tool_stopped", arguments=call.arguments)
        else:
            self._context.log.info("tool_finished", arguments=call.arguments, code=code)
            caller.say(Said(code=code))

    def _read(self, call: Call) -> tuple[Tool, Namespace]:
        options = parser(Raising, self._tools).parse_args(call.arguments)
        tool = tool_named(options.command, self._tools)
        if tool is None:
            raise ToolError(f"there is no tool {options.command}; a newer one asked for it")
        if tool.offline:
            raise ToolError(f"{tool.name} needs the file for itself; stop the recorder for it")
        own = self._store.path.resolve()
        if options.database and (call.directory / options.database).resolve() != own:
            raise ToolError(f"{options.database} is open in another process; stop that one first")
        for name, found in call.seen.items():
            if found_at(call.directory / name) != found:
                raise ToolError(
                    f"{name}: the recorder that runs does this, and it does not see there what you "
                    "see: systemd gives it a /tmp of its own and keeps it out of homes; name a "
                    f"file below {self._context.state_dir}"
                )
        return tool, options

    def _desk(self, caller: _Caller, call: Call) -> Desk:
        return Desk(
            opened=self._store,
            config=self._context.config,
            secrets=self._context.secrets,
            database=self._store.path,
            state_dir=self._context.state_dir,
            directory=call.directory,
            now=self._context.clock.now(),
            tell=lambda line: caller.say(Said(line=line)),
            progress=lambda done, whole: caller.say(Said(progress=(done, whole))),
            checkpoint=caller.checkpoint,
        )


class _Caller:
    """The other end of a connection; blocking."""

    def __init__(self, connection: socket.socket, stopping: Event) -> None:
        self._connection, self._stopping = connection, stopping

    def call(self) -> Call | None:
        """What it wants; None if nothing that can be understood."""
        self._connection.settimeout(_PATIENCE)
        try:
            with self._connection.makefile("rb") as lines:
                call = Call.model_validate_json(lines.readline(LONGEST))
        except (OSError, ValidationError):
            return None
        self._connection.settimeout(None)
        return call

    def say(self, said: Said) -> None:
        """Tell it; says nothing to one that is gone, which `checkpoint` will notice."""
        try:
            self._connection.sendall(said.encoded())
        except OSError:
            return

    def checkpoint(self) -> None:
        """Go on only while somebody waits.

        Raises:
            Stopped: The caller hung up, or the recorder stops.
        """
        # A caller says nothing more, so what can be read from it is its end.
        readable, _, _ = select.select([self._connection], [], [], 0)
        if self._stopping.is_set() or readable:
            raise Stopped

    def hang_up(self) -> None:
        """Let go of it, and of a thread that waits for it to read."""
        try:
            self._connection.shutdown(socket.SHUT_RDWR)
        except OSError:
            return
