//! What a promise has beyond its fixed part, in one word: nothing, one wait, or a box with all the rest.
//!
//! Nearly every task has no more than one thing that it waits for at a time, and that is a word. Who needs anything else
//! gets a [`Cold`], and the wait moves there.
//!
//! In the book: chapter 13.

use std::cell::Cell;
use std::mem;
use std::ptr;

use crate::cancel::Wait;
use crate::promise::cold::Cold;

/// The word: a [`Wait`], or with [`COLD`] in its lowest bits the address of a box.
#[derive(Default)]
pub(super) struct More(Cell<Wait>);

/// No wait of a task ends in these bits.
const COLD: usize = Wait::UNUSED_KIND;

#[expect(unsafe_code, reason = "the word is a box, or is not")]
impl More {
    #[inline]
    pub(super) fn is_nothing(&self) -> bool {
        self.0.get().is_nothing()
    }

    #[inline]
    pub(super) fn cold(&self) -> Option<&Cold> {
        let word = self.0.get().word();
        if word.addr() & COLD != COLD {
            return None;
        }
        let cold: *const Cold = word.map_addr(|address| address & !COLD).cast();
        // SAFETY: `make_cold` had the address from a box, which stays until `drop`.
        Some(unsafe { &*cold })
    }

    #[inline]
    pub(super) fn make_cold(&self) -> &Cold {
        match self.cold() {
            Some(cold) => cold,
            None => self.make_it_now(),
        }
    }

    #[cold]
    fn make_it_now(&self) -> &Cold {
        const {
            assert!(
                align_of::<Cold>() > COLD,
                "the lowest bits of its address are free"
            )
        };
        let cold = Box::new(Cold {
            wait: Cell::new(self.0.take()),
            ..Cold::default()
        });
        let word = Box::into_raw(cold).cast_const().cast::<()>();
        self.0
            .set(Wait::from_word(word.map_addr(|address| address | COLD)));
        self.cold().expect("it was made")
    }

    /// What the task waits for at its root, as long as that is one thing and nobody has asked.
    #[inline]
    pub(super) fn wait(&self) -> Wait {
        match self.cold() {
            Some(cold) => cold.wait.get(),
            None => self.0.get(),
        }
    }

    #[inline]
    pub(super) fn set_wait(&self, wait: Wait) {
        match self.cold() {
            Some(cold) => cold.wait.set(wait),
            None => self.0.set(wait),
        }
    }
}

impl Drop for More {
    #[inline]
    #[expect(unsafe_code, reason = "the word is a box, or is not")]
    fn drop(&mut self) {
        if let Some(cold) = self.cold() {
            let cold = ptr::from_ref(cold).cast_mut();
            self.0.take();
            // SAFETY: the address came from a box, and with the word taken nobody finds it any more.
            mem::drop(unsafe { Box::from_raw(cold) });
        }
    }
}
