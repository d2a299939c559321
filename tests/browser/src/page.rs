//! A page in the browser: opened, looked at, and operated as a person would, with keys, mouse and finger.

use std::thread;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::Fallible;
use crate::browser::{Browser, LIMIT};

/// A tab with one page of the book.
pub struct Page<'a> {
    browser: &'a Browser,
    target: String,
    session: String,
    address: String,
    /// What was asked of hosts, and what went wrong, in sentences.
    complaints: Vec<String>,
}

/// How wide the window is, and what kind of machine it is on.
#[derive(Clone, Copy)]
pub enum Screen {
    /// With a mouse.
    Desk,
    /// With fingers.
    Telephone,
}

impl<'a> Page<'a> {
    /// A tab that has not loaded `address` yet.
    pub fn new(browser: &'a Browser, address: &str) -> Fallible<Self> {
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let made = browser.call(None, "Target.createTarget", json!({ "url": "about:blank" }))?;
        let target = text(&made["targetId"]);
        let attach = json!({ "targetId": target, "flatten": true });
        let attached = browser.call(None, "Target.attachToTarget", attach)?;
        let page = Self {
            browser,
            target,
            session: text(&attached["sessionId"]),
            address: address.to_owned(),
            complaints: Vec::new(),
        };
        for domain in ["Page", "Runtime", "Log", "Network"] {
            page.call(&format!("{domain}.enable"), json!({}))?;
        }
        Ok(page)
    }

    /// Has the tab do something.
    pub fn call(&self, method: &str, parameters: Value) -> Fallible<Value> {
        self.browser.call(Some(&self.session), method, parameters)
    }

    /// Loads the page, with a window of that kind.
    pub fn open(&mut self, screen: Screen) -> Fallible {
        let (width, height, telephone) = match screen {
            Screen::Desk => (1280, 900, false),
            Screen::Telephone => (390, 844, true),
        };
        let metrics = json!({ "width": width, "height": height, "deviceScaleFactor": 1, "mobile": telephone });
        self.call("Emulation.setDeviceMetricsOverride", metrics)?;
        let touch = json!({ "enabled": telephone, "maxTouchPoints": 1 });
        self.call("Emulation.setTouchEmulationEnabled", touch)?;
        let address = self.address.clone();
        let loaded = self.call("Page.navigate", json!({ "url": address }))?;
        if let Some(error) = loaded["errorText"].as_str() {
            return Err(format!("{address} does not load: {error}"));
        }
        self.wait("the page is there", |page| {
            let state = page.look("[location.href, document.readyState]")?;
            Ok(state == json!([address, "complete"]))
        })
    }

    /// The value of an expression in the page's language.
    pub fn look(&self, expression: &str) -> Fallible<Value> {
        let asked = json!({ "expression": expression, "returnByValue": true });
        let mut answer = self.call("Runtime.evaluate", asked)?;
        match answer["exceptionDetails"].is_null() {
            true => Ok(answer["result"]["value"].take()),
            false => Err(format!("{expression}: {}", answer["exceptionDetails"])),
        }
    }

    /// Waits until something is so. A page that holds a connection to its server open is never idle, so nothing
    /// else can be waited for.
    pub fn wait(&self, what: &str, is_so: impl Fn(&Self) -> Fallible<bool>) -> Fallible {
        let deadline = Instant::now() + LIMIT;
        while !is_so(self)? {
            if Instant::now() > deadline {
                return Err(format!("waited in vain until {what}"));
            }
            thread::sleep(Duration::from_millis(20));
        }
        Ok(())
    }

    /// Presses a key and lets it go.
    pub fn press(&self, key: &str) -> Fallible {
        let code = match key {
            "Tab" => 9,
            "End" => 35,
            "Home" => 36,
            "ArrowLeft" => 37,
            "ArrowRight" => 39,
            _ => return Err(format!("which key is {key}?")),
        };
        for kind in ["keyDown", "keyUp"] {
            let event =
                json!({ "type": kind, "key": key, "code": key, "windowsVirtualKeyCode": code });
            self.call("Input.dispatchKeyEvent", event)?;
        }
        Ok(())
    }

    /// Clicks into the middle of what an expression names.
    pub fn click(&self, element: &str) -> Fallible {
        let (x, y) = self.middle(element)?;
        for kind in ["mousePressed", "mouseReleased"] {
            let event = json!({ "type": kind, "x": x, "y": y, "button": "left", "clickCount": 1 });
            self.call("Input.dispatchMouseEvent", event)?;
        }
        Ok(())
    }

    /// Taps with a finger on the middle of what an expression names.
    pub fn tap(&self, element: &str) -> Fallible {
        let (x, y) = self.middle(element)?;
        let touched = json!({ "type": "touchStart", "touchPoints": [{ "x": x, "y": y }] });
        self.call("Input.dispatchTouchEvent", touched)?;
        let lifted = json!({ "type": "touchEnd", "touchPoints": [] });
        self.call("Input.dispatchTouchEvent", lifted)?;
        Ok(())
    }

    /// Where an element is in the window, brought there first. Something else on top of it is a failure.
    fn middle(&self, element: &str) -> Fallible<(f64, f64)> {
        let place = self.look(&format!(
            "(() => {{ const element = {element};
                const middle = () => {{
                    const box = element.getBoundingClientRect();
                    return [box.x + box.width / 2, box.y + box.height / 2];
                }};
                let [x, y] = middle();
                if (!element.contains(document.elementFromPoint(x, y))) {{
                    element.scrollIntoView({{ block: 'center', behavior: 'instant' }});
                    [x, y] = middle();
                }}
                return element.contains(document.elementFromPoint(x, y)) ? [x, y] : null; }})()"
        ))?;
        match (place[0].as_f64(), place[1].as_f64()) {
            (Some(x), Some(y)) => Ok((x, y)),
            _ => Err(format!("{element} cannot be reached in the window")),
        }
    }

    /// Closes the tab, and fails if the page has asked another host for something, or has complained.
    pub fn close(mut self) -> Fallible {
        let events = self.browser.take_events(&self.session);
        for event in &events {
            self.note(event);
        }
        let target = json!({ "targetId": self.target });
        self.browser.call(None, "Target.closeTarget", target)?;
        match self.complaints.is_empty() {
            true => Ok(()),
            false => Err(self.complaints.join("\n    ")),
        }
    }

    fn note(&mut self, event: &Value) {
        let parameters = &event["params"];
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let complaint = match event["method"].as_str() {
            Some("Network.requestWillBeSent") => {
                let url = text(&parameters["request"]["url"]);
                let is_here = url.starts_with(origin(&self.address)) || url.starts_with("data:");
                (!is_here).then(|| format!("asked another host: {url}"))
            }
            Some("Network.webSocketCreated") => Some(format!("opened {}", parameters["url"])),
            Some("Runtime.exceptionThrown") => {
                Some(format!("threw {}", parameters["exceptionDetails"]))
            }
            Some("Runtime.consoleAPICalled")
                if ["error", "warning", "assert"].contains(&&*text(&parameters["type"])) =>
            {
                Some(format!("said on the console: {}", parameters["args"]))
            }
            Some("Log.entryAdded") if parameters["entry"]["level"] == "error" => {
                Some(format!("an error in the log: {}", parameters["entry"]))
            }
            _ => None,
        };
        self.complaints.extend(complaint);
    }
}

/// `http://127.0.0.1:3000/` of an address below it; `file://` of a file.
fn origin(address: &str) -> &str {
    let host = address.find("://").map_or(0, |at| at + 3);
    match address.starts_with("file:") {
        true => &address[..host],
        false => {
            &address[..address[host..]
                .find('/')
                .map_or(address.len(), |at| host + at + 1)]
        }
    }
}
