//! One request, one answer: a file of the book, the script that reloads it, or the stream of the builder's news.

use std::convert::Infallible;
use std::sync::Arc;

use bytes::Bytes;
use futures_util::stream;
use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt, Full, StreamBody};
use hyper::body::Frame;
use hyper::header::{ALLOW, CACHE_CONTROL, CONTENT_TYPE, RETRY_AFTER};
use hyper::{Method, Request, Response, StatusCode};

use super::hub::{Hub, News};
use super::site::with_reload_script;

type Body = UnsyncBoxBody<Bytes, Infallible>;

const HTML: &str = "text/html; charset=utf-8";

/// Answers a request. A body that the client sent is not looked at.
pub(super) fn answer<B>(hub: &Arc<Hub>, request: &Request<B>) -> Response<Body> {
    if !matches!(*request.method(), Method::GET | Method::HEAD) {
        let text = "This server answers GET and HEAD only.\n";
        let mut response = page(StatusCode::METHOD_NOT_ALLOWED, "text/plain", text);
        let allowed = hyper::header::HeaderValue::from_static("GET, HEAD");
        response.headers_mut().insert(ALLOW, allowed);
        return response;
    }
    match request.uri().path() {
        "/-/events" => events(Arc::clone(hub)),
        "/-/reload.js" => page(
            StatusCode::OK,
            "text/javascript; charset=utf-8",
            include_str!("reload.js"),
        ),
        path => file(hub, path),
    }
}

/// A file of the last good book.
fn file(hub: &Hub, path: &str) -> Response<Body> {
    let Some(site) = hub.site() else {
        let text = "<!doctype html><title>Building</title><body><p>The book is being built.</body>";
        let text = with_reload_script(text.as_bytes(), 0);
        let mut response = page(StatusCode::SERVICE_UNAVAILABLE, HTML, text);
        response.headers_mut().insert(RETRY_AFTER, 2.into());
        return response;
    };
    if let Some(file) = site.get(path) {
        return page(StatusCode::OK, file.mime, file.content.clone());
    }
    match site.get("/404.html") {
        Some(file) => page(StatusCode::NOT_FOUND, HTML, file.content.clone()),
        None => page(
            StatusCode::NOT_FOUND,
            "text/plain",
            "There is no such page.\n",
        ),
    }
}

fn page(status: StatusCode, mime: &'static str, content: impl Into<Bytes>) -> Response<Body> {
    let body = Full::new(content.into()).boxed_unsync();
    with_headers(Response::new(body), status, mime)
}

fn with_headers(
    mut response: Response<Body>,
    status: StatusCode,
    mime: &'static str,
) -> Response<Body> {
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, hyper::header::HeaderValue::from_static(mime));
    headers.insert(
        CACHE_CONTROL,
        hyper::header::HeaderValue::from_static("no-cache"),
    );
    response
}

/// The builder's news as server-sent events, for as long as the page is open.
fn events(hub: Arc<Hub>) -> Response<Body> {
    let news = stream::unfold(0, move |seen| {
        let hub = Arc::clone(&hub);
        async move {
            let (edition, news) = hub.news_after(seen).await;
            let event = Bytes::from(format!("data: {}\n\n", json(&news)));
            Some((Ok(Frame::data(event)), edition))
        }
    });
    let body = StreamBody::new(news).boxed_unsync();
    with_headers(Response::new(body), StatusCode::OK, "text/event-stream")
}

fn json(news: &News) -> serde_json::Value {
    match news {
        News::Building(step) => serde_json::json!({ "building": step }),
        News::Ready(version) => serde_json::json!({ "ready": version }),
        News::Broken(problems) => serde_json::json!({ "broken": problems }),
    }
}
