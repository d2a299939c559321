#!/usr/bin/env python3
"""Measures final-runtime beside its peers. Linux; needs valgrind and strace.

    bench.py instructions    user instructions an operation, by callgrind
    bench.py syscalls        system calls an operation, by strace
    bench.py seconds         CPU time an operation, in rounds that alternate
    bench.py memory          resident bytes of an idle task and an idle connection
    bench.py scale           CPU time with a million tasks, and over that with a thousand
    bench.py minimal         the least program: crates, size, clean build
    bench.py tcp             instructions, syscalls and seconds of the TCP workloads
    bench.py step            what repeats of these, of final-runtime alone: --into steps/NN-NAME.json
    bench.py profile         which functions the instructions go to
    bench.py smoke           every workload once, small: do they count right?
    bench.py table [FILE..]  the table of targets (default: what steps/ holds)
    bench.py steps           the instructions of every step, side by side

--only RUNTIME,..  --workload WORKLOAD,..  --rounds N  --into FILE (where the figures go);
more with --help.
"""

import argparse
import collections
import json
import os
import re
import subprocess
import sys
import time
from pathlib import Path

import table

HERE = Path(__file__).resolve().parent
OURS = "final_rt"
YARDSTICKS = ["floor", "mini"]
PEERS = ["tokio", "smol", "monoio", "compio", "glommio", "localpool"]
RUNTIMES = [*YARDSTICKS, OURS, *PEERS]
# Where a workload is not for all: hyper has no adapter, or the runtime panics or hangs at the workload's size.
ONLY_ON = {
    "http": [OURS, "tokio", "smol"],
    "timer_cancel": [x for x in RUNTIMES if x != "glommio"],
    "thread_wake": [x for x in RUNTIMES if x != "glommio"],
}

# Operations for `seconds` (some half a second of the slowest), size, and two counts whose difference is measured by
# tools that count: start-up drops out.
SCHEDULING = {
    "spawn_join": (1_000_000, 0, 20_000, 60_000),
    "yield_rr": (4_000_000, 1000, 40_000, 120_000),
    "yield_one": (2_000_000, 0, 20_000, 60_000),
    "ping_pong": (1_000_000, 0, 10_000, 30_000),
    "wake_one_of": (1_000_000, 1000, 10_000, 30_000),
    "chained_spawn": (1_000_000, 0, 20_000, 60_000),
    "deep_join": (500_000, 1000, 10_000, 30_000),
    "timer_timeout": (500_000, 1000, 10_000, 30_000),
    "block_on": (300_000, 0, 10_000, 30_000),
    "rt_new": (2_000, 0, 200, 600),
}
# What depends on the clock or on another thread: an instruction count would say nothing.
TIMED = {
    "timer_cancel": (1_000_000, 0),
    "timer_fire": (100_000, 0),
    "thread_wake": (1_000_000, 0),
}
# Connections, and two counts of operations.
TCP = {
    "echo": (50, 5_000, 15_000),
    "http": (50, 2_000, 6_000),
    "accept": (16, 1_600, 4_800),
}
# Operations at a thousand and at a million; connections that are idle for echo.
SCALE = {"yield_rr": 3_000_000, "wake_one_of": 500_000, "timer_timeout": 300_000}
IDLE = 8_000
MEMORY = ["mem_task", "mem_conn"]


def chosen(args, workloads):
    """The workloads of these that were asked for, each with its runtimes."""
    for workload in workloads:
        if not args.workload or workload in args.workload:
            runtimes = ONLY_ON.get(workload, RUNTIMES)
            yield workload, [r for r in runtimes if r in (args.only or RUNTIMES)]


def build(args):
    """The program; without the peers, which take minutes, where none is asked for."""
    own = args.only and not set(args.only) & set(PEERS)
    target = HERE / "target" / ("own" if own else "peers")
    flags = ["--no-default-features", "--features", "harness"] if own else []
    cargo = ["cargo", "build", "--release", "--quiet", "--locked", "--target-dir", target, *flags]
    subprocess.run(cargo, cwd=HERE, check=True)
    return target / "release" / "peers"


def execute(command, timeout=180):
    """Its output and messages; `None` if the runtime does not have the workload, or fails at it."""
    command = [str(word) for word in command]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=timeout)
    except subprocess.TimeoutExpired:
        print("no end within", timeout, "s:", *command, file=sys.stderr)
        return None
    if done.returncode:
        if done.returncode != 3:
            print("failed:", *command, "\n", done.stderr[:400], file=sys.stderr)
        return None
    return done


def measured(command):
    """The line that a measurement prints."""
    done = execute(command, timeout=60)
    return done and json.loads(done.stdout.splitlines()[-1])


def slope(totals, low, high):
    """What an operation adds; a difference below nothing is noise about nothing."""
    return None if None in totals else max(totals[1] - totals[0], 0) / (high - low)


def instructions(args, peers):
    for workload, runtimes in chosen(args, [*SCHEDULING, *TCP]):
        for runtime in runtimes:
            figure = (scheduling if workload in SCHEDULING else server)(peers, runtime, workload, callgrind)
            args.keep("instructions", workload, runtime, figure)


def syscalls(args, peers):
    for workload, runtimes in chosen(args, [*SCHEDULING, "thread_wake", *TCP]):
        for runtime in runtimes:
            figure = (server if workload in TCP else scheduling)(peers, runtime, workload, strace)
            args.keep("syscalls", workload, runtime, figure)


def scheduling(peers, runtime, workload, tool):
    _, size, low, high = SCHEDULING.get(workload, (0, 0, 20_000, 60_000))
    totals = [tool(n, [peers, "run", runtime, workload, n, size]) for n in (low, high)]
    # Most workloads warm up by a tenth.
    warm = 1 if workload in ("rt_new", "thread_wake") else 1.1
    per_operation = slope(totals, low, high)
    return per_operation and per_operation / warm


def server(peers, runtime, workload, tool):
    if runtime in ("mini", "localpool"):
        return None
    if tool is callgrind and runtime == "glommio":
        return None  # valgrind 3.19 does not come back from a server that waits at an io_uring.
    connections, low, high = TCP[workload]
    load = [peers, "load", workload, runtime, connections, 0]
    return slope([tool(n, load, server=True) for n in (low, high)], low, high)


def callgrind(n, command, server=False, out="/dev/null"):
    """Instructions of a run; of the server under load, where there is one."""
    log = HERE / "target" / f"callgrind.{os.getpid()}.log"
    tool = ["valgrind", "--tool=callgrind", f"--callgrind-out-file={out}", f"--log-file={log}"]
    command = [*command, f"n={n}", *tool] if server else [*tool, *command]
    found = execute(command) and re.search(r"Collected : (\d+)", log.read_text())
    log.unlink(missing_ok=True)
    return int(found[1]) if found else None


def strace(n, command, server=False):
    """System calls of a run, of all its threads."""
    log = HERE / "target" / f"strace.{os.getpid()}.log"
    tool = ["strace", "--follow-forks", "--summary-only", "--output", log]
    command = [*command, f"n={n}", *tool] if server else [*tool, *command]
    found = execute(command) and re.search(r"\s(\d+)\s+(?:\d+\s+)?total$", log.read_text(), re.MULTILINE)
    log.unlink(missing_ok=True)
    return int(found[1]) if found else None


def seconds(args, peers):
    """One run of every runtime, then the next round: what disturbs one disturbs its neighbours too."""
    for workload, runtimes in chosen(args, [*SCHEDULING, *TIMED, *TCP]):
        for round in range(args.rounds):
            for runtime in runtimes:
                if workload in TCP:
                    line = measured([peers, "load", workload, runtime, TCP[workload][0], 0, args.seconds])
                else:
                    n, size = {**SCHEDULING, **TIMED}[workload][:2]
                    line = measured([peers, "run", runtime, workload, n, size])
                line = line or {}
                args.keep_round("cpu_ns", workload, runtime, round, line.get("cpu_ns_per_op"))
                for key in ("late_us_p50", "late_us_p99"):
                    if key in line:
                        args.keep_round(key, workload, runtime, round, line[key])


def memory(args, peers):
    for workload, runtimes in chosen(args, MEMORY):
        for runtime in runtimes:
            if workload == "mem_task":
                line = measured([peers, "run", runtime, workload, 1_000_000, 0])
            else:
                line = measured([peers, "load", workload, runtime, IDLE, 0, 0])
            args.keep("bytes", workload, runtime, line and line["bytes"])


def scale(args, peers):
    for workload, runtimes in chosen(args, [*SCALE, "echo"]):
        for round in range(args.rounds):
            for runtime in runtimes:
                if workload == "echo":
                    pair = [[peers, "load", "echo", runtime, 10, idle, args.seconds] for idle in (0, IDLE)]
                else:
                    n = SCALE[workload]
                    pair = [[peers, "run", runtime, workload, max(n, size), size] for size in (1_000, 1_000_000)]
                few, many = (measured(command) for command in pair)
                growth = many["cpu_ns_per_op"] / few["cpu_ns_per_op"] if few and many else None
                args.keep_round("growth", workload, runtime, round, growth)
                args.keep_round("cpu_ns_many", workload, runtime, round, many and many["cpu_ns_per_op"])


def minimal(args, _):
    for name in ["floor", OURS, *PEERS]:
        if args.only and name not in args.only:
            continue
        flags = ["--no-default-features", "--features", f"rt-{name.removesuffix('_rt')}"]
        target = HERE / "target" / "minimal" / name
        subprocess.run(["rm", "-rf", target], check=True)
        cargo = ["cargo", "build", "--locked", "--profile", "minimal", "--bin", "hello", "--target-dir", target, *flags]
        start = time.time()
        subprocess.run(cargo, cwd=HERE, check=True, capture_output=True)
        args.keep("build_s", "hello", name, time.time() - start)
        binary = target / "minimal" / "hello"
        args.keep("kib", "hello", name, binary.stat().st_size / 1024)
        tree = ["cargo", "tree", "--locked", "--edges", "normal", "--prefix", "none", "--no-dedupe", *flags]
        crates = subprocess.run(tree, cwd=HERE, check=True, capture_output=True, text=True).stdout
        # All but this package.
        args.keep("crates", "hello", name, len({x.split()[0] for x in crates.splitlines() if x.strip()}) - 1)


def tcp(args, peers):
    args.workload = args.workload or list(TCP)
    instructions(args, peers)
    syscalls(args, peers)
    seconds(args, peers)


def step(args, peers):
    for command in (instructions, syscalls, memory, minimal):
        command(args, peers)


def profile(args, peers):
    """The functions that take most, themselves without what they call; start-up is in it, spread over the operations."""
    out = HERE / "target" / f"callgrind.{os.getpid()}.out"
    for workload, runtimes in chosen(args, [*SCHEDULING, *TCP]):
        for runtime in runtimes:
            if workload in TCP:
                connections, _, n = TCP[workload]
                command, operations = [peers, "load", workload, runtime, connections, 0], n
            else:
                _, size, _, n = SCHEDULING[workload]
                command, operations = [peers, "run", runtime, workload, n, size], 1.1 * n
            if not callgrind(n, command, server=workload in TCP, out=out):
                continue
            annotate = ["callgrind_annotate", "--auto=no", "--threshold=100", str(out)]
            text = subprocess.run(annotate, capture_output=True, text=True, check=True).stdout
            out.unlink()
            # A function has a line for each file that a part of it was inlined from.
            functions = collections.Counter()
            for count, name in re.findall(r"^ *([\d,]+) \( *[\d.]+%\)  [^\s:]*:(.*?)(?: \[\S*\])?$", text, re.MULTILINE):
                functions[name] += int(count.replace(",", "")) / operations
            print(f"== {workload} on {runtime}: instructions an operation, {functions.total():.0f}")
            for name, count in functions.most_common(args.lines):
                print(f"{count:8.1f}  {name}")


def smoke(args, peers):
    failed = []
    for workload, runtimes in chosen(args, [*SCHEDULING, *TIMED, "mem_task", *TCP, "mem_conn"]):
        for runtime in runtimes:
            if workload in (*TCP, "mem_conn"):
                if runtime in ("mini", "localpool"):
                    continue
                command = [peers, "load", workload, runtime, 20, 5, 0.2]
            else:
                command = [peers, "run", runtime, workload, 200 if workload == "rt_new" else 5_000, 100]
            done = subprocess.run([str(x) for x in command], capture_output=True, text=True, timeout=60)
            # 3: a runtime does not have the workload. Ours has them all.
            if done.returncode not in ((0,) if runtime == OURS else (0, 3)):
                failed.append(f"{runtime} {workload}: {done.stderr}")
    sys.exit("\n".join(failed) or 0)


class Results:
    """Figures by kind, workload and runtime, in a file: commands add to what it holds."""

    def __init__(self, path):
        self.path = path
        self.all = json.loads(path.read_text()) if path.exists() else {}
        self.fresh = set()

    def keep(self, kind, workload, runtime, figure):
        if figure is not None:
            figure = round(figure, 3) or 0
            self.all.setdefault(kind, {}).setdefault(workload, {})[runtime] = figure
            print(f"{kind} {workload} {runtime} {figure:.6g}", flush=True)
            self.write()

    def keep_round(self, kind, workload, runtime, round, figure):
        """A workload's rounds belong together: new ones replace all of them."""
        if (kind, workload) not in self.fresh:
            self.fresh.add((kind, workload))
            self.all.setdefault(kind, {})[workload] = {}
        rounds = self.all[kind][workload].setdefault(runtime, [])
        rounds.append(figure and float(f"{figure:.5g}"))
        if figure is not None:
            print(f"{kind} {workload} {runtime} {figure:.6g} (round {round + 1})", flush=True)
        self.write()

    def write(self):
        self.all["machine"] = machine()
        self.path.parent.mkdir(parents=True, exist_ok=True)
        # A line for each workload: a step's file is read by people too. A peer without a figure is left out; our own
        # rounds say that they failed.
        kinds = []
        for kind, workloads in self.all.items():
            lines = []
            for name, figures in workloads.items():
                if isinstance(figures, dict):
                    figures = {r: f for r, f in figures.items() if r == OURS or table.middle(f) is not None}
                lines.append(f"    {json.dumps(name)}: {json.dumps(figures)}")
            kinds.append(f"  {json.dumps(kind)}: {{\n" + ",\n".join(lines) + "\n  }")
        self.path.write_text("{\n" + ",\n".join(kinds) + "\n}\n")


def machine():
    def says(*command):
        return subprocess.run(command, cwd=HERE, capture_output=True, text=True).stdout.strip()

    processor = re.search(r"model name\s*: (.*)", Path("/proc/cpuinfo").read_text())
    source = ["--", "../../final-runtime/src"]
    changed = "+" if says("git", "status", "--porcelain", *source) else ""
    family = re.search(r"cpu family\s*: (.*)", Path("/proc/cpuinfo").read_text())
    return {
        "processor": f"{processor[1]}, family {family[1]}",
        "cores": os.cpu_count(),
        "kernel": re.match(r"[\d.]+", os.uname().release)[0].rstrip("."),
        "rustc": says("rustc", "--version"),
        "valgrind": says("valgrind", "--version"),
        # With a plus where what was measured is not committed.
        "commit": says("git", "log", "-1", "--format=%h", *source) + changed,
    }


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = [instructions, syscalls, seconds, memory, scale, minimal, tcp, step, profile, smoke]
    by_name = {command.__name__: command for command in commands}
    words = lambda known: lambda text: [known[known.index(word)] for word in text.split(",")]
    parser.add_argument("command", choices=[*by_name, "table", "steps"], metavar="COMMAND")
    parser.add_argument("files", nargs="*", type=Path, metavar="FILE")
    parser.add_argument("--only", type=words(RUNTIMES))
    parser.add_argument("--workload", type=words([*SCHEDULING, *TIMED, *TCP, *MEMORY]))
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=1.0, help="a run under load")
    parser.add_argument("--lines", type=int, default=20, help="of a profile")
    parser.add_argument("--into", type=Path, default=HERE / "target" / "results.json")
    args = parser.parse_args()
    steps = sorted(HERE.glob("steps/[0-9]*.json"))
    if args.command == "table":
        table.targets(args.files or [HERE / "steps" / "peers.json", *steps[-1:]])
    elif args.command == "steps":
        table.steps(steps)
    else:
        results = Results(args.into)
        args.keep, args.keep_round = results.keep, results.keep_round
        command = by_name[args.command]
        args.only = args.only or ([OURS] if command is step else None)
        command(args, None if command is minimal else build(args))


if __name__ == "__main__":
    main()
