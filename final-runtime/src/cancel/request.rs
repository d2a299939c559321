//! A request on its way: from whom it is put to, on to what that one waits for, and so on.
//!
//! It goes depth first, as asyncio's does, where one `cancel()` calls the next: all that hangs on a gather's first child is
//! asked before its second child is. The way may be long, so those who are not through with the request stand in a list,
//! and not on the thread's stack.
//!
//! | it comes to | goes on to | answer |
//! |---|---|---|
//! | a future that is settled by hand | nobody: the future is settled as cancelled | [`Settled`](Answer::Settled) |
//! | a gather | each child that is not done, in order | [`PassedOn`](Answer::PassedOn), if one was asked |
//! | a task | its root, if it waits; else the root notes it | [`PassedOn`](Answer::PassedOn), whatever comes of it |
//! | a scope (a task's root is one) | the scopes that wait inside, then what is waited for in itself | none |
//! | whoever is done | nobody | [`Refused`](Answer::Refused) |
//! | a task that it came through | nobody: tasks wait for each other in a ring | [`Circular`](Answer::Circular) |
//!
//! In the book: chapter 8.

use std::rc::Rc;
use std::vec;

use crate::cancel::{Answer, Held, Message, Node};
use crate::promise::{ASKING, AnyPromise, Children, Kind};

/// Asks whoever makes the result of `promise` to cancel. Counts as looking at an error.
pub(crate) fn ask(promise: &AnyPromise, message: &Message) -> Answer {
    let mut request = Request::saying(message);
    match request.put_to(promise) {
        Some(answer) => answer,
        None => request.travel(),
    }
}

/// Asks a scope to cancel, and counts the request there.
pub(crate) fn ask_scope(scope: &Rc<Node>, message: &Message) {
    let mut request = Request::saying(message);
    request.put_to_scope(scope);
    request.travel();
}

/// Hands a request that was counted before to what is waited for in a scope.
pub(crate) fn pass_on(scope: &Rc<Node>, message: &Message) {
    let mut request = Request::saying(message);
    request.enter(scope);
    request.travel();
}

struct Request<'a> {
    message: &'a Message,
    /// Those who are not through with it, each asked by the one before.
    way: Vec<Stop>,
}

/// Somebody who hands the request on.
enum Stop {
    Task {
        _asked: AskedTask,
    },
    Gather {
        children: Rc<Children>,
        next: usize,
        answer: Answer,
    },
    Scope(AskedScope),
}

/// To whom a stop hands it next.
enum Next {
    Promise(AnyPromise),
    Scope(Rc<Node>),
    Nobody,
}

/// A task that the request must not come round to again.
struct AskedTask(AnyPromise);

struct AskedScope {
    node: Rc<Node>,
    inside: vec::IntoIter<Rc<Node>>,
    waits: vec::IntoIter<Held>,
    innermost: bool,
    /// Which wait is asked. None, as long as it is the scopes inside.
    asked: Option<u32>,
    answers: Answers,
}

/// What the waits of a scope have answered.
#[derive(Clone, Copy, Default)]
pub(super) struct Answers {
    pub(super) any: bool,
    pub(super) passed_on: bool,
    /// There is nothing left to wait for.
    pub(super) ends_the_wait: bool,
}

impl<'a> Request<'a> {
    fn saying(message: &'a Message) -> Self {
        let way = Vec::new();
        Self { message, way }
    }

    /// Until everybody is through with it. The answer of whom it was put to first.
    fn travel(&mut self) -> Answer {
        let mut answer = Answer::Refused;
        while let Some(stop) = self.way.last_mut() {
            match stop.next() {
                Next::Promise(promise) => {
                    if let Some(answer) = self.put_to(&promise) {
                        self.tell(answer);
                    }
                }
                Next::Scope(scope) => self.enter(&scope),
                Next::Nobody => {
                    let stop = self.way.pop();
                    if let Some(given) = stop.and_then(|stop| stop.end(self.message)) {
                        answer = given;
                        self.tell(given);
                    }
                }
            }
        }
        answer
    }

    /// The answer, if it is known now; else the request goes on.
    fn put_to(&mut self, promise: &AnyPromise) -> Option<Answer> {
        promise.look();
        if promise.is_done() {
            return Some(Answer::Refused);
        }
        match promise.kind() {
            Kind::Hand => {
                promise.cancel_as(self.message);
                Some(Answer::Settled)
            }
            Kind::Task if promise.has(ASKING) => Some(Answer::Circular),
            Kind::Task => {
                promise.set(ASKING);
                let _asked = AskedTask(promise.clone());
                self.way.push(Stop::Task { _asked });
                self.put_to_scope(promise.make_root());
                None
            }
            Kind::Gather => {
                let Some(children) = promise.children() else {
                    return Some(Answer::Refused);
                };
                self.way.push(Stop::Gather {
                    children,
                    next: 0,
                    answer: Answer::Refused,
                });
                None
            }
        }
    }

    fn put_to_scope(&mut self, scope: &Rc<Node>) {
        let Some(task) = scope.task() else { return };
        scope.count_request(&task);
        match task.is_waiting() {
            true => self.enter(scope),
            false => scope.note(self.message),
        }
    }

    fn enter(&mut self, scope: &Rc<Node>) {
        let inside = scope.scopes_inside();
        let innermost = inside.is_empty();
        let mut waits = scope.held();
        waits.retain(|wait| wait.can_be_asked() && (innermost || wait.passes_on()));
        self.way.push(Stop::Scope(AskedScope {
            node: scope.clone(),
            inside: inside.into_iter(),
            waits: waits.into_iter(),
            innermost,
            asked: None,
            answers: Answers::default(),
        }));
    }

    /// The last stop hears what became of what it handed on.
    fn tell(&mut self, answer: Answer) {
        if let Some(stop) = self.way.last_mut() {
            stop.hear(answer);
        }
    }
}

impl Stop {
    fn next(&mut self) -> Next {
        match self {
            Self::Task { .. } => Next::Nobody,
            Self::Gather { children, next, .. } => {
                *next += 1;
                let child = children.promises.get(*next - 1).cloned();
                child.map_or(Next::Nobody, Next::Promise)
            }
            Self::Scope(scope) => scope.next(),
        }
    }

    fn hear(&mut self, heard: Answer) {
        match self {
            // It was asked, whatever comes of it.
            Self::Task { .. } => {}
            Self::Gather {
                children, answer, ..
            } => {
                match heard {
                    Answer::Refused => return,
                    Answer::Circular => *answer = Answer::Circular,
                    _ if *answer == Answer::Refused => *answer = Answer::PassedOn,
                    _ => {}
                }
                children.asked.set(true);
            }
            Self::Scope(scope) => scope.hear(heard),
        }
    }

    /// It is through. Its answer, if it was asked for one.
    fn end(self, message: &Message) -> Option<Answer> {
        match self {
            Self::Task { .. } => Some(Answer::PassedOn),
            Self::Gather { answer, .. } => Some(answer),
            Self::Scope(scope) => {
                if scope.innermost || scope.answers.ends_the_wait {
                    scope.node.settle(scope.answers, message);
                }
                None
            }
        }
    }
}

impl AskedScope {
    fn next(&mut self) -> Next {
        if let Some(scope) = self.inside.next() {
            return Next::Scope(scope);
        }
        while let Some(wait) = self.waits.next() {
            self.asked = Some(wait.index);
            match wait.promise() {
                Some(promise) => return Next::Promise(promise.clone()),
                None => self.hear(wait.end(self.node.core())),
            }
        }
        Next::Nobody
    }

    fn hear(&mut self, answer: Answer) {
        let Some(wait) = self.asked else { return };
        self.node.note_answer(wait, answer);
        self.answers.any = true;
        self.answers.passed_on |= answer == Answer::PassedOn;
        self.answers.ends_the_wait |= answer.ends_the_wait();
    }
}

impl Drop for AskedTask {
    fn drop(&mut self) {
        self.0.clear(ASKING);
    }
}
