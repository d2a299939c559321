//! The fenced blocks of a page: each is verified, and given the caption that says where it comes from.

use crate::blocks::{Block, Illustration, Output};
use crate::html::{embed, escape};
use crate::illustrations;
use crate::outputs::{self, ELISION};
use crate::page::Piece;
use crate::python;
use crate::run::End;

use super::{Press, Work, command, package};

impl Press<'_> {
    /// Verifies the block `piece`, the page's piece number `index`, and gives back what stands for it.
    pub(super) fn fence(
        &self,
        work: &mut Work<'_>,
        index: usize,
        piece: &Piece,
        info: Option<&str>,
        body: &str,
    ) -> String {
        let block = match Block::parse(info.unwrap_or_default()) {
            Ok(block) => block,
            Err(message) => {
                work.problem(piece.line, message);
                return String::new();
            }
        };
        match block {
            Block::Output(output) => self.output(work, index, piece, &output, body),
            Block::OutputOfPython => {
                work.printed.counts.outputs += 1;
                match work.python.take() {
                    Some(Some(run)) => work.compare(index, piece, body, &run.stdout, false),
                    Some(None) => {}
                    None => work.problem(piece.line, "no Python program stands before this output"),
                }
                embed(&shown_output("$ python3", body, false))
            }
            Block::OutputOfIllustration => {
                work.printed.counts.outputs += 1;
                let mut caption = "it prints";
                match work.illustration.take() {
                    Some(run) => {
                        if run.end != End::Success {
                            caption = "the compiler says";
                        }
                        work.compare(index, piece, body, &run.stdout, false);
                    }
                    None => work.problem(
                        piece.line,
                        "no `rust,illustration,run` that ran to its end stands before this output, \
                         and none that was refused as it says",
                    ),
                }
                embed(&shown_output(caption, body, false))
            }
            Block::Python => {
                self.python(work, piece, body);
                captioned("python", "Python", "python", body)
            }
            Block::Illustration(illustration) => {
                self.illustration(work, piece, &illustration, body);
                let caption = match &illustration {
                    Illustration::Refused(code) => {
                        format!("Not part of the program; the compiler refuses it with {code}")
                    }
                    _ => "Not part of the program".to_owned(),
                };
                captioned("illustration", &caption, "rust", body)
            }
            Block::Other => piece.source.clone(),
        }
    }

    fn output(
        &self,
        work: &mut Work<'_>,
        index: usize,
        piece: &Piece,
        output: &Output,
        body: &str,
    ) -> String {
        work.printed.counts.outputs += 1;
        let arguments: Vec<&str> = output.arguments.iter().map(String::as_str).collect();
        let run = package(work.chapter).and_then(|package| {
            let run = self
                .programs
                .run(&self.cache, package, &output.binary, &arguments)?;
            Ok((package, run))
        });
        let (package, run) = match run {
            Ok(found) => found,
            Err(message) => {
                work.problem(piece.line, message);
                return String::new();
            }
        };
        match (run.complaint(), output.fails) {
            (Some(complaint), false) => {
                work.problem(piece.line, format!("`{}` {complaint}", output.binary));
            }
            (None, true) => {
                let message = format!("`{}` is to fail, and ended with success", output.binary);
                work.problem(piece.line, message);
            }
            _ => {}
        }
        if output.fails {
            work.printed.failing.insert(output.binary.clone());
        }
        work.compare(index, piece, body, &run.stdout, output.masked);
        let command = format!("$ {}", command(package, &output.binary, &arguments));
        embed(&shown_output(&command, body, output.masked))
    }

    fn python(&self, work: &mut Work<'_>, piece: &Piece, body: &str) {
        work.printed.counts.python += 1;
        let run = match self.python.run(&self.cache, body) {
            Ok(run) => run,
            Err(message) => return work.problem(piece.line, message),
        };
        match &run {
            None => {
                let message = "this Python program was not run: needs python3";
                work.printed.not_run.add(&*work.file, piece.line, message);
            }
            Some(run) => {
                if let Some(complaint) = run.complaint() {
                    let line = piece.line + python::failed_line(&run.stderr).unwrap_or(0);
                    work.problem(line, format!("this Python program {complaint}"));
                }
            }
        }
        work.python = Some(run);
    }

    fn illustration(
        &self,
        work: &mut Work<'_>,
        piece: &Piece,
        illustration: &Illustration,
        body: &str,
    ) {
        work.printed.counts.illustrations += 1;
        let (programs, cache) = (&self.programs, &self.cache);
        match illustrations::verify(programs, cache, work.chapter, illustration, body) {
            Ok(run) => work.illustration = run,
            Err(fault) => {
                let line = piece.line + fault.line.unwrap_or(0);
                work.problem(line, format!("this illustration {}", fault.message));
            }
        }
    }
}

impl Work<'_> {
    /// Compares an output block with the output, and notes what the block should be.
    fn compare(&mut self, index: usize, piece: &Piece, body: &str, output: &str, masked: bool) {
        let Err(difference) = outputs::compare(body, output, masked) else {
            return;
        };
        let line = piece.line + 1 + difference.line;
        let mut message = format!(
            "this is not what the program prints; {}",
            difference.message
        );
        match outputs::bless(body, output, masked).and_then(|body| with_body(piece, &body)) {
            Ok(source) => {
                message.push_str("\n    `check --bless` writes what it prints into the page");
                self.blessed.push((index, source));
            }
            Err(reason) => message.push_str(&format!("\n    mend it by hand: {reason}")),
        }
        self.problem(line, message);
    }
}

/// The source of a fenced block with another body.
fn with_body(piece: &Piece, body: &str) -> Result<String, String> {
    let mut lines = piece.source.split_inclusive('\n');
    let (Some(first), Some(last)) = (lines.next(), lines.next_back()) else {
        return Err("the block has no closing fence".to_owned());
    };
    if !first.starts_with(['`', '~']) || !last.starts_with(['`', '~']) {
        return Err("the block is part of a list or a quotation".to_owned());
    }
    Ok(format!("{first}{body}{last}"))
}

fn shown_output(command: &str, body: &str, masked: bool) -> String {
    let mut lines = String::new();
    for line in body.split_inclusive('\n') {
        if line.trim_end() == ELISION {
            lines.push_str("<span class=\"elided\" title=\"lines left out\">…</span>\n");
        } else if masked {
            let line = escape(line).replace(
                '‹',
                "<span class=\"masked\" title=\"varies from run to run\">‹",
            );
            lines.push_str(&line.replace('›', "›</span>"));
        } else {
            lines.push_str(&escape(line));
        }
    }
    let command = escape(command);
    format!(
        "<figure class=\"output\"><figcaption>{command}</figcaption><pre><samp>{lines}</samp></pre></figure>"
    )
}

fn captioned(class: &str, caption: &str, language: &str, body: &str) -> String {
    let (caption, body) = (escape(caption), escape(body));
    embed(&format!(
        "<figure class=\"{class}\"><figcaption>{caption}</figcaption><pre>\
         <code class=\"language-{language}\">{body}</code></pre></figure>"
    ))
}
