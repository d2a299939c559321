//! What is said of the player, and held against it.

use serde_json::{Value, json};

use crate::Fallible;
use crate::page::{Page, Screen};
use crate::player::Player;
use crate::recording::Moment;

/// Tries the page.
pub type Statement = fn(&mut Page<'_>, &[Moment]) -> Fallible;

/// All of them, by what they say.
pub const ALL: &[(&str, Statement)] = &[
    (
        "the buttons step through the run, forwards and back",
        buttons,
    ),
    ("the keys step, and do not turn the page", keys),
    ("the slider goes to any event", slider),
    ("two players on a page go their own ways", two_players),
    (
        "on a telephone a finger steps, and nothing is wider than the screen",
        telephone,
    ),
    ("who wants no motion is shown none", no_motion),
    (
        "in print and without a script the picture stands alone",
        picture_alone,
    ),
];

fn buttons(page: &mut Page<'_>, run: &[Moment]) -> Fallible {
    page.open(Screen::Desk)?;
    let player = Player::new(page, 0);
    player.shows(&run[0])?;
    disabled(page, &player, ["true", "true", "false", "false"])?;
    let mut left = f64::MIN;
    for moment in &run[1..] {
        page.click(&player.button("Forward one event"))?;
        player.shows(moment)?;
        player.cursor_is_seen()?;
        let x = page.look(&format!(
            "Number({}.getAttribute('x'))",
            player.element(".cursor")
        ))?;
        let x = x.as_f64().unwrap_or_default();
        // Chapter 1's run is one row, so that time goes to the right.
        same("the cursor moves on", &(x > left), &true)?;
        left = x;
    }
    disabled(page, &player, ["false", "false", "true", "true"])?;
    page.click(&player.button("Forward one event"))?;
    player.shows(&run[run.len() - 1])?;
    for moment in run.iter().rev().skip(1) {
        page.click(&player.button("Back one event"))?;
        player.shows(moment)?;
    }
    page.click(&player.button("Last event"))?;
    player.shows(&run[run.len() - 1])?;
    page.click(&player.button("First event"))?;
    player.shows(&run[0])
}

/// Which of the buttons say that there is nothing to do for them.
fn disabled(page: &Page<'_>, player: &Player<'_, '_>, expected: [&str; 4]) -> Fallible {
    let all = page.look(&format!(
        "[...{}.querySelectorAll('button')].map((button) => button.getAttribute('aria-disabled'))",
        player.element(".controls")
    ))?;
    same("buttons without use", &all, &json!(expected))
}

fn keys(page: &mut Page<'_>, run: &[Moment]) -> Fallible {
    page.open(Screen::Desk)?;
    let player = Player::new(page, 0);
    page.look(&format!("{}.focus()", player.element(".scroll")))?;
    for moment in &run[1..6] {
        page.press("ArrowRight")?;
        player.shows(moment)?;
    }
    page.press("ArrowLeft")?;
    player.shows(&run[4])?;
    page.press("End")?;
    player.shows(&run[run.len() - 1])?;
    page.press("ArrowRight")?;
    player.shows(&run[run.len() - 1])?;
    page.press("Home")?;
    player.shows(&run[0])?;
    page.press("ArrowLeft")?;
    player.shows(&run[0])?;
    // From the picture the tabulator leads to the buttons, where the same keys do the same.
    page.press("Tab")?;
    let focus = page.look("document.activeElement.getAttribute('aria-label')")?;
    same("the focus", &focus, &json!("First event"))?;
    let outline = page.look("getComputedStyle(document.activeElement).outlineStyle")?;
    same(
        "the outline of what has the focus",
        &outline,
        &json!("solid"),
    )?;
    page.press("ArrowRight")?;
    player.shows(&run[1])?;
    let live = page.look(&format!(
        "{}.getAttribute('aria-live')",
        player.element(".told")
    ))?;
    same("the words are announced", &live, &json!("polite"))
}

fn slider(page: &mut Page<'_>, run: &[Moment]) -> Fallible {
    page.open(Screen::Desk)?;
    let player = Player::new(page, 0);
    page.click(&player.element("input"))?;
    let value = page.look(&format!("Number({}.value)", player.element("input")))?;
    let value = value.as_u64().unwrap_or_default() as usize;
    same(
        "a click into its middle goes to about the middle",
        &(14..18).contains(&value),
        &true,
    )?;
    player.shows(&run[value])?;
    page.press("ArrowRight")?;
    player.shows(&run[value + 1])?;
    page.press("Home")?;
    player.shows(&run[0])?;
    page.press("End")?;
    player.shows(&run[run.len() - 1])
}

fn two_players(page: &mut Page<'_>, run: &[Moment]) -> Fallible {
    page.open(Screen::Desk)?;
    let (first, second) = (Player::new(page, 0), Player::new(page, 1));
    page.click(&second.button("Last event"))?;
    first.shows(&run[0])?;
    same(
        "the other program's last words",
        &second.shown()?.words,
        &"bell returns".to_owned(),
    )?;
    page.click(&first.button("Forward one event"))?;
    first.shows(&run[1])?;
    same(
        "the other stays",
        &second.shown()?.words,
        &"bell returns".to_owned(),
    )
}

fn telephone(page: &mut Page<'_>, run: &[Moment]) -> Fallible {
    page.open(Screen::Telephone)?;
    let player = Player::new(page, 0);
    for moment in &run[1..] {
        page.tap(&player.button("Forward one event"))?;
        player.shows(moment)?;
        player.cursor_is_seen()?;
    }
    page.tap(&player.button("Back one event"))?;
    player.shows(&run[run.len() - 2])?;
    let width = page.look("document.scrollingElement.scrollWidth")?;
    same("the page's width", &width, &json!(390))?;
    let beyond = page.look(&format!(
        "[...{}.querySelectorAll(':not(code, code *)')].filter((element) => {{
            const box = element.getBoundingClientRect();
            return box.left < 0 || box.right > 390;
        }}).map((element) => element.className || element.tagName)",
        player.element(".player")
    ))?;
    same("what is beyond the edge", &beyond, &json!([]))?;
    let small = page.look(&format!(
        "[...{}.children].filter((element) => element.offsetHeight < 44 || element.offsetWidth < 44).length",
        player.element(".controls")
    ))?;
    same("what is too small for a finger", &small, &json!(0))
}

fn no_motion(page: &mut Page<'_>, run: &[Moment]) -> Fallible {
    let wish = json!({ "features": [{ "name": "prefers-reduced-motion", "value": "reduce" }] });
    page.call("Emulation.setEmulatedMedia", wish)?;
    page.open(Screen::Telephone)?;
    let player = Player::new(page, 0);
    // In one expression: nothing has time to glide.
    let moved = page.look(&format!(
        "(() => {{ const scroll = {}; {}.click(); const now = scroll.scrollLeft;
            return now > 0 && now === scroll.scrollWidth - scroll.clientWidth; }})()",
        player.element(".scroll"),
        player.button("Last event")
    ))?;
    same(
        "the picture is where it has to be at once",
        &moved,
        &json!(true),
    )?;
    player.shows(&run[run.len() - 1])
}

fn picture_alone(page: &mut Page<'_>, _: &[Moment]) -> Fallible {
    page.open(Screen::Desk)?;
    let player = Player::new(page, 0);
    page.call("Emulation.setEmulatedMedia", json!({ "media": "print" }))?;
    let visible = |selector: &str| {
        let element = player.element(selector);
        page.look(&format!("({element}?.getClientRects().length ?? 0) > 0"))
    };
    same(
        "the player in print",
        &visible(".player")?,
        &Value::Bool(false),
    )?;
    same(
        "the cursor in print",
        &visible(".cursor")?,
        &Value::Bool(false),
    )?;
    same("the picture in print", &visible("svg")?, &Value::Bool(true))?;
    page.call("Emulation.setEmulatedMedia", json!({ "media": "" }))?;
    page.call(
        "Emulation.setScriptExecutionDisabled",
        json!({ "value": true }),
    )?;
    page.open(Screen::Desk)?;
    let player = Player::new(page, 0);
    let found = |selector: &str| page.look(&format!("{} !== null", player.element(selector)));
    same(
        "the player without a script",
        &found(".player")?,
        &Value::Bool(false),
    )?;
    same(
        "the picture without a script",
        &found("svg .bar")?,
        &Value::Bool(true),
    )
}

fn same<T: PartialEq + std::fmt::Debug>(what: &str, shown: &T, expected: &T) -> Fallible {
    match shown == expected {
        true => Ok(()),
        false => Err(format!("{what}: expected {expected:?}, shown is {shown:?}")),
    }
}
