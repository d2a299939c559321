//! Values and errors of a program.

use std::fmt;
use std::panic::resume_unwind;

use final_runtime::{Cancelled, GroupError, JoinError, Panic};

use crate::json::Json;

/// What a task gives.
#[derive(Clone, Debug)]
pub(super) struct Value(pub(super) Json);

/// A gather's value: what each child gave.
impl FromIterator<Value> for Value {
    fn from_iter<I: IntoIterator<Item = Value>>(values: I) -> Self {
        let ok = |value: Value| Json::list(["ok".into(), value.0]);
        Self(Json::list(values.into_iter().map(ok)))
    }
}

impl FromIterator<Result<Value, JoinError>> for Value {
    fn from_iter<I: IntoIterator<Item = Result<Value, JoinError>>>(outcomes: I) -> Self {
        Self(Json::list(outcomes.into_iter().map(
            |outcome| match outcome {
                Ok(value) => Json::list(["ok".into(), value.0]),
                Err(error) => Json::list(["err".into(), encode_error(&error)]),
            },
        )))
    }
}

/// An error of a program, as the log writes it.
#[derive(Clone, Debug)]
pub(super) struct Exc(pub(super) Json);

impl Exc {
    pub(super) fn of(kind: &str) -> Self {
        Self(Json::list([kind.into()]))
    }

    pub(super) fn user(name: &str) -> Self {
        Self(Json::list(["user".into(), name.into()]))
    }

    pub(super) fn group(error: &GroupError) -> Self {
        let failures = error.failures().iter().map(encode_error);
        Self(Json::list(["group".into(), Json::list(failures)]))
    }
}

impl fmt::Display for Exc {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl std::error::Error for Exc {}

/// What an op raises: an error, or a cancellation, which travels by itself and not as a value.
#[derive(Debug)]
pub(super) enum Raise {
    Error(Exc),
    Cancelled(Cancelled),
}

impl Raise {
    /// As the log writes it.
    pub(super) fn encode(&self) -> Json {
        match self {
            Self::Error(error) => error.0.clone(),
            Self::Cancelled(cancelled) => encode_cancelled(cancelled),
        }
    }

    /// Whether a handler for `kinds` catches it.
    pub(super) fn is_any_of(&self, kinds: &[Json]) -> bool {
        let raised = self.encode();
        let part = |at: usize| raised.items().get(at).and_then(Json::as_str);
        let kind = part(0).expect("an error has a kind");
        kinds
            .iter()
            .filter_map(Json::as_str)
            .any(|wanted| match wanted {
                "any" => kind != "cancelled",
                "all" => true,
                wanted => match wanted.split_once(':') {
                    Some((wanted, name)) => kind == wanted && part(1) == Some(name),
                    None => kind == wanted,
                },
            })
    }

    /// Raises it in a task: a cancellation does not come back.
    pub(super) async fn go(self) -> Exc {
        match self {
            Self::Error(error) => error,
            Self::Cancelled(cancelled) => cancelled.resume().await,
        }
    }

    /// Raises it in a callback.
    pub(super) fn leave_callback(&self) -> ! {
        resume_unwind(Box::new(Thrown(self.encode().to_string())))
    }
}

impl From<Exc> for Raise {
    fn from(error: Exc) -> Self {
        Self::Error(error)
    }
}

impl From<JoinError> for Raise {
    fn from(error: JoinError) -> Self {
        match error {
            JoinError::Cancelled(cancelled) => Self::Cancelled(cancelled),
            JoinError::Panicked(panic) => panic.resume(),
            error => Self::Error(Exc(encode_error(&error))),
        }
    }
}

/// What a callback panics with.
struct Thrown(String);

/// What a callback raised.
pub(super) fn raised_in_callback(panic: &Panic) -> Json {
    let payload = panic.take_payload().expect("nobody asked before");
    match payload.downcast::<Thrown>() {
        Ok(thrown) => Json::parse(&thrown.0).expect("written by us"),
        Err(payload) => resume_unwind(payload),
    }
}

fn encode_cancelled(cancelled: &Cancelled) -> Json {
    let message = cancelled.message().map(Json::text);
    Json::list(std::iter::once("cancelled".into()).chain(message))
}

/// An error as the log writes it.
pub(super) fn encode_error(error: &JoinError) -> Json {
    match error {
        JoinError::Cancelled(cancelled) => encode_cancelled(cancelled),
        JoinError::AwaitsItself => Json::list(["runtime".into()]),
        error => match error.downcast_ref::<Exc>() {
            Some(error) => error.0.clone(),
            None => panic!("no error of the program: {error}"),
        },
    }
}
