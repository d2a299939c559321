"""The tables: the targets with what was measured beside them, and the steps."""

import json
import statistics
from pathlib import Path

OURS = "final_rt"
YARDSTICKS = ("floor", "mini")

# What it is, its unit, where its figure stands, and the target: a number, or a share of a peer's figure.
ROWS = [
    ("spawn, run, join", "instructions", "spawn_join", 300),
    ("1,000 tasks yield round robin", "instructions", "yield_rr", 120),
    ("one task yields", "instructions", "yield_one", 130),
    ("ping-pong over a channel", "instructions", "ping_pong", 500),
    ("wake one of 1,000 idle tasks", "instructions", "wake_one_of", 350),
    ("chain: each task spawns the next", "instructions", "chained_spawn", 320),
    ("deep join: each task awaits the next", "instructions", "deep_join", 500),
    ("a timeout armed and called off", "instructions", "timer_timeout", 300),
    ("empty run on an existing loop", "instructions", "block_on", 60),
    ("TCP echo, 50 connections, a request", "instructions", "echo", 600),
    # A read and a write, and the share of a wait that serves many.
    ("TCP echo, a request", "syscalls", "echo", 2.05),
    ("TCP, accept to close", "syscalls", "accept", ("tokio", 1.0)),
    ("an idle task", "bytes", "mem_task", 88),
    ("an idle connection with its task", "bytes", "mem_conn", 300),
    ("new loop, run, drop", "cpu_ns", "rt_new", 4000),
    ("1 M sleeps, 90 % dropped, a sleep", "cpu_ns", "timer_cancel", ("tokio", 0.5)),
    ("100 k sleeps that fire, a sleep", "cpu_ns", "timer_fire", ("tokio", 0.4)),
    ("… how late, median", "late_us_p50", "timer_fire", 1000),
    ("… how late, 99th percentile", "late_us_p99", "timer_fire", ("tokio", 1.0)),
    ("a wake from another thread, both sides", "cpu_ns", "thread_wake", ("best", 1.0)),
    ("a wake from another thread", "syscalls", "thread_wake", 0.01),
    ("TCP echo, 50 connections, a request", "cpu_ns", "echo", ("tokio", 0.97)),
    ("TCP, accept to close", "cpu_ns", "accept", ("best", 0.95)),
    ("hyper's hello, 50 connections, a request", "cpu_ns", "http", ("tokio", 0.97)),
    ("yields among 1 M tasks", "cpu_ns_many", "yield_rr", ("best", 1.0)),
    ("… over those among 1 k", "growth", "yield_rr", ("best", 1.0)),
    ("a wake among 1 M tasks", "cpu_ns_many", "wake_one_of", ("best", 1.0)),
    ("… over one among 1 k", "growth", "wake_one_of", ("best", 1.0)),
    ("a timeout among 1 M timers", "cpu_ns_many", "timer_timeout", ("best", 1.0)),
    ("… over one among 1 k", "growth", "timer_timeout", ("best", 1.0)),
    ("echo beside 8,000 idle connections", "cpu_ns_many", "echo", ("best", 1.0)),
    ("… over echo beside none", "growth", "echo", ("best", 1.0)),
    ("default tree of the least program", "crates", "hello", 8),
    ("least program, stripped", "kib", "hello", 380),
    ("least program, clean build", "build_s", "hello", 5),
]
UNITS = {
    "bytes": "B", "build_s": "s", "cpu_ns": "CPU ns", "cpu_ns_many": "CPU ns", "growth": "×", "kib": "KiB", "late_us_p50": "µs",
    "late_us_p99": "µs", "syscalls": "system calls",
}  # fmt: skip


def merged(paths):
    """The figures of several files, the later before the earlier; rounds stay with those that they alternated with."""
    figures = {}
    for path in paths:
        for kind, workloads in json.loads(Path(path).read_text()).items():
            if kind == "machine":
                continue
            for workload, new in workloads.items():
                old = figures.setdefault(kind, {}).setdefault(workload, {})
                if any(isinstance(figure, list) for figure in new.values()):
                    old.clear()
                old.update(new)
    return figures


def middle(figure):
    """The median of the rounds."""
    if isinstance(figure, list):
        figure = [x for x in figure if x is not None]
        return statistics.median(figure) if figure else None
    return figure


def ratios(ours, theirs):
    """Ours over theirs, round by round where there are rounds."""
    if not isinstance(ours, list):
        return [ours / theirs] if theirs else []
    return [a / b for a, b in zip(ours, theirs) if a and b]


def plain(value):
    if value is None:
        return ""
    if abs(value) < 0.01:
        return "0"
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"


def spread(values):
    """The median, with the least and the greatest."""
    around = f" ({min(values):.2f} to {max(values):.2f})" if len(values) > 1 else ""
    return f"{statistics.median(values):.2f}{around}"


def row(figures, what, unit, workload, target):
    cells = figures.get(unit, {}).get(workload, {})
    middles = {runtime: middle(figure) for runtime, figure in cells.items()}
    peers = {r: m for r, m in middles.items() if m is not None and r not in (OURS, *YARDSTICKS)}
    best = min(peers, key=peers.get) if peers else None
    ours = middles.get(OURS)

    against, share = target if isinstance(target, tuple) else ("best", None)
    limit = plain(target) if share is None else f"{share:g} × {against}"
    against = best if against == "best" else against
    rounds = ratios(cells[OURS], cells[against]) if ours is not None and against in peers else []
    if ours is None:
        met = "**no**, it did not end" if OURS in cells else "not measured"
    elif share is None:
        met = "yes" if ours <= target else "**no**"
    else:
        met = "yes" if rounds and statistics.median(rounds) <= share else "**no**"

    return [
        f"{what}; {UNITS.get(unit, unit)}",
        *(plain(middles.get(r)) for r in YARDSTICKS),
        f"{best} {plain(peers[best])}" if best else "",
        plain(peers.get("tokio")),
        f"≤ {limit}",
        plain(ours),
        f"{spread(rounds)} × {against}" if rounds else "",
        met,
    ]


def print_table(head, rows):
    print("| " + " | ".join(head) + " |")
    print("|---" * len(head) + "|")
    for cells in rows:
        print("| " + " | ".join(cells) + " |")


def targets(paths):
    figures = merged(paths)
    head = ["per operation", "floor", "mini", "best peer", "tokio", "target", "ours", "ratio", "met"]
    print_table(head, [row(figures, *spec) for spec in ROWS])


def steps(paths):
    files = [json.loads(path.read_text()) for path in paths]
    rows = []
    for what, unit, workload, target in ROWS:
        if unit in ("instructions", "syscalls", "bytes"):
            cells = [file.get(unit, {}).get(workload, {}).get(OURS) for file in files]
            limit = plain(target) if not isinstance(target, tuple) else ""
            rows.append([f"{what}; {UNITS.get(unit, unit)}", *map(plain, cells), limit])
    # A step's number is that of its file: the names of ten would make the table too wide to read.
    numbers = [f"{int(path.stem.split('-')[0])}" for path in paths]
    print_table(["per operation", *numbers, "target"], rows)
