//! The server under load: a child process whose CPU clock can be read.

use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::process::{Child, Command, Stdio};

use super::Options;
use crate::util;

pub struct Server {
    child: Child,
    pub address: SocketAddr,
}

impl Server {
    /// Starts `peers serve` on core 0; the load is made on core 1.
    pub fn start(options: &Options, kind: &str, buffer: usize) -> Self {
        let peers = std::env::current_exe().expect("this program has a path");
        let mut command = match options.under.split_first() {
            Some((tool, arguments)) => {
                let mut command = Command::new(tool);
                command.args(arguments).arg(peers);
                command
            }
            None => Command::new(peers),
        };
        command.args(["serve", &options.runtime, kind, &buffer.to_string()]);
        util::pin(0); // The child inherits it.
        let mut child = command
            .stdout(Stdio::piped())
            .spawn()
            .expect("the server starts");
        util::pin(1);
        let mut line = String::new();
        let stdout = child.stdout.take().expect("it is piped");
        BufReader::new(stdout)
            .read_line(&mut line)
            .expect("stdout can be read");
        let port = line.trim().strip_prefix("PORT ");
        let Some(port) = port.and_then(|port| port.parse().ok()) else {
            let _ = child.kill();
            panic!("the server said {line:?} where its port was due");
        };
        Self {
            child,
            address: SocketAddr::from(([127, 0, 0, 1], port)),
        }
    }

    pub fn pid(&self) -> i32 {
        self.child.id() as i32
    }
}

impl Drop for Server {
    /// By SIGTERM, so that a tool around the server still reports. strace ignores it and ends when the server, which
    /// is its child, does.
    fn drop(&mut self) {
        let path = format!("/proc/{0}/task/{0}/children", self.pid());
        let children = std::fs::read_to_string(path).unwrap_or_default();
        let mut targets: Vec<i32> = children
            .split(' ')
            .filter_map(|pid| pid.parse().ok())
            .collect();
        if targets.is_empty() {
            targets.push(self.pid());
        }
        for pid in targets {
            // SAFETY: a child of ours that nobody has waited for, or a child of it.
            unsafe { libc::kill(pid, libc::SIGTERM) };
        }
        let _ = self.child.wait();
    }
}
