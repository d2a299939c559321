//! The slab against a map whose keys are never used twice. Each byte is an operation.
#![no_main]

#[allow(dead_code, reason = "the target calls what needs no list")]
#[path = "../../src/wheel/slab.rs"]
mod slab;

use std::collections::BTreeMap;

use slab::{Key, Slab};

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    let mut slab = Slab::new();
    let mut keys: Vec<Key> = Vec::new();
    let mut model: BTreeMap<usize, Box<usize>> = BTreeMap::new();
    for &byte in data {
        let (what, which) = (byte % 4, usize::from(byte / 4));
        // One of the latest 64 keys, so that many are stale.
        let number = keys.len().saturating_sub(1 + which);
        let key = keys.get(number).copied();
        match (what, key) {
            (0, Some(key)) => assert_eq!(slab.remove(key), model.remove(&number)),
            (1, Some(key)) => {
                assert_eq!(slab.get(key), model.get(&number));
                assert_eq!(slab.get_mut(key), model.get_mut(&number));
                if let Some(value) = model.get_mut(&number) {
                    assert_eq!(slab.at(key.index()), value);
                    assert_eq!(slab.key_at(key.index()), key);
                }
            }
            (2, Some(_)) if which == 63 => {
                let mut drained: Vec<_> = slab.drain().map(|value| *value).collect();
                drained.sort_unstable();
                assert!(drained.iter().eq(model.keys()));
                model.clear();
            }
            _ => {
                let value = Box::new(keys.len());
                model.insert(keys.len(), value.clone());
                keys.push(slab.insert(value));
            }
        }
    }
    for (number, key) in keys.into_iter().enumerate() {
        assert_eq!(slab.remove(key), model.remove(&number));
    }
});
