//! Clocks, process statistics, and the JSON line every measurement prints.

use std::time::Duration;

fn clock_ns(clock: libc::clockid_t) -> u64 {
    let mut ts = libc::timespec {
        tv_sec: 0,
        tv_nsec: 0,
    };
    // SAFETY: `ts` is a valid out pointer for the call.
    let rc = unsafe { libc::clock_gettime(clock, &mut ts) };
    assert_eq!(rc, 0, "clock_gettime({clock})");
    ts.tv_sec as u64 * 1_000_000_000 + ts.tv_nsec as u64
}

pub fn wall_ns() -> u64 {
    clock_ns(libc::CLOCK_MONOTONIC)
}

/// CPU time of the whole process, helper threads included.
pub fn cpu_ns() -> u64 {
    clock_ns(libc::CLOCK_PROCESS_CPUTIME_ID)
}

pub fn thread_cpu_ns() -> u64 {
    clock_ns(libc::CLOCK_THREAD_CPUTIME_ID)
}

/// CPU time of another process (all its threads), in nanoseconds.
pub fn cpu_ns_of(pid: i32) -> u64 {
    let mut clock = 0;
    // SAFETY: `clock` is a valid out pointer for the call.
    let rc = unsafe { libc::clock_getcpuclockid(pid, &mut clock) };
    assert_eq!(rc, 0, "clock_getcpuclockid({pid})");
    clock_ns(clock)
}

/// Resident set of a process in bytes.
pub fn rss_of(pid: i32) -> u64 {
    let statm = std::fs::read_to_string(format!("/proc/{pid}/statm")).expect("read statm");
    let pages: u64 = statm
        .split(' ')
        .nth(1)
        .and_then(|s| s.parse().ok())
        .expect("statm rss");
    pages * 4096
}

pub fn rss() -> u64 {
    rss_of(std::process::id() as i32)
}

/// Pins the calling thread. Threads it spawns later inherit the mask.
pub fn pin(core: usize) {
    // SAFETY: `set` is initialised by CPU_ZERO/CPU_SET before use.
    unsafe {
        let mut set: libc::cpu_set_t = std::mem::zeroed();
        libc::CPU_SET(core, &mut set);
        libc::sched_setaffinity(0, std::mem::size_of_val(&set), &set);
    }
}

/// xorshift64*, the same sequence for every runtime.
pub struct Rng(u64);

impl Rng {
    pub fn new() -> Self {
        Rng(0x9E37_79B9_7F4A_7C15)
    }

    pub fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_F491_4F6C_DD1D)
    }

    pub fn below(&mut self, n: u64) -> u64 {
        ((self.next() >> 32) * n) >> 32
    }

    /// Uniform in 1 µs ..= `max`.
    pub fn duration(&mut self, max: Duration) -> Duration {
        Duration::from_micros(1 + self.below(max.as_micros() as u64))
    }
}

/// What a workload measured.
pub struct Report {
    pub n: u64,
    pub wall_ns: u64,
    pub cpu_ns: u64,
    pub extra: Vec<(&'static str, f64)>,
}

impl Report {
    pub fn with(mut self, key: &'static str, value: f64) -> Self {
        self.extra.push((key, value));
        self
    }

    /// Adds how late timers were, in nanoseconds each.
    pub fn with_lateness(self, mut late: Vec<u64>) -> Self {
        assert_eq!(late.len() as u64, self.n, "timers that fired");
        late.sort_unstable();
        self.with("late_us_p50", percentile(&late, 0.50) / 1e3)
            .with("late_us_p99", percentile(&late, 0.99) / 1e3)
    }

    pub fn print(&self, workload: &str, runtime: &str, size: u64) {
        let n = self.n.max(1) as f64;
        let mut line = format!(
            "{{\"workload\":\"{workload}\",\"runtime\":\"{runtime}\",\"n\":{},\"size\":{size},\"ns_per_op\":{:.3},\"cpu_ns_per_op\":{:.3}",
            self.n,
            self.wall_ns as f64 / n,
            self.cpu_ns as f64 / n,
        );
        for (key, value) in &self.extra {
            line.push_str(&format!(",\"{key}\":{value:.3}"));
        }
        println!("{line}}}");
    }
}

/// Wall and process CPU time from `start` to `stop`.
pub struct Stopwatch {
    wall: u64,
    cpu: u64,
}

impl Stopwatch {
    pub fn start() -> Self {
        Stopwatch {
            cpu: cpu_ns(),
            wall: wall_ns(),
        }
    }

    pub fn stop(self, n: u64) -> Report {
        let wall_ns = wall_ns() - self.wall;
        let cpu_ns = cpu_ns() - self.cpu;
        Report {
            n,
            wall_ns,
            cpu_ns,
            extra: Vec::new(),
        }
    }
}

/// The `p`-th percentile (0..=1) of a sorted slice.
pub fn percentile(sorted: &[u64], p: f64) -> f64 {
    if sorted.is_empty() {
        return 0.0;
    }
    sorted[((sorted.len() - 1) as f64 * p) as usize] as f64
}
