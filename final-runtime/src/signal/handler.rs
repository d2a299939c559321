//! What happens when a signal arrives, at whatever instruction a thread is: all of it is here, and allowed there.
//!
//! The handler counts the signal and writes a byte to the pipe of each loop that listens. It takes no lock and no memory.
//!
//! - A doorbell is a pipe, in a list that is safe to walk here (`bells`). Its descriptors are never closed.
//! - A byte too many is a look at the counts for nothing. A full pipe has rung already.

#![expect(unsafe_code, reason = "signal handlers are C's")]

use std::io::{self, Read};
use std::mem::MaybeUninit;
use std::os::fd::{AsRawFd, RawFd};
use std::ptr;

use mio::unix::pipe;

use super::bells::{Bell, Bells};
use super::kind::SIGNALS;
use super::sync::{AtomicPtr, AtomicU32, SeqCst};

/// How often each signal has arrived.
static COUNTS: [AtomicU32; SIGNALS] = [const { AtomicU32::new(0) }; SIGNALS];

static DOORBELLS: Bells<Pipe> = Bells {
    newest: AtomicPtr::new(ptr::null_mut()),
};

/// What wakes one loop for its signals.
pub(super) type Doorbell = Bell<Pipe>;

/// What is rung by writing to it.
pub(super) struct Pipe {
    write: pipe::Sender,
    read: pipe::Receiver,
}

impl Doorbell {
    /// One that nobody has.
    pub(super) fn take() -> io::Result<&'static Self> {
        let made = || pipe::new().map(|(write, read)| Pipe { write, read });
        let (doorbell, used) = DOORBELLS.take(made)?;
        if used {
            doorbell.silence();
        }
        Ok(doorbell)
    }

    /// What can be read from when it has rung.
    pub(super) fn descriptor(&self) -> RawFd {
        self.pipe.read.as_raw_fd()
    }

    /// Takes in that it has rung. It rings again for what comes from now on.
    pub(super) fn silence(&self) {
        let mut bytes = [0; 64];
        loop {
            match (&self.pipe.read).read(&mut bytes) {
                Ok(1..) => {}
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                _ => return,
            }
        }
    }
}

/// How often the signal with that number has arrived.
pub(super) fn count(index: usize) -> u32 {
    COUNTS[index].load(SeqCst)
}

/// The handler.
extern "C" fn arrived(number: libc::c_int) {
    let errno = std::io::Error::last_os_error().raw_os_error();
    let count = usize::try_from(number).ok().and_then(|n| COUNTS.get(n));
    DOORBELLS.arrived(count, |pipe| {
        // SAFETY: the byte is read from a constant, and the descriptor is never closed.
        unsafe { libc::write(pipe.write.as_raw_fd(), [1_u8].as_ptr().cast(), 1) };
    });
    set_errno(errno.unwrap_or(0));
}

/// What was interrupted finds its error as it left it.
fn set_errno(errno: i32) {
    #[cfg(any(target_os = "linux", target_os = "emscripten", target_os = "hurd"))]
    // SAFETY: the place is this thread's.
    unsafe {
        *libc::__errno_location() = errno;
    }
    #[cfg(any(target_vendor = "apple", target_os = "freebsd"))]
    // SAFETY: the place is this thread's.
    unsafe {
        *libc::__error() = errno;
    }
    #[cfg(any(target_os = "android", target_os = "netbsd", target_os = "openbsd"))]
    // SAFETY: the place is this thread's.
    unsafe {
        *libc::__errno() = errno;
    }
}

/// What the process does at a signal.
#[derive(Clone, Copy)]
pub(super) struct Action(libc::sigaction);

impl Action {
    /// To call the handler: every time, or the first time alone, and from then on to do what the system does.
    pub(super) fn listen(once: bool) -> Self {
        // SAFETY: all bits zero are a `sigaction` whose mask is empty.
        let mut action: libc::sigaction = unsafe { MaybeUninit::zeroed().assume_init() };
        let handler: extern "C" fn(libc::c_int) = arrived;
        action.sa_sigaction = handler as libc::sighandler_t;
        action.sa_flags = libc::SA_RESTART | libc::SA_ONSTACK;
        if once {
            action.sa_flags |= libc::SA_RESETHAND;
        }
        Self(action)
    }

    /// What the process does at it now.
    pub(super) fn now(number: i32) -> io::Result<Self> {
        let mut action = MaybeUninit::zeroed();
        // SAFETY: the place is large enough, and nothing is set.
        let asked = unsafe { libc::sigaction(number, ptr::null(), action.as_mut_ptr()) };
        match asked {
            // SAFETY: it was filled in.
            0 => Ok(Self(unsafe { action.assume_init() })),
            _ => Err(io::Error::last_os_error()),
        }
    }

    /// From now on this.
    pub(super) fn set(&self, number: i32) -> io::Result<()> {
        // SAFETY: it is a whole `sigaction`: of `listen`, whose handler does what a handler may, or of `now`, which was
        // there before.
        match unsafe { libc::sigaction(number, &self.0, ptr::null_mut()) } {
            0 => Ok(()),
            _ => Err(io::Error::last_os_error()),
        }
    }

    /// Whether it calls our handler.
    pub(super) fn is_ours(&self) -> bool {
        let handler: extern "C" fn(libc::c_int) = arrived;
        self.0.sa_sigaction == handler as libc::sighandler_t
    }

    /// Whether it is what the system does by itself.
    pub(super) fn is_default(&self) -> bool {
        self.0.sa_sigaction == libc::SIG_DFL
    }
}

/// Whether this is the thread that the process began with.
pub(super) fn on_main_thread() -> bool {
    #[cfg(any(target_os = "linux", target_os = "android"))]
    // SAFETY: both only tell a number.
    return unsafe { libc::getpid() == libc::gettid() };
    #[cfg(any(
        target_vendor = "apple",
        target_os = "freebsd",
        target_os = "netbsd",
        target_os = "openbsd"
    ))]
    // SAFETY: it only tells a number.
    return unsafe { libc::pthread_main_np() } != 0;
    #[allow(unreachable_code, reason = "elsewhere we cannot tell")]
    false
}

/// Sends the process a signal; the handler, or what the system does, comes before this returns.
pub(super) fn raise(number: i32) {
    // SAFETY: it takes no memory.
    unsafe { libc::raise(number) };
}
