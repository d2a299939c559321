//! Values by key: a vector whose free places are a list through itself, so that a place is reused and no value moves
//! to make room. A key carries the generation of its place, so that one that outlived its value finds nothing.
//!
//! A generation returns after 2^29 − 1 values in one place; a key that old may find another's value. Places are
//! given back when the slab is dropped or drained, not before.

use std::num::NonZeroU32;

/// No place.
pub(super) const NONE: u32 = u32::MAX;
/// The largest number of places: the two numbers above it mean something else to those who link places.
const LARGEST: usize = (u32::MAX - 1) as usize;

/// A key with this many of them leaves room for a mark in a word.
const GENERATION_BITS: u32 = 29;

/// A place and the generation of what was put there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Key {
    index: u32,
    generation: NonZeroU32,
}

impl Key {
    /// How many bits a key has: 32 of the place, and the generation's.
    pub(crate) const BITS: u32 = 32 + GENERATION_BITS;

    pub(super) const fn index(self) -> u32 {
        self.index
    }

    /// The key as a number of [`BITS`](Self::BITS) bits.
    #[inline]
    pub(crate) const fn to_bits(self) -> u64 {
        (self.generation.get() as u64) << 32 | self.index as u64
    }

    /// The key that a number was made of.
    pub(crate) const fn from_bits(bits: u64) -> Option<Self> {
        match NonZeroU32::new((bits >> 32) as u32) {
            Some(generation) => Some(Self {
                index: bits as u32,
                generation,
            }),
            None => None,
        }
    }
}

pub(super) struct Slab<T> {
    places: Vec<Place<T>>,
    /// The first free place.
    free: u32,
    /// What a new place begins with: above every generation that a drained one had.
    first_generation: NonZeroU32,
}

struct Place<T> {
    generation: NonZeroU32,
    content: Content<T>,
}

enum Content<T> {
    Free { next: u32 },
    Used(T),
}

impl<T> Slab<T> {
    /// What a value takes with its place.
    #[cfg(test)]
    pub(super) const BYTES_EACH: usize = size_of::<Place<T>>();

    pub(super) const fn new() -> Self {
        Self {
            places: Vec::new(),
            free: NONE,
            first_generation: NonZeroU32::MIN,
        }
    }

    /// Puts a value into a free place.
    ///
    /// # Panics
    ///
    /// When all 2^32 − 2 places are taken.
    #[inline(always)]
    pub(super) fn insert(&mut self, value: T) -> Key {
        let index = self.free;
        let Some(place) = self.places.get_mut(index as usize) else {
            return self.insert_at_end(value);
        };
        let Content::Free { next } = place.content else {
            unreachable!("the list of free places holds a used one")
        };
        self.free = next;
        place.content = Content::Used(value);
        Key {
            index,
            generation: place.generation,
        }
    }

    #[cold]
    fn insert_at_end(&mut self, value: T) -> Key {
        let index = self.places.len();
        assert!(
            index < LARGEST,
            "a timer was armed while {LARGEST} others are; drop those that are not needed"
        );
        self.places.push(Place {
            generation: self.first_generation,
            content: Content::Used(value),
        });
        Key {
            index: u32::try_from(index).expect("below the largest"),
            generation: self.first_generation,
        }
    }

    /// Takes a value out, unless its key is stale.
    #[inline]
    pub(super) fn remove(&mut self, key: Key) -> Option<T> {
        let place = self.places.get_mut(key.index as usize)?;
        if place.generation != key.generation || matches!(place.content, Content::Free { .. }) {
            return None;
        }
        place.generation = after(place.generation);
        let free = Content::Free { next: self.free };
        self.free = key.index;
        match std::mem::replace(&mut place.content, free) {
            Content::Used(value) => Some(value),
            Content::Free { .. } => None,
        }
    }

    #[inline]
    pub(super) fn get(&self, key: Key) -> Option<&T> {
        match self.places.get(key.index as usize) {
            Some(Place {
                generation,
                content: Content::Used(value),
            }) if *generation == key.generation => Some(value),
            _ => None,
        }
    }

    #[inline]
    pub(super) fn get_mut(&mut self, key: Key) -> Option<&mut T> {
        match self.places.get_mut(key.index as usize) {
            Some(Place {
                generation,
                content: Content::Used(value),
            }) if *generation == key.generation => Some(value),
            _ => None,
        }
    }

    /// What is at a place that is known to be used.
    #[inline]
    pub(super) fn at(&mut self, index: u32) -> &mut T {
        match &mut self.places[index as usize].content {
            Content::Used(value) => value,
            Content::Free { .. } => unreachable!("a list holds a free place"),
        }
    }

    /// The key of a place that is known to be used.
    #[inline]
    pub(super) fn key_at(&self, index: u32) -> Key {
        Key {
            index,
            generation: self.places[index as usize].generation,
        }
    }

    /// Takes everything out, in the order of places, and gives the memory back. Every key is stale then.
    pub(super) fn drain(&mut self) -> impl Iterator<Item = T> + use<T> {
        let newest = self.places.iter().map(|place| place.generation).max();
        if let Some(newest) = newest {
            self.first_generation = after(newest);
        }
        self.free = NONE;
        let places = std::mem::take(&mut self.places).into_iter();
        places.filter_map(|place| match place.content {
            Content::Used(value) => Some(value),
            Content::Free { .. } => None,
        })
    }
}

/// The generation behind this one. Zero is left out, so that an `Option<Key>` is as small as a key.
#[inline]
fn after(generation: NonZeroU32) -> NonZeroU32 {
    let next = (generation.get() + 1) & ((1 << GENERATION_BITS) - 1);
    NonZeroU32::new(next).unwrap_or(NonZeroU32::MIN)
}
