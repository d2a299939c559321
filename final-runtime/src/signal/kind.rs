//! Which signals there are.

use std::fmt;
use std::io;

/// A signal's number. More than those that have a name here come by [`from_raw`](Self::from_raw).
///
/// asyncio: `signal.SIGINT` and its like.
///
/// ```
/// use final_runtime::SignalKind;
///
/// assert_eq!(SignalKind::terminate().to_string(), "SIGTERM");
/// assert!(SignalKind::from_raw(SignalKind::hangup().as_raw()) == SignalKind::hangup());
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct SignalKind(i32);

/// Numbers below this are signals' on every system that we know.
pub(super) const SIGNALS: usize = 128;

/// What a program may listen to, by name.
const NAMES: [(i32, &str); 10] = [
    (libc::SIGINT, "SIGINT"),
    (libc::SIGTERM, "SIGTERM"),
    (libc::SIGHUP, "SIGHUP"),
    (libc::SIGQUIT, "SIGQUIT"),
    (libc::SIGUSR1, "SIGUSR1"),
    (libc::SIGUSR2, "SIGUSR2"),
    (libc::SIGCHLD, "SIGCHLD"),
    (libc::SIGALRM, "SIGALRM"),
    (libc::SIGPIPE, "SIGPIPE"),
    (libc::SIGWINCH, "SIGWINCH"),
];

/// Those that nobody can catch, and those that the thread raises by what it does: it would do it again for ever.
const REFUSED: [i32; 6] = [
    libc::SIGKILL,
    libc::SIGSTOP,
    libc::SIGILL,
    libc::SIGFPE,
    libc::SIGSEGV,
    libc::SIGBUS,
];

impl SignalKind {
    /// The signal of that number.
    ///
    /// ```
    /// use final_runtime::SignalKind;
    ///
    /// assert_eq!(SignalKind::from_raw(libc::SIGTERM), SignalKind::terminate());
    /// ```
    pub const fn from_raw(number: i32) -> Self {
        Self(number)
    }

    /// Its number.
    ///
    /// ```
    /// assert_eq!(final_runtime::SignalKind::interrupt().as_raw(), libc::SIGINT);
    /// ```
    pub const fn as_raw(self) -> i32 {
        self.0
    }

    /// SIGINT: Ctrl-C at the terminal.
    ///
    /// asyncio: `signal.SIGINT`.
    ///
    /// ```
    /// assert_eq!(final_runtime::SignalKind::interrupt().as_raw(), libc::SIGINT);
    /// ```
    pub const fn interrupt() -> Self {
        Self(libc::SIGINT)
    }

    /// SIGTERM: the polite request to end.
    ///
    /// asyncio: `signal.SIGTERM`.
    ///
    /// ```
    /// assert_eq!(final_runtime::SignalKind::terminate().as_raw(), libc::SIGTERM);
    /// ```
    pub const fn terminate() -> Self {
        Self(libc::SIGTERM)
    }

    /// SIGHUP: the terminal is gone; for a service, to read its settings again.
    ///
    /// asyncio: `signal.SIGHUP`.
    ///
    /// ```
    /// assert_eq!(final_runtime::SignalKind::hangup().as_raw(), libc::SIGHUP);
    /// ```
    pub const fn hangup() -> Self {
        Self(libc::SIGHUP)
    }

    /// SIGQUIT: Ctrl-\ at the terminal.
    ///
    /// asyncio: `signal.SIGQUIT`.
    ///
    /// ```
    /// assert_eq!(final_runtime::SignalKind::quit().as_raw(), libc::SIGQUIT);
    /// ```
    pub const fn quit() -> Self {
        Self(libc::SIGQUIT)
    }

    /// SIGUSR1: whatever the program says.
    ///
    /// asyncio: `signal.SIGUSR1`.
    ///
    /// ```
    /// assert_eq!(final_runtime::SignalKind::user_defined1().as_raw(), libc::SIGUSR1);
    /// ```
    pub const fn user_defined1() -> Self {
        Self(libc::SIGUSR1)
    }

    /// SIGUSR2: whatever the program says.
    ///
    /// asyncio: `signal.SIGUSR2`.
    ///
    /// ```
    /// assert_eq!(final_runtime::SignalKind::user_defined2().as_raw(), libc::SIGUSR2);
    /// ```
    pub const fn user_defined2() -> Self {
        Self(libc::SIGUSR2)
    }

    /// SIGCHLD: a child process has ended.
    ///
    /// asyncio: `signal.SIGCHLD`.
    ///
    /// ```
    /// assert_eq!(final_runtime::SignalKind::child().as_raw(), libc::SIGCHLD);
    /// ```
    pub const fn child() -> Self {
        Self(libc::SIGCHLD)
    }

    /// SIGALRM: an alarm clock of the system's.
    ///
    /// asyncio: `signal.SIGALRM`.
    ///
    /// ```
    /// assert_eq!(final_runtime::SignalKind::alarm().as_raw(), libc::SIGALRM);
    /// ```
    pub const fn alarm() -> Self {
        Self(libc::SIGALRM)
    }

    /// SIGPIPE: something was written to a pipe that nobody reads.
    ///
    /// asyncio: `signal.SIGPIPE`.
    ///
    /// ```
    /// assert_eq!(final_runtime::SignalKind::pipe().as_raw(), libc::SIGPIPE);
    /// ```
    pub const fn pipe() -> Self {
        Self(libc::SIGPIPE)
    }

    /// SIGWINCH: the terminal's window has another size.
    ///
    /// asyncio: `signal.SIGWINCH`.
    ///
    /// ```
    /// assert_eq!(final_runtime::SignalKind::window_change().as_raw(), libc::SIGWINCH);
    /// ```
    pub const fn window_change() -> Self {
        Self(libc::SIGWINCH)
    }

    /// Its name in words that live for ever.
    pub(super) fn name(self) -> &'static str {
        let known = NAMES.iter().find(|(number, _)| *number == self.0);
        known.map_or("a signal", |(_, name)| name)
    }

    /// Its place in tables by number.
    pub(super) fn index(self) -> io::Result<usize> {
        let index = usize::try_from(self.0).ok();
        match index.filter(|index| (1..SIGNALS).contains(index)) {
            Some(index) if !REFUSED.contains(&self.0) => Ok(index),
            _ => Err(io::Error::new(
                io::ErrorKind::InvalidInput,
                format!(
                    "a stream of {self} was asked for, to which no program can listen; leave it to the system"
                ),
            )),
        }
    }
}

impl fmt::Display for SignalKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.name() {
            "a signal" => write!(f, "signal {}", self.0),
            name => f.write_str(name),
        }
    }
}
