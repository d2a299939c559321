#!/usr/bin/env python3
"""Runs the corpus format (FORMAT.md) on real CPython asyncio under a virtual clock, and compares logs.

    python3.13 oracle.py run PROGRAM.json          the log of one program, as JSON lines
    python3.13 oracle.py show gather-hops r00017   a program of the corpus and its log, readable
    python3.13 oracle.py results FILE.jsonl        one result line a program
    python3.13 oracle.py record FILE.jsonl         the records with their expected results; undefined programs are left out
    python3.13 oracle.py compare EXPECTED.jsonl ACTUAL.jsonl [--iters] [--unretrieved]
    python3.13 oracle.py verify FILE.jsonl         run again, hold against what is stored
"""
import argparse
import asyncio
import asyncio.base_events
import asyncio.runners
import asyncio.taskgroups
import asyncio.tasks
import collections
import contextvars
import gc
import hashlib
import heapq
import json
import os
import random
import sys
import time

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
PY = "%d.%d.%d" % sys.version_info[:3]
FORMAT = 1
MAX_ITERATIONS = 20000
GRAVEYARD = []          # keeps unfinished tasks alive: their coroutines are never finalised

QueueShutDown = getattr(asyncio, "QueueShutDown", None)


class ProgramError(BaseException):
    """The program is not a valid program (or its order is undefined)."""


class UserError(Exception):
    pass


# --------------------------------------------------------------------------------------
# Virtual clock loop


class FifoTimer(asyncio.TimerHandle):
    """A timer handle whose ties break by creation order (CPython leaves ties open)."""

    __slots__ = ("seq",)

    def __lt__(self, other):
        return (self._when, self.seq) < (other._when, other.seq)


class VirtualLoop(asyncio.base_events.BaseEventLoop):
    """CPython's own loop; only time and the selector are replaced.

    The unit of loop.time() is one virtual millisecond, always an integer.
    """

    def __init__(self, fifo_timers=True):
        super().__init__()
        self._now = 0
        self._clock_resolution = 0.5
        self._selector = self
        self._seq = 0
        self._fifo = fifo_timers
        self.iteration = 0
        self.idle = False

    def time(self):
        return self._now

    def select(self, timeout):
        self.iteration += 1
        if self.iteration > MAX_ITERATIONS:
            raise ProgramError("too many loop iterations")
        if timeout is None:
            self.idle = True
            self.stop()
        elif timeout > 0:
            self._now += timeout
        return ()

    def _process_events(self, event_list):
        pass

    def _write_to_self(self):
        pass

    def run_until_complete(self, future):
        """Leaves no stop behind.

        If `stop` ends a run in the very iteration in which its future is done, CPython leaves in the ready queue the
        callback that would have ended the run, and it ends the next one after an iteration. `run` then cuts its own
        clean-up short. That is kept out of the programs.
        """
        try:
            return super().run_until_complete(future)
        finally:
            stale = asyncio.base_events._run_until_complete_cb
            self._ready = collections.deque(h for h in self._ready if h._callback is not stale)

    def call_at(self, when, callback, *args, context=None):
        if not self._fifo:
            return super().call_at(when, callback, *args, context=context)
        self._check_closed()
        timer = FifoTimer(when, callback, args, self, context)
        self._seq += 1
        timer.seq = self._seq
        heapq.heappush(self._scheduled, timer)
        timer._scheduled = True
        return timer


class OrderedSet:
    """Stands in for `set` in asyncio.tasks and asyncio.taskgroups: iterates in insertion
    order (or the reverse), where a real set of tasks iterates in address order."""

    backwards = False

    def __init__(self, items=()):
        self._d = dict.fromkeys(items)

    def add(self, x):
        self._d[x] = None

    def discard(self, x):
        self._d.pop(x, None)

    def remove(self, x):
        del self._d[x]

    def clear(self):
        self._d.clear()

    def __iter__(self):
        keys = list(self._d)
        return iter(keys[::-1] if OrderedSet.backwards else keys)

    def __len__(self):
        return len(self._d)

    def __contains__(self, x):
        return x in self._d


_real_all_tasks = asyncio.tasks.all_tasks


def _ordered_all_tasks(loop=None):
    tasks = _real_all_tasks(loop)
    order = getattr(loop or asyncio.get_running_loop(), "task_order", {})
    known = sorted(tasks, key=lambda t: order.get(id(t), 1 << 60))
    return known[::-1] if OrderedSet.backwards else known


def install_order(order):
    """'creation' and 'reverse' make the set order definite; 'stock' leaves CPython's."""
    if order == "stock":
        for m in (asyncio.tasks, asyncio.taskgroups):
            m.__dict__.pop("set", None)
        asyncio.tasks.all_tasks = _real_all_tasks
        return
    OrderedSet.backwards = order == "reverse"
    asyncio.taskgroups.set = OrderedSet
    asyncio.tasks.set = OrderedSet
    asyncio.tasks.all_tasks = _ordered_all_tasks


# --------------------------------------------------------------------------------------
# Values


def enc_exc(e):
    if isinstance(e, asyncio.CancelledError):
        msg = e.args[0] if e.args else None
        return ["cancelled", msg] if msg else ["cancelled"]
    if isinstance(e, UserError):
        return ["user", e.args[0]]
    if isinstance(e, BaseExceptionGroup):
        return ["group", [enc_exc(x) for x in e.exceptions]]
    if isinstance(e, asyncio.BrokenBarrierError):
        return ["broken_barrier"]
    if isinstance(e, TimeoutError):
        return ["timeout"]
    if isinstance(e, asyncio.InvalidStateError):
        return ["invalid_state"]
    if isinstance(e, asyncio.QueueEmpty):
        return ["queue_empty"]
    if isinstance(e, asyncio.QueueFull):
        return ["queue_full"]
    if QueueShutDown is not None and isinstance(e, QueueShutDown):
        return ["queue_shutdown"]
    if type(e) is RuntimeError:
        return ["runtime"]
    if type(e) is ValueError:
        return ["value"]
    if isinstance(e, ProgramError):
        return ["invalid_program"]
    raise ProgramError("unexpected exception %r" % (e,))


def outcome_of(fut):
    if not fut.done():
        return ["pending"]
    if fut.cancelled():
        return ["cancelled"]
    if fut._exception is not None:
        return ["err", enc_exc(fut._exception)]
    return ["ok", fut._result]


class Ret:
    __slots__ = ("value",)

    def __init__(self, value):
        self.value = value


def matches(kinds, e):
    kind = enc_exc(e)
    for k in kinds:
        if k == "any":
            if kind[0] != "cancelled":
                return True
        elif k == "all":
            return True
        elif ":" in k:
            if kind[:2] == k.split(":", 1):
                return True
        elif k == kind[0]:
            return True
    return False


# --------------------------------------------------------------------------------------
# The interpreter


class Interp:
    def __init__(self, program, order="creation", timers="fifo", impl="c"):
        self.p = program
        self.bodies = program["tasks"]
        self.routines = program.get("routines", {})
        self.log = []
        self.iters = []
        self.tasks = {}          # name -> Task, in creation order
        self.futs = {}           # declared futures, and named gather/shield futures
        self.objs = {}
        self.timeouts = {}
        self.groups = {}
        self.handles = {}
        self.callbacks = {}
        self.vars = {}
        self.ctxvars = {}
        self.naming = {}         # id(coroutine) -> task name
        self.impl = impl
        self.keep = []
        self.created = 0         # how many tasks
        self.begun = set()       # their names, also before they are in self.tasks
        self.ran = set()         # id() of every op that was started
        self.invalid = None
        self.dead = False
        install_order(order)
        self.loop = loop = VirtualLoop(timers == "fifo")
        loop.task_order = {}
        if impl == "py":
            loop.create_future = lambda: asyncio.futures._PyFuture(loop=loop)
        loop.set_task_factory(self.factory)
        loop.set_exception_handler(self.on_loop_exception)

    # -- plumbing

    def factory(self, loop, coro, **kw):
        kw.pop("name", None)
        cls = asyncio.tasks._PyTask if self.impl == "py" else asyncio.Task
        name = self.naming.pop(id(coro), None)
        created = self.next_number()
        task = cls(coro, loop=loop, name=name or "anon", **kw)
        loop.task_order[id(task)] = created
        self.keep.append(task)
        if name is not None:
            self.tasks[name] = task
        return task

    def next_number(self):
        self.created += 1
        return self.created

    def on_loop_exception(self, loop, context):
        if self.dead:
            return
        exc = context.get("exception")
        if isinstance(exc, RecursionError):
            self.refuse("tasks wait for each other in a ring")
        if "handle" in context:
            self.ev("@loop", "unhandled", enc_exc(exc))
        elif context["message"].startswith("unhandled exception during"):
            self.ev("@loop", "unhandled_at_shutdown", self.name_of(context["task"]),
                    enc_exc(exc))
        elif "is already completed" in context["message"]:
            self.ev("@loop", "unhandled_in_group", enc_exc(exc))

    def ev(self, me, *event):
        self.log.append([self.loop.time(), me, list(event)])
        self.iters.append(self.loop.iteration)

    def coro(self, name):
        if name in self.begun:
            self.refuse("a task begins itself in its own first step")
        self.begun.add(name)
        c = self.task_main(name)
        self.naming[id(c)] = name
        return c

    async def task_main(self, me):
        self.ev(me, "start")
        try:
            r = await self.run(me, self.bodies[me])
        except (GeneratorExit, ProgramError):
            raise
        except BaseException as e:
            self.ev(me, "end", ["err", enc_exc(e)])
            raise
        v = r.value if r is not None else None
        self.ev(me, "end", ["ok", v])
        return v

    async def run(self, me, ops):
        for op in ops:
            kind = op["op"]
            self.ran.add(id(op))
            f = SYNC.get(kind)
            if f is not None:
                f(self, me, op)
                continue
            r = await ASYNC[kind](self, me, op)
            if r is not None:
                return r
        return None

    async def routine(self, me, ops):
        r = await self.run(me, ops)
        return r.value if r is not None else None

    def run_sync(self, me, ops):
        for op in ops:
            self.ran.add(id(op))
            f = SYNC.get(op["op"])
            if f is None:
                self.refuse("%r is not allowed in a callback" % op["op"])
            f(self, me, op)

    def target(self, name):
        """A task or future by name; None if it is a task that was not spawned yet."""
        t = self.tasks.get(name)
        if t is None:
            t = self.futs.get(name)
            if t is None and name not in self.bodies:
                self.refuse("unknown target %r" % name)
        return t

    def name_of(self, fut):
        for d in (self.tasks, self.futs):
            for k, v in d.items():
                if v is fut:
                    return k

    def refuse(self, why):
        """Tasks swallow BaseExceptions, so the verdict is also kept for execute()."""
        self.invalid = why
        raise ProgramError(why)

    def defined(self, e):
        """The exception, unless it tells of CPython's stack and not of the program."""
        if isinstance(e, RecursionError):
            self.refuse("the recursion is deeper than CPython's stack")
        return e

    def skip(self, me, op, name):
        self.ev(me, "skip", op["op"], name)

    # -- run

    def setup(self):
        for name, spec in self.p.get("objects", {}).items():
            kind = spec["type"]
            if kind == "future":
                self.futs[name] = self.loop.create_future()
                if self.impl == "py":
                    self.futs[name].declared = True
            elif kind == "lock":
                self.objs[name] = asyncio.Lock()
            elif kind == "event":
                self.objs[name] = asyncio.Event()
            elif kind == "condition":
                lock = spec.get("lock")
                self.objs[name] = asyncio.Condition(self.objs[lock] if lock else None)
            elif kind == "semaphore":
                cls = asyncio.BoundedSemaphore if spec.get("bounded") else asyncio.Semaphore
                self.objs[name] = cls(spec["value"])
            elif kind == "barrier":
                self.objs[name] = asyncio.Barrier(spec["parties"])
            elif kind == "queue":
                cls = {"fifo": asyncio.Queue, "lifo": asyncio.LifoQueue,
                       "priority": asyncio.PriorityQueue}[spec.get("kind", "fifo")]
                self.objs[name] = cls(spec.get("maxsize", 0))
            else:
                raise ProgramError("object type %r" % kind)

    def forever(self):
        self.loop.idle = False
        self.loop.run_forever()
        return "idle" if self.loop.idle else "stopped"

    def until(self, name):
        loop = self.loop
        loop.idle = False
        fut = self.tasks.get(name) or self.futs.get(name)
        arg = fut if fut is not None else self.coro(name)
        try:
            return ["ok", loop.run_until_complete(arg)]
        except ProgramError:
            raise
        except BaseException as e:
            if loop.idle:
                return ["idle"]
            return ["err", enc_exc(e)]

    def execute(self):
        loop = self.loop
        self.setup()
        mode = self.p.get("mode", "idle")
        if mode == "idle":
            loop.create_task(self.coro("main"))
            self.forever()
        elif mode == "complete":
            self.ev("@main", "run_until_complete", "main", self.until("main"))
        elif mode == "run":
            runner = asyncio.Runner(loop_factory=lambda: loop)
            try:
                try:
                    r = ["ok", runner.run(self.coro("main"))]
                except ProgramError:
                    raise
                except BaseException as e:
                    r = ["idle"] if loop.idle else ["err", enc_exc(e)]
                self.ev("@main", "run", r)
                loop.idle = False
                # Runner creates its task from a copied context; nothing else differs.
                try:
                    runner.close()
                    r = "closed"
                except RuntimeError:
                    if not loop.idle:
                        raise
                    r = "idle"
                self.ev("@main", r)
            finally:
                asyncio.set_event_loop(None)
        elif mode == "steps":
            for step in self.p["steps"]:
                if "do" in step:
                    self.run_sync("@main", step["do"])
                elif "run_forever" in step:
                    self.ev("@main", "run_forever", self.forever())
                elif "run_until_complete" in step:
                    n = step["run_until_complete"]
                    self.ev("@main", "run_until_complete", n, self.until(n))
                else:
                    raise ProgramError("step %r" % step)
        else:
            raise ProgramError("mode %r" % mode)
        if self.invalid:
            raise ProgramError(self.invalid)
        out = {}
        lost = []
        for name in self.bodies:
            t = self.tasks.get(name)
            out[name] = ["unspawned"] if t is None else outcome_of(t)
        for name, spec in self.p.get("objects", {}).items():
            if spec["type"] == "future":
                out[name] = outcome_of(self.futs[name])
        for name in out:
            t = self.tasks.get(name) or self.futs.get(name)
            if t is not None:
                if t._log_traceback:
                    lost.append(name)
                    t._log_traceback = False
                if name in self.tasks:
                    t._log_destroy_pending = False
        self.dead = True
        return {"log": self.log, "iters": self.iters, "outcome": out,
                "unretrieved": lost, "end_ms": loop.time()}

    # -- async ops

    async def op_sleep(self, me, op):
        await asyncio.sleep(op["ms"])
        self.ev(me, "sleep", op["ms"])

    async def op_yield(self, me, op):
        for _ in range(op.get("n", 1)):
            await asyncio.sleep(0)
        self.ev(me, "yield")

    async def op_call(self, me, op):
        v = await self.routine(me, self.routines[op["routine"]])
        self.ev(me, "call", op["routine"], v)

    async def op_await(self, me, op):
        t = self.target(op["target"])
        if t is None:
            return self.skip(me, op, op["target"])
        v = await t
        self.ev(me, "await", op["target"], enc_value(v))

    def awaitables(self, names, implicit):
        """Arguments for gather (implicit: name an unspawned task to pass its coroutine)."""
        seen, out = {}, []
        for n in names:
            t = self.target(n)
            if t is None and implicit:
                t = seen.get(n) or self.coro(n)
                seen[n] = t
            if t is not None:
                out.append((n, t))
        return out

    async def op_gather(self, me, op):
        args = [t for _, t in self.awaitables(op["of"], True)]
        rex = bool(op.get("return_exceptions"))
        fut = asyncio.gather(*args, return_exceptions=rex)
        if "as" in op:
            self.futs[op["as"]] = fut
            self.ev(me, "gather", op["as"])
            return
        results = await fut
        self.ev(me, "gather", enc_value(results))

    async def op_shield(self, me, op):
        t = self.target(op["target"])
        if t is None:
            t = self.coro(op["target"])
        fut = asyncio.shield(t)
        self.keep.append(fut)
        if "as" in op:
            self.futs[op["as"]] = fut
            self.ev(me, "shield", op["as"])
            return
        v = await fut
        self.ev(me, "shield", op["target"], enc_value(v))

    async def op_wait(self, me, op):
        args = self.awaitables(op["of"], False)
        if not args:
            return self.skip(me, op, None)
        when = getattr(asyncio, op.get("when", "ALL_COMPLETED"))
        done, pending = await asyncio.wait([t for _, t in args], timeout=op.get("timeout"),
                                           return_when=when)
        names = list(dict.fromkeys(n for n, _ in args))
        self.ev(me, "wait", [n for n in names if self.target(n) in done],
                [n for n in names if self.target(n) in pending])

    async def op_wait_for(self, me, op):
        if "target" in op:
            t = self.target(op["target"])
            if t is None:
                return self.skip(me, op, op["target"])
        else:
            t = self.routine(me, op["body"])
        v = await asyncio.wait_for(t, op["timeout"])
        self.ev(me, "wait_for", enc_value(v))

    async def op_as_completed(self, me, op):
        args = self.awaitables(op["of"], False)
        if not args:
            return self.skip(me, op, None)
        if sum(t.done() for _, t in args) > 1:
            self.refuse("as_completed: more than one argument is done already")
        i = 0
        for nxt in asyncio.as_completed([t for _, t in args], timeout=op.get("timeout")):
            if op.get("catch"):
                try:
                    r = ["ok", enc_value(await nxt)]
                except Exception as e:
                    r = ["err", enc_exc(e)]
            else:
                r = ["ok", enc_value(await nxt)]
            self.ev(me, "next", i, r)
            i += 1
        self.ev(me, "as_completed", i)

    async def op_timeout(self, me, op):
        cm = asyncio.timeout_at(op["at"]) if "at" in op else asyncio.timeout(op["ms"])
        if "as" in op:
            self.timeouts[op["as"]] = cm
        async with cm:
            r = await self.run(me, op["body"])
        self.ev(me, "timeout", cm.expired())
        return r

    async def op_taskgroup(self, me, op):
        tg = asyncio.TaskGroup()
        async with tg:
            self.groups[op["as"]] = tg
            r = await self.run(me, op["body"])
        self.ev(me, "taskgroup", op["as"])
        return r

    async def op_try(self, me, op):
        ret = pending = None
        try:
            ret = await self.run(me, op["body"])
        except (GeneratorExit, ProgramError):
            raise
        except BaseException as e:
            pending = self.defined(e)
        if pending is not None:
            for h in op.get("except", ()):
                if matches(h["catch"], pending):
                    self.ev(me, "except", enc_exc(pending))
                    caught, pending = pending, None
                    try:
                        ret = await self.run(me, h["body"])
                        if ret is None and h.get("then") == "reraise":
                            pending = caught
                    except (GeneratorExit, ProgramError):
                        raise
                    except BaseException as e:
                        pending = self.defined(e)
                    caught = None
                    break
        if "finally" in op:
            self.ev(me, "finally")
            if await self.run(me, op["finally"]) is not None:
                self.refuse("return inside finally")
        if pending is not None:
            try:
                raise pending
            finally:
                pending = None
        return ret

    async def op_repeat(self, me, op):
        for _ in range(op["n"]):
            r = await self.run(me, op["body"])
            if r is not None:
                return r

    async def op_return(self, me, op):
        return Ret(op.get("value"))

    async def op_with(self, me, op):
        async with self.objs[op["obj"]]:
            self.ev(me, "enter", op["obj"])
            r = await self.run(me, op["body"])
        self.ev(me, "exit", op["obj"])
        return r

    async def op_acquire(self, me, op):
        await self.objs[op["obj"]].acquire()
        self.ev(me, "acquire", op["obj"])

    async def op_event_wait(self, me, op):
        await self.objs[op["event"]].wait()
        self.ev(me, "event_wait", op["event"])

    async def op_cond_wait(self, me, op):
        await self.objs[op["cond"]].wait()
        self.ev(me, "cond_wait", op["cond"])

    async def op_cond_wait_for(self, me, op):
        var, ge = op["var"], op["ge"]
        await self.objs[op["cond"]].wait_for(lambda: self.vars.get(var, 0) >= ge)
        self.ev(me, "cond_wait_for", op["cond"])

    async def op_barrier_wait(self, me, op):
        i = await self.objs[op["barrier"]].wait()
        self.ev(me, "barrier_wait", op["barrier"], i)

    async def op_barrier_reset(self, me, op):
        await self.objs[op["barrier"]].reset()
        self.ev(me, "barrier_reset", op["barrier"])

    async def op_barrier_abort(self, me, op):
        await self.objs[op["barrier"]].abort()
        self.ev(me, "barrier_abort", op["barrier"])

    async def op_put(self, me, op):
        await self.objs[op["queue"]].put(op["value"])
        self.ev(me, "put", op["queue"])

    async def op_get(self, me, op):
        v = await self.objs[op["queue"]].get()
        self.ev(me, "get", op["queue"], v)

    async def op_join(self, me, op):
        await self.objs[op["queue"]].join()
        self.ev(me, "join", op["queue"])

    # -- sync ops (allowed in tasks, in callbacks and between runs)

    def op_log(self, me, op):
        self.ev(me, "log", op["text"])

    def op_time(self, me, op):
        self.ev(me, "time", self.loop.time())

    def op_spawn(self, me, op):
        n = op["task"]
        if n in self.tasks:
            return self.skip(me, op, n)
        if op.get("eager"):
            task_kw = {"eager_start": True}
            c = self.coro(n)
            # The name must be known before the first (synchronous) step runs.
            self.naming.pop(id(c))
            cls = asyncio.tasks._PyTask if self.impl == "py" else asyncio.Task
            # Before that step, too: it may make other tasks.
            created = self.next_number()
            t = cls(c, loop=self.loop, name=n, **task_kw)
            self.loop.task_order[id(t)] = created
            self.keep.append(t)
            self.tasks[n] = t
        else:
            self.loop.create_task(self.coro(n))
        self.ev(me, "spawn", n)

    def op_tg_spawn(self, me, op):
        n, tg = op["task"], self.groups.get(op["group"])
        if n in self.tasks or tg is None:
            return self.skip(me, op, n)
        c = self.coro(n)
        try:
            tg.create_task(c)
        except RuntimeError:
            self.naming.pop(id(c), None)
            self.begun.discard(n)
            c.close()
            raise
        self.ev(me, "tg_spawn", op["group"], n)

    def need_task(self, me, op, key="task"):
        n = op[key]
        if n not in self.bodies:
            self.refuse("unknown task %r" % n)
        t = self.tasks.get(n)
        if t is None:
            self.skip(me, op, n)
        return t

    def op_cancel(self, me, op):
        t = self.need_task(me, op)
        if t is not None:
            r = t.cancel(op["msg"]) if "msg" in op else t.cancel()
            self.ev(me, "cancel", op["task"], r)

    def op_uncancel(self, me, op):
        t = self.need_task(me, op)
        if t is not None:
            self.ev(me, "uncancel", op["task"], t.uncancel())

    def op_cancelling(self, me, op):
        t = self.need_task(me, op)
        if t is not None:
            self.ev(me, "cancelling", op["task"], t.cancelling())

    def op_state(self, me, op):
        t = self.target(op["target"])
        if t is None:
            return self.skip(me, op, op["target"])
        self.ev(me, "state", op["target"], outcome_of(t)[0])

    def op_result(self, me, op):
        t = self.target(op["target"])
        if t is None:
            return self.skip(me, op, op["target"])
        self.ev(me, "result", op["target"], enc_value(t.result()))

    def op_exception(self, me, op):
        t = self.target(op["target"])
        if t is None:
            return self.skip(me, op, op["target"])
        e = t.exception()
        self.ev(me, "exception", op["target"], None if e is None else enc_exc(e))

    def op_set_result(self, me, op):
        self.futs[op["future"]].set_result(op.get("value"))
        self.ev(me, "set_result", op["future"])

    def op_set_exception(self, me, op):
        self.futs[op["future"]].set_exception(UserError(op["error"]))
        self.ev(me, "set_exception", op["future"])

    def op_cancel_future(self, me, op):
        f = self.futs.get(op["future"])
        if f is None:
            return self.skip(me, op, op["future"])
        r = f.cancel(op["msg"]) if "msg" in op else f.cancel()
        self.ev(me, "cancel_future", op["future"], r)

    def op_add_done_callback(self, me, op):
        t = self.target(op["target"])
        if t is None:
            return self.skip(me, op, op["target"])
        i, do = op["id"], op.get("do", ())
        cb = self.callbacks.get(i)
        if cb is None:
            def cb(fut):
                self.ev("@loop", "callback", i, outcome_of(fut)[0])
                self.run_sync("@loop", do)
            self.callbacks[i] = cb
        t.add_done_callback(cb)
        self.ev(me, "add_done_callback", op["target"], i)

    def op_remove_done_callback(self, me, op):
        t = self.target(op["target"])
        cb = self.callbacks.get(op["id"])
        if t is None or cb is None:
            return self.skip(me, op, op["target"])
        self.ev(me, "remove_done_callback", op["target"], op["id"],
                t.remove_done_callback(cb))

    def op_raise(self, me, op):
        raise UserError(op["error"])

    def op_raise_cancelled(self, me, op):
        raise asyncio.CancelledError()

    def op_release(self, me, op):
        self.objs[op["obj"]].release()
        self.ev(me, "release", op["obj"])

    def op_locked(self, me, op):
        self.ev(me, "locked", op["obj"], self.objs[op["obj"]].locked())

    def op_event_set(self, me, op):
        self.objs[op["event"]].set()
        self.ev(me, "event_set", op["event"])

    def op_event_clear(self, me, op):
        self.objs[op["event"]].clear()
        self.ev(me, "event_clear", op["event"])

    def op_event_is_set(self, me, op):
        self.ev(me, "event_is_set", op["event"], self.objs[op["event"]].is_set())

    def op_cond_notify(self, me, op):
        self.objs[op["cond"]].notify(op.get("n", 1))
        self.ev(me, "cond_notify", op["cond"])

    def op_cond_notify_all(self, me, op):
        self.objs[op["cond"]].notify_all()
        self.ev(me, "cond_notify_all", op["cond"])

    def op_barrier_state(self, me, op):
        b = self.objs[op["barrier"]]
        self.ev(me, "barrier_state", op["barrier"], b.n_waiting, b.broken)

    def op_put_nowait(self, me, op):
        self.objs[op["queue"]].put_nowait(op["value"])
        self.ev(me, "put_nowait", op["queue"])

    def op_get_nowait(self, me, op):
        self.ev(me, "get_nowait", op["queue"], self.objs[op["queue"]].get_nowait())

    def op_task_done(self, me, op):
        self.objs[op["queue"]].task_done()
        self.ev(me, "task_done", op["queue"])

    def op_qsize(self, me, op):
        q = self.objs[op["queue"]]
        self.ev(me, "qsize", op["queue"], q.qsize(), q.empty(), q.full())

    def op_shutdown(self, me, op):
        self.objs[op["queue"]].shutdown(immediate=bool(op.get("immediate")))
        self.ev(me, "shutdown", op["queue"])

    def callback(self, op):
        i, do = op["id"], op.get("do", ())

        def cb():
            self.ev("@loop", "run", i)
            self.run_sync("@loop", do)
        return cb

    def op_call_soon(self, me, op):
        self.handles[op["id"]] = self.loop.call_soon(self.callback(op))
        self.ev(me, "call_soon", op["id"])

    def op_call_later(self, me, op):
        self.handles[op["id"]] = self.loop.call_later(op["ms"], self.callback(op))
        self.ev(me, "call_later", op["id"])

    def op_call_at(self, me, op):
        self.handles[op["id"]] = self.loop.call_at(op["at"], self.callback(op))
        self.ev(me, "call_at", op["id"])

    def op_handle_cancel(self, me, op):
        h = self.handles.get(op["id"])
        if h is None:
            return self.skip(me, op, op["id"])
        h.cancel()
        self.ev(me, "handle_cancel", op["id"])

    def op_stop(self, me, op):
        self.loop.stop()
        self.ev(me, "stop")

    def op_reschedule(self, me, op):
        cm = self.timeouts.get(op["timeout"])
        if cm is None:
            return self.skip(me, op, op["timeout"])
        ms = op["ms"]
        cm.reschedule(None if ms is None else self.loop.time() + ms)
        self.ev(me, "reschedule", op["timeout"])

    def op_expired(self, me, op):
        cm = self.timeouts.get(op["timeout"])
        if cm is None:
            return self.skip(me, op, op["timeout"])
        self.ev(me, "expired", op["timeout"], cm.expired(), cm.when())

    def op_add(self, me, op):
        v = self.vars.get(op["var"], 0) + op.get("by", 1)
        self.vars[op["var"]] = v
        self.ev(me, "add", op["var"], v)

    def op_ctx_set(self, me, op):
        self.ctx(op["var"]).set(op["value"])
        self.ev(me, "ctx_set", op["var"])

    def op_ctx_get(self, me, op):
        self.ev(me, "ctx_get", op["var"], self.ctx(op["var"]).get())

    def ctx(self, name):
        v = self.ctxvars.get(name)
        if v is None:
            v = self.ctxvars[name] = contextvars.ContextVar(name, default=None)
        return v

    def op_all_tasks(self, me, op):
        alive = [n for n, t in self.tasks.items() if not t.done()]
        live = _real_all_tasks(self.loop)
        if any(self.tasks[n] not in live for n in alive):
            self.refuse("all_tasks disagrees")
        self.ev(me, "all_tasks", alive)


def enc_value(v):
    """A program's own values are null, integers and strings; a list is a gather's result."""
    if isinstance(v, list):
        return [["err", enc_exc(r)] if isinstance(r, BaseException) else ["ok", enc_value(r)]
                for r in v]
    return v


ASYNC_NAMES = ("sleep yield call await gather shield wait wait_for as_completed timeout "
               "taskgroup try repeat return with acquire event_wait cond_wait "
               "cond_wait_for barrier_wait barrier_reset barrier_abort put get join").split()
ASYNC = {n: getattr(Interp, "op_" + n) for n in ASYNC_NAMES}
SYNC = {n[3:]: getattr(Interp, n) for n in dir(Interp)
        if n.startswith("op_") and n[3:] not in ASYNC}


# --------------------------------------------------------------------------------------
# Oracle entry points


def run_program(program, order="creation", timers="fifo", impl="c", ran=None):
    it = Interp(program, order, timers, impl)
    try:
        r = it.execute()
        if ran is not None:
            ran.update(it.ran)
        return r
    finally:
        it.dead = True
        for t in it.keep:
            asyncio.tasks._unregister_task(t)          # or all_tasks() gets slow
            if not t.done():
                GRAVEYARD.append(t)
        try:
            it.loop._ready.clear()
            it.loop._scheduled.clear()
            it.loop._closed = True
        except AttributeError:
            pass


def walk(ops):
    for op in ops:
        yield op
        for key in ("body", "finally", "do"):
            if key in op:
                yield from walk(op[key])
        for h in op.get("except", ()):
            yield from walk(h["body"])


def all_ops(program):
    for body in program["tasks"].values():
        yield from walk(body)
    for body in program.get("routines", {}).values():
        yield from walk(body)
    for step in program.get("steps", ()):
        yield from walk(step.get("do", ()))


def uses(program):
    return sorted({op["op"] for op in all_ops(program)})


def needs_313(program):
    return any(op["op"] == "shutdown" for op in all_ops(program))


def spare_future(task, msg=None):
    """Task.cancel() for a runtime where cancelling an awaiter leaves the future it awaits
    alone (and so its other awaiters); used only to tag programs that depend on it."""
    w = task._fut_waiter
    if task.done() or not getattr(w, "declared", False) or w.done():
        return _py_cancel(task, msg)
    w.remove_done_callback(task._Task__wakeup)
    task._fut_waiter = None
    task._loop.call_soon(task._Task__step)
    return _py_cancel(task, msg)


_py_cancel = asyncio.tasks._PyTask.cancel


def tags_of(program, expected):
    """What a log depends on beyond asyncio's documented order (see FORMAT.md)."""
    tags = []
    try:
        rev = run_program(program, order="reverse")
    except ProgramError:
        rev = None
    if rev is None or rev["log"] != expected["log"] or rev["outcome"] != expected["outcome"]:
        tags.append("set-order")
    asyncio.tasks._PyTask.cancel = spare_future
    try:
        alt = run_program(program, impl="py")
    except ProgramError:
        alt = None
    finally:
        asyncio.tasks._PyTask.cancel = _py_cancel
    if alt is None or alt["log"] != expected["log"] or alt["outcome"] != expected["outcome"]:
        tags.append("future-cancel")
    for op in all_ops(program):
        if op["op"] == "cancel" and "msg" in op or op["op"] == "cancel_future" and "msg" in op:
            tags.append("message")
        if op["op"] == "spawn" and op.get("eager"):
            tags.append("eager")
        if op["op"] in ("ctx_set", "ctx_get"):
            tags.append("context")
        if op["op"] == "raise_cancelled":
            tags.append("raise-cancelled")
        if op["op"] == "wait_for" and op["timeout"] is not None and op["timeout"] <= 0:
            tags.append("wait_for-0")
        if op["op"].startswith("barrier"):
            tags.append("barrier")
        if op["op"] == "as_completed":
            tags.append("as_completed")
    return sorted(set(tags))


def canonical(obj):
    return json.dumps(obj, separators=(",", ":"), ensure_ascii=True)


def render(log):
    out = []
    for t, who, ev in log:
        rest = " ".join(canonical(x) if not isinstance(x, str) else x for x in ev[1:])
        out.append(("%d %s %s %s" % (t, who, ev[0], rest)).rstrip())
    return out


def outcome_lines(r):
    return ["outcome %s %s" % (k, canonical(v)) for k, v in r["outcome"].items()]




def read_jsonl(path):
    with open(path) as f:
        return [json.loads(line) for line in f if line.strip()]


def write_jsonl(path, rows):
    text = "".join(canonical(r) + "\n" for r in rows)
    with open(path, "w") as f:
        f.write(text)
    return hashlib.sha256(text.encode()).hexdigest()





def cmd_verify(a):
    """Run the corpus again on this Python and compare with what is stored."""
    n = skipped = 0
    differ = []
    t0 = time.time()
    for path in a.files:
        for row in read_jsonl(path):
            if QueueShutDown is None and needs_313(row["program"]):
                skipped += 1
                continue
            n += 1
            try:
                e = run_program(row["program"], order=a.order, timers=a.timers, impl=a.impl)
            except ProgramError as err:
                e = {"log": [[0, "@error", [str(err)]]], "outcome": None}
            got = json.loads(canonical(e))
            if got != row["expected"]:
                same_log = got["log"] == row["expected"]["log"]
                differ.append((row["id"], "iters/unretrieved only" if same_log else "log"))
                if a.verbose and not same_log:
                    print_diff(row["id"], row["expected"]["log"], got["log"])
    print("%s: %d run, %d skipped, %d differ, %.1f s" % (PY, n, skipped, len(differ),
                                                        time.time() - t0))
    for i, why in differ:
        print("  differs: %s (%s)" % (i, why))
    return 1 if differ else 0


def print_diff(ident, want, got, context=6):
    a, b = render(want), render(got)
    k = 0
    while k < min(len(a), len(b)) and a[k] == b[k]:
        k += 1
    print("--- %s: first difference at event %d" % (ident, k))
    for line in a[max(0, k - context):k]:
        print("      ", line)
    for line in a[k:k + 3]:
        print("  want ", line)
    for line in b[k:k + 3]:
        print("  got  ", line)


def strip_messages(x):
    if isinstance(x, list):
        if len(x) == 2 and x[0] == "cancelled" and isinstance(x[1], str):
            return ["cancelled"]
        return [strip_messages(y) for y in x]
    return x


def by_task(log):
    out = {}
    for t, who, ev in log:
        out.setdefault(who, []).append([t, ev])
    return out


def cmd_compare(a):
    """Compare another implementation's results (JSONL with id, log, outcome, and if it has
    them iters and unretrieved) with the corpus."""
    got = {}
    for row in read_jsonl(a.actual):
        got[row["id"]] = row
    drop = set(a.without or ())
    total = equal = absent = per_task = 0
    by_area, shown, failed = {}, 0, []
    for row in read_jsonl(a.expected):
        if drop & set(row["tags"]) or (a.area and row["area"] != a.area):
            continue
        total += 1
        area = by_area.setdefault(row["area"], [0, 0])
        area[1] += 1
        act = got.get(row["id"])
        if act is None:
            absent += 1
            failed.append(row["id"])
            continue
        e = row["expected"]
        wl, gl = e["log"], act["log"]
        if not a.messages:
            wl, gl = strip_messages(wl), strip_messages(gl)
        ok = wl == gl and e["outcome"] == act["outcome"] and (
            e["end_ms"] == act.get("end_ms", e["end_ms"]))
        if ok and a.iters:
            ok = e["iters"] == act.get("iters")
        if ok and a.unretrieved:
            ok = sorted(e["unretrieved"]) == sorted(act.get("unretrieved", ()))
        if ok:
            equal += 1
            area[0] += 1
        else:
            failed.append(row["id"])
            if wl != gl and by_task(wl) == by_task(gl):
                per_task += 1
            if shown < a.show:
                shown += 1
                if wl != gl:
                    print_diff(row["id"], wl, gl)
                else:
                    print("--- %s: same log, other outcome / iters / unretrieved" % row["id"])
                    for key in ("outcome", "iters", "unretrieved", "end_ms"):
                        if key in act and e[key] != act[key]:
                            print("  want", key, canonical(e[key]))
                            print("  got ", key, canonical(act[key]))
    for k in sorted(by_area):
        print("%-14s %4d / %d" % (k, *by_area[k]))
    print("equal %d of %d; absent %d; of the rest %d differ only in the order between tasks" % (
        equal, total, absent, per_task))
    if a.list:
        print("\n".join(failed))
    return 0 if equal == total else 1


def cmd_results(a):
    """What an implementation under test must print: one line of results per program."""
    for path in a.files:
        for row in read_jsonl(path):
            print(canonical(dict(id=row["id"], **run_program(
                row["program"], order=a.order, timers=a.timers, impl=a.impl))))
    return 0


def cmd_record(a):
    """Adds to each record what CPython makes of it."""
    for path in a.files:
        for row in read_jsonl(path):
            try:
                expected = run_program(row["program"])
                if "invalid_program" in canonical(expected):
                    raise ProgramError("the program is not defined")
            except KeyboardInterrupt:
                raise
            except BaseException as e:      # cycles of awaiting tasks end in all sorts
                print("%s left out: %s" % (row["id"], e), file=sys.stderr)
                continue
            print(canonical(dict(row, tags=[], expected=expected)))
    return 0


def find(ident):
    for name in ("hand", "random"):
        for row in read_jsonl(os.path.join(HERE, "corpus", name + ".jsonl")):
            if row["id"] == ident:
                return row
    raise SystemExit("no %s in the corpus" % ident)


def show_ops(ops, pad, out):
    for op in ops:
        rest = {k: v for k, v in op.items() if k not in ("op", "body", "except", "finally", "do")}
        out.append(pad + op["op"] + " " + " ".join("%s=%s" % (k, canonical(v))
                                                   for k, v in rest.items()))
        if op.get("do"):
            show_ops(op["do"], pad + "  > ", out)
        if "body" in op:
            show_ops(op["body"], pad + "    ", out)
        for h in op.get("except", ()):
            out.append(pad + "except %s then %s" % ("|".join(h["catch"]), h.get("then")))
            show_ops(h["body"], pad + "    ", out)
        if "finally" in op:
            out.append(pad + "finally")
            show_ops(op["finally"], pad + "    ", out)


def cmd_show(a):
    for ident in a.ids:
        row = find(ident)
        p, e = row["program"], row["expected"]
        print("== %s [%s] %s" % (ident, " ".join(row["tags"]), row.get("about", "")))
        if p.get("mode"):
            print("mode", p["mode"], canonical(p.get("steps", "")))
        for k, v in p.get("objects", {}).items():
            print("object", k, canonical(v))
        for kind in ("tasks", "routines"):
            for name, body in p.get(kind, {}).items():
                out = []
                show_ops(body, "    ", out)
                print("%s %s:" % (kind[:-1], name))
                print("\n".join(out))
        for line, i in zip(render(e["log"]), e["iters"]):
            print("%6d  %s" % (i, line))
        print("\n".join(outcome_lines(e)))
        print("unretrieved", e["unretrieved"])
    return 0


def cmd_run(a):
    if os.path.exists(a.program):
        with open(a.program) as f:
            p = json.load(f)
        p = p.get("program", p)
    else:
        p = find(a.program)["program"]
    r = run_program(p, order=a.order, timers=a.timers, impl=a.impl)
    for line in r["log"]:
        print(canonical(line))
    print(canonical({k: r[k] for k in ("outcome", "unretrieved", "end_ms")}))
    return 0





def main():
    ap = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    sub = ap.add_subparsers(dest="cmd", required=True)

    def variants(c):
        c.add_argument("--order", default="creation", choices=("creation", "reverse", "stock"))
        c.add_argument("--timers", default="fifo", choices=("fifo", "stock"))
        c.add_argument("--impl", default="c", choices=("c", "py"))
    c = sub.add_parser("run", help="run one program (a file, or an id of the corpus)")
    c.add_argument("program")
    variants(c)
    c.set_defaults(f=cmd_run)
    c = sub.add_parser("show", help="print a program and its expected log readably")
    c.add_argument("ids", nargs="+")
    c.set_defaults(f=cmd_show)
    c = sub.add_parser("verify", help="run the corpus again and compare")
    c.add_argument("files", nargs="+")
    c.add_argument("-v", "--verbose", action="store_true")
    variants(c)
    c.set_defaults(f=cmd_verify)
    c = sub.add_parser("results", help="run the corpus and print results for compare")
    c.add_argument("files", nargs="+")
    variants(c)
    c.set_defaults(f=cmd_results)
    c = sub.add_parser("record", help="add what CPython makes of them to records")
    c.add_argument("files", nargs="+")
    c.set_defaults(f=cmd_record)
    c = sub.add_parser("compare", help="compare another implementation's results")
    c.add_argument("expected")
    c.add_argument("actual")
    c.add_argument("--iters", action="store_true", help="loop iteration numbers too")
    c.add_argument("--unretrieved", action="store_true")
    c.add_argument("--messages", action="store_true", help="cancel messages too")
    c.add_argument("--without", nargs="*", metavar="TAG", help="leave out these tags")
    c.add_argument("--area")
    c.add_argument("--show", type=int, default=5, help="print the first N differences")
    c.add_argument("--list", action="store_true", help="list the ids that differ")
    c.set_defaults(f=cmd_compare)
    a = ap.parse_args()
    gc.disable()
    rc = a.f(a)
    sys.stdout.flush()
    os._exit(rc)     # unfinished coroutines are left as they are


if __name__ == "__main__":
    main()
