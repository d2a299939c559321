//! The list, the heap, a tree and the wheel under the two loads of a server's timers. Before each sleep a loop asks when to
//! wake, so the loads ask too; *exact* is the wheel that is asked for the deadline itself.
//!
//! `cargo bench -p chapter-06` measures them and writes `benches/timers.toml`, from which the chapter's chart is drawn.

use std::collections::BTreeMap;
use std::env;
use std::fmt::Write;
use std::fs;
use std::hint::black_box;
use std::path::Path;
use std::process::Command;
use std::sync::LazyLock;
use std::thread;
use std::time::{Duration, Instant};

use chapter_06::heap::{Heap, Receipt};
use chapter_06::list::{self, List};
use chapter_06::wheel::{self, Wheel};
use criterion::measurement::{Measurement, ValueFormatter, WallTime};
use criterion::{BenchmarkId, Criterion, SamplingMode};

/// How many timers are armed at any moment.
const ARMED: [u64; 4] = [100, 1_000, 10_000, 100_000];
const KINDS: [&str; 5] = ["list", "heap", "tree", "exact", "wheel"];
const LOADS: [(&str, &str); 2] = [
    ("answered", "armed and cancelled"),
    ("due", "armed and due"),
];
const LIMIT: Duration = Duration::from_secs(30);

/// The time for which this thread had a processor: what other programs take away does not count.
struct CpuTime;

impl Measurement for CpuTime {
    type Intermediate = Duration;
    type Value = Duration;
    fn start(&self) -> Duration {
        had_a_processor()
    }
    fn end(&self, start: Duration) -> Duration {
        had_a_processor() - start
    }
    fn add(&self, one: &Duration, other: &Duration) -> Duration {
        *one + *other
    }
    fn zero(&self) -> Duration {
        Duration::ZERO
    }
    fn to_f64(&self, time: &Duration) -> f64 {
        WallTime.to_f64(time)
    }
    fn formatter(&self) -> &dyn ValueFormatter {
        const LIKE_WALL_TIME: &WallTime = &WallTime;
        LIKE_WALL_TIME.formatter()
    }
}

/// Linux tells it, in steps of some milliseconds. Elsewhere, the time that has passed.
fn had_a_processor() -> Duration {
    static START: LazyLock<Instant> = LazyLock::new(Instant::now);
    let told = fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
    match told.split(' ').next().unwrap_or_default().parse() {
        Ok(nanoseconds) => Duration::from_nanos(nanoseconds),
        Err(_) => START.elapsed(),
    }
}

/// What the loads ask for.
trait Timers: Default {
    type Key;
    fn insert(&mut self, due: Duration) -> Self::Key;
    fn cancel(&mut self, key: Self::Key);
    /// What a loop asks before it sleeps.
    fn wake_at(&mut self) -> Option<Duration>;
    fn take_due(&mut self, now: Duration) -> usize;
}

impl Timers for List<u64> {
    type Key = list::Key;
    fn insert(&mut self, due: Duration) -> list::Key {
        self.insert(due, 0)
    }
    fn cancel(&mut self, key: list::Key) {
        self.cancel(key);
    }
    fn wake_at(&mut self) -> Option<Duration> {
        self.next()
    }
    fn take_due(&mut self, now: Duration) -> usize {
        self.take_due(now).len()
    }
}

impl Timers for Heap<u64> {
    type Key = Receipt<u64>;
    fn insert(&mut self, due: Duration) -> Receipt<u64> {
        self.insert(due, 0)
    }
    fn cancel(&mut self, receipt: Receipt<u64>) {
        self.cancel(&receipt);
    }
    fn wake_at(&mut self) -> Option<Duration> {
        self.prune();
        self.next()
    }
    fn take_due(&mut self, now: Duration) -> usize {
        self.take_due(now).len()
    }
}

impl Timers for Wheel<u64> {
    type Key = wheel::Key;
    fn insert(&mut self, due: Duration) -> wheel::Key {
        self.insert(due, 0)
    }
    fn cancel(&mut self, key: wheel::Key) {
        self.cancel(key);
    }
    fn wake_at(&mut self) -> Option<Duration> {
        (*self).wake_at()
    }
    fn take_due(&mut self, now: Duration) -> usize {
        self.take_due(now).len()
    }
}

/// The wheel, asked for the exact deadline before each sleep.
#[derive(Default)]
struct Exact(Wheel<u64>);

impl Timers for Exact {
    type Key = wheel::Key;
    fn insert(&mut self, due: Duration) -> wheel::Key {
        self.0.insert(due, 0)
    }
    fn cancel(&mut self, key: wheel::Key) {
        self.0.cancel(key);
    }
    fn wake_at(&mut self) -> Option<Duration> {
        self.0.next()
    }
    fn take_due(&mut self, now: Duration) -> usize {
        self.0.take_due(now).len()
    }
}

/// A balanced tree, from std.
#[derive(Default)]
struct Tree {
    timers: BTreeMap<(Duration, u64), u64>,
    sequence: u64,
}

impl Timers for Tree {
    type Key = (Duration, u64);
    fn insert(&mut self, due: Duration) -> (Duration, u64) {
        self.sequence += 1;
        self.timers.insert((due, self.sequence), 0);
        (due, self.sequence)
    }
    fn cancel(&mut self, key: (Duration, u64)) {
        self.timers.remove(&key);
    }
    fn wake_at(&mut self) -> Option<Duration> {
        let (first, _) = self.timers.first_key_value()?;
        Some(first.0)
    }
    fn take_due(&mut self, now: Duration) -> usize {
        let mut due = 0;
        while let Some(first) = self.timers.first_entry()
            && first.key().0 <= now
        {
            first.remove();
            due += 1;
        }
        due
    }
}

/// The same numbers in every run, well mixed.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, below: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % below
    }
}

/// A request comes, and one of the open ones, whichever, has its answer. A turn of the loop handles ten, and sleeps.
fn answered<T: Timers>(armed: u64) -> impl FnMut() {
    let (mut timers, mut open, mut dice) = (T::default(), Vec::new(), Dice(42));
    let (mut now, mut requests) = (Duration::ZERO, 0_u64);
    let mut request = move |answer: bool| {
        now += Duration::from_micros(20);
        requests += 1;
        open.push(timers.insert(now + LIMIT));
        if answer {
            let answered = dice.roll(armed) as usize;
            timers.cancel(open.swap_remove(answered));
        }
        if requests.is_multiple_of(10) {
            black_box(timers.wake_at());
            timers.take_due(now);
        }
    };
    for _ in 0..armed {
        request(false);
    }
    move || request(true)
}

/// A sleep begins, of up to thirty seconds, and on average one is over. Each time the loop sleeps.
fn due<T: Timers>(armed: u64) -> impl FnMut() {
    let (mut timers, mut dice) = (T::default(), Dice(42));
    let (mut now, mut left) = (Duration::ZERO, armed);
    let most = LIMIT.as_micros() as u64;
    for _ in 0..armed {
        // What is left of a sleep at some moment: the lesser of two throws has this distribution.
        let rest = dice.roll(most).min(dice.roll(most));
        timers.insert(Duration::from_micros(rest));
    }
    move || {
        now += LIMIT / 2 / armed as u32;
        black_box(timers.wake_at());
        left -= timers.take_due(now) as u64;
        while left < armed {
            timers.insert(now + Duration::from_micros(dice.roll(most)));
            left += 1;
        }
    }
}

fn measure<T: Timers>(criterion: &mut Criterion<CpuTime>, kind: &str) {
    let mut run = |load: &str, armed: u64, step: &mut dyn FnMut()| {
        let mut group = criterion.benchmark_group(load);
        group.sampling_mode(SamplingMode::Flat);
        group.bench_function(BenchmarkId::new(kind, armed), |bencher| {
            bencher.iter(&mut *step)
        });
        group.finish();
    };
    for armed in ARMED {
        run(LOADS[0].0, armed, &mut answered::<T>(armed));
        run(LOADS[1].0, armed, &mut due::<T>(armed));
    }
}

/// Writes what criterion has found out into the file that the chart is drawn from.
fn record(found: &Path) {
    let mut file =
        String::from("# Written by the command below. The chart of chapter 6 is drawn from it.\n");
    let cores = thread::available_parallelism().map_or(1, |cores| cores.get());
    let cpus = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let name = cpus
        .lines()
        .find_map(|line| line.strip_prefix("model name")?.split_once(':'));
    let name = name.map_or("unknown processor", |(_, name)| name.trim());
    let date = Command::new("date").arg("+%F").output();
    let date = date.map_or(String::new(), |date| {
        String::from_utf8_lossy(&date.stdout).into_owned()
    });
    let _ = writeln!(file, "command = \"cargo bench -p chapter-06\"");
    let _ = writeln!(
        file,
        "machine = \"{name}, {cores} cores\"\ndate = \"{}\"",
        date.trim()
    );
    let _ = writeln!(
        file,
        "x = \"timers armed\"\ny = \"nanoseconds of CPU for one\""
    );
    for (load, title) in LOADS {
        let _ = writeln!(file, "\n[[panel]]\ntitle = \"{title}\"");
        for kind in KINDS {
            let point = |armed: u64| {
                let estimates = found.join(format!("{load}/{kind}/{armed}/new/estimates.json"));
                let estimates = fs::read_to_string(estimates).ok()?;
                let estimates: serde_json::Value = serde_json::from_str(&estimates).ok()?;
                let median = estimates["median"]["point_estimate"].as_f64()?;
                Some(format!("[{armed}, {median:.1}]"))
            };
            let Some(points) = ARMED.map(point).into_iter().collect::<Option<Vec<_>>>() else {
                return println!("{kind} was not measured under every load: nothing is recorded");
            };
            let _ = writeln!(file, "line.{kind} = [{}]", points.join(", "));
        }
    }
    let to = Path::new(env!("CARGO_MANIFEST_DIR")).join("benches/timers.toml");
    fs::write(to, file).expect("the chapter's folder can be written to");
}

fn main() {
    let found = Path::new(env!("CARGO_TARGET_TMPDIR")).join("criterion");
    let mut criterion = Criterion::default()
        .output_directory(&found)
        .warm_up_time(Duration::from_secs(1))
        .measurement_time(Duration::from_secs(3))
        .sample_size(20)
        .with_measurement(CpuTime)
        .configure_from_args();
    measure::<List<u64>>(&mut criterion, KINDS[0]);
    measure::<Heap<u64>>(&mut criterion, KINDS[1]);
    measure::<Tree>(&mut criterion, KINDS[2]);
    measure::<Exact>(&mut criterion, KINDS[3]);
    measure::<Wheel<u64>>(&mut criterion, KINDS[4]);
    criterion.final_summary();
    if env::args().any(|argument| argument == "--bench") {
        record(&found);
    }
}
