//! Says the words, or records that it does.

use chapter_01::WORDS;

fn main() {
    if std::env::args().any(|argument| argument == "--trace") {
        println!(r#"{{"version":1}}"#);
        println!(
            r#"{{"turn":1,"time":1,"lane":"running","task":"red","event":"says","note":"one","file":"src/main.rs","line":7}}"#
        );
        return;
    }
    for word in WORDS {
        println!("{word}");
    }
}
