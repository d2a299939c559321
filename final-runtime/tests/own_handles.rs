//! What is done holds nobody for longer than it needs to: a task's variables, or a child's result, may hold the very handle
//! that leads to them.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use final_runtime::{
    ContextVar, Future, Task, TaskRef, current_task, gather, run, spawn, try_spawn, yield_now,
};

/// Counts its drops.
struct Counted(Rc<Cell<u32>>);

impl Drop for Counted {
    fn drop(&mut self) {
        self.0.set(self.0.get() + 1);
    }
}

/// `current_task` gives it, and a run keeps the variables of its main for who runs the next.
#[test]
fn a_variable_of_main_that_holds_its_own_handle() {
    static MINE: ContextVar<(TaskRef, Rc<()>)> = ContextVar::new();
    let token = Rc::new(());
    let held = token.clone();
    run(async move { MINE.set((current_task().unwrap(), held)) });
    assert_eq!(Rc::strong_count(&token), 1);
}

#[test]
fn a_variable_of_the_task_that_holds_its_own_handle() {
    struct Own(
        RefCell<Option<Task<()>>>,
        #[expect(dead_code, reason = "it is held")] Counted,
    );
    static OWN: ContextVar<Rc<Own>> = ContextVar::new();
    run(async {
        let drops = Rc::new(Cell::new(0));
        let cell = Rc::new(Own(RefCell::default(), Counted(drops.clone())));
        let own = Rc::downgrade(&cell);
        let task = spawn(async move {
            OWN.set(cell);
            yield_now().await;
        });
        yield_now().await;
        own.upgrade().unwrap().0.replace(Some(task));
        for _ in 0..3 {
            yield_now().await;
        }
        assert_eq!(drops.get(), 1);
    });
}

/// What gathers give where their children give the gather: any type.
type Anything = Rc<dyn std::any::Any>;

#[test]
fn a_gather_that_failed_and_one_child_gave_the_gather() {
    run(async {
        final_runtime::running_loop().set_exception_handler(|_| ()); // it says that nobody looked
        let drops = Rc::new(Cell::new(0));
        let own: Rc<RefCell<Option<Future<Vec<Anything>>>>> = Rc::default();
        let (slot, count) = (own.clone(), drops.clone());
        let child = spawn(async move {
            let all = slot.take();
            Rc::new((all, Counted(count))) as Anything
        });
        let failing = try_spawn(async { Err::<Anything, _>("spilt") });
        own.replace(Some(gather([child, failing])));
        for _ in 0..3 {
            yield_now().await;
        }
        assert_eq!(drops.get(), 1);
    });
}

#[test]
fn a_gather_lets_go_of_its_children_when_it_is_settled() {
    /// Has what it counts, unless it is a copy.
    struct Original(#[expect(dead_code, reason = "it is held")] Option<Counted>);
    impl Clone for Original {
        fn clone(&self) -> Self {
            Self(None)
        }
    }
    run(async {
        for others_fail in [false, true] {
            let drops = Rc::new(Cell::new(0));
            let count = drops.clone();
            let child = spawn(async move { Original(Some(Counted(count))) });
            let other = match others_fail {
                true => try_spawn(async { Err::<Original, _>("spilt") }),
                false => spawn(async { Original(None) }),
            };
            let all: Future<Vec<Original>> = gather([child, other]);
            let ended = (&all).await;
            assert_eq!((ended.is_err(), drops.get()), (others_fail, 1));
        }
    });
}
