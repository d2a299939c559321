//! A socket stays on the thread of the loop that knows it.

fn give_away(stream: final_runtime::net::TcpStream) {
    std::thread::spawn(move || drop(stream));
}

fn main() {
    let _ = give_away;
}
