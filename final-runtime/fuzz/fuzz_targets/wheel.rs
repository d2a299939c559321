//! The timer wheel against the sorted map that its random test uses too.
#![no_main]

#[allow(dead_code, reason = "the target calls only what the model calls")]
#[path = "../../src/wheel/model.rs"]
mod model;
#[allow(dead_code, reason = "the target calls only what the model calls")]
#[path = "../../src/wheel/mod.rs"]
mod wheel;

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    let numbers = data.chunks_exact(8);
    model::compare(numbers.map(|bytes| u64::from_le_bytes(bytes.try_into().expect("eight"))));
});
