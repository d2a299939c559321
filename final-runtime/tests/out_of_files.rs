//! No file descriptors left: a process of its own, since the limit is the process's.
#![allow(unsafe_code, reason = "the standard library sets no limits")]

use std::fs::File;
use std::io;

use final_runtime::net::{TcpListener, TcpStream};
use final_runtime::{EventLoop, run};

fn limit_open_files(most: libc::rlim_t) {
    let limit = libc::rlimit {
        rlim_cur: most,
        rlim_max: most,
    };
    // SAFETY: the limit is read from a value that lives.
    let set = unsafe { libc::setrlimit(libc::RLIMIT_NOFILE, &raw const limit) };
    assert_eq!(set, 0);
}

/// Opens files until there is no more.
fn use_up() -> Vec<File> {
    std::iter::from_fn(|| File::open("/dev/null").ok()).collect()
}

/// In one test: the limit holds for all that run beside it.
#[test]
fn without_descriptors_operations_fail_the_listener_goes_on_and_the_loop_says_what_is_missing() {
    limit_open_files(64);
    run(async {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        // The poller knows the listener by now: an edge that an error used up would not come again.
        assert!(futures_util::poll!(listener.accept()).is_pending());
        let client = std::net::TcpStream::connect(address).unwrap();
        let files = use_up();
        for _ in 0..3 {
            let error = listener.accept().await.unwrap_err();
            assert_eq!(error.raw_os_error(), Some(libc::EMFILE));
        }
        let error = TcpStream::connect(address).await.unwrap_err();
        assert_eq!(error.raw_os_error(), Some(libc::EMFILE));
        drop(files);
        let (_, peer) = listener.accept().await.unwrap();
        assert_eq!(peer, client.local_addr().unwrap());
    });

    // Here the first wait finds no descriptor for a poller.
    let event_loop = EventLoop::new();
    let error: io::Result<usize> = event_loop
        .run_until_complete(async {
            let listener = TcpListener::bind("127.0.0.1:0")?;
            let _client = std::net::TcpStream::connect(listener.local_addr()?)?;
            let (stream, _) = listener.accept().await?;
            let _files = use_up();
            stream.read(&mut [0; 8]).await
        })
        .unwrap();
    let told = error.unwrap_err().to_string();
    assert!(told.contains("could not make its poller"), "{told}");
    assert!(told.contains("raise the limit of open files"), "{told}");

    // And here nobody asked for a socket: a loop that cannot sleep ends its run, and does not try for ever.
    let files = use_up();
    let sleepless = std::panic::catch_unwind(|| run(std::future::pending::<()>()));
    drop(files);
    let told = *sleepless.unwrap_err().downcast::<String>().unwrap();
    assert!(told.contains("the loop wanted to sleep"), "{told}");
    assert!(told.contains("raise the limit of open files"), "{told}");
}
