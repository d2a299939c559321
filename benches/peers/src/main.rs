//! The same workloads on several async runtimes, one measurement a process. `bench.py` beside `Cargo.toml` runs it.

mod floor;
mod load;
mod local;
mod rt;
mod servers;
mod util;
mod workloads;

use std::process::exit;

use rt::{Entry, RUNTIMES};
use servers::Kind;
use workloads::Workload;

const USAGE: &str = "usage:
  peers list                                       the runtimes
  peers run RUNTIME WORKLOAD N SIZE                one measurement in this process
  peers serve RUNTIME echo|http BUFFER             serves until killed
  peers load echo|http|accept|mem_conn RUNTIME CONNECTIONS IDLE SECONDS|n=OPERATIONS [TOOL ARGUMENT...]
                                                   starts the server, under the tool, and asks it";

/// The runtime does not have this workload.
const ABSENT: i32 = 3;

fn usage() -> ! {
    eprintln!("{USAGE}");
    exit(2)
}

fn number<T: std::str::FromStr>(word: &str) -> T {
    word.parse().unwrap_or_else(|_| usage())
}

fn entry(name: &str) -> &'static Entry {
    let found = RUNTIMES.iter().find(|entry| entry.name == name);
    found.unwrap_or_else(|| usage())
}

fn main() {
    let words: Vec<String> = std::env::args().skip(1).collect();
    match words.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["list"] => {
            for Entry { name, .. } in RUNTIMES {
                println!("{name}");
            }
        }
        ["run", runtime, name, n, size] => {
            let workload = Workload {
                name: name.to_owned(),
                n: number(n),
                size: number(size),
            };
            util::pin(0);
            match (entry(runtime).run)(&workload) {
                Some(report) => report.print(name, runtime, workload.size),
                None => exit(ABSENT),
            }
        }
        ["serve", runtime, kind, buffer] => {
            let kind = match kind {
                "echo" => Kind::Echo,
                "http" => Kind::Http,
                _ => usage(),
            };
            match entry(runtime).serve {
                Some(serve) => serve(kind, number(buffer)),
                None => exit(ABSENT),
            }
        }
        [
            "load",
            workload,
            runtime,
            connections,
            idle,
            span,
            ref under @ ..,
        ] => {
            if entry(runtime).serve.is_none() {
                exit(ABSENT);
            }
            let options = load::Options {
                runtime: runtime.to_owned(),
                connections: number(connections),
                idle: number(idle),
                span: match span.strip_prefix("n=") {
                    Some(operations) => load::Span::Operations(number(operations)),
                    None => load::Span::Seconds(number(span)),
                },
                under: under.iter().map(|word| word.to_string()).collect(),
            };
            match workload {
                "echo" => load::closed_loop(&options, &load::ECHO),
                "http" => load::closed_loop(&options, &load::HTTP),
                "accept" => load::accept(&options),
                "mem_conn" => load::mem_conn(&options),
                _ => usage(),
            }
        }
        _ => usage(),
    }
}
