//! The fenced blocks that are verified: what an info string asks for.

/// What a fenced block stands for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Block {
    /// What a binary of the chapter prints.
    Output(Output),
    /// What the Python program before it prints.
    OutputOfPython,
    /// What the illustration before it prints.
    OutputOfIllustration,
    /// A Python program.
    Python,
    /// A piece of Rust that is not the program.
    Illustration(Illustration),
    /// Nothing that this tool knows: Markdown as it is.
    Other,
}

/// A block of a binary's output.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Output {
    /// The binary's name.
    pub binary: String,
    /// What it is called with.
    pub arguments: Vec<String>,
    /// Whether `‹…›` stands for a part of a line that varies.
    pub masked: bool,
    /// Whether the program is meant to end with another status than 0.
    pub fails: bool,
}

/// What has to come of an illustration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Illustration {
    /// It compiles.
    Compiles,
    /// It compiles and runs to its end.
    Runs,
    /// The compiler refuses it with this error.
    Refused(String),
}

impl Block {
    /// Reads an info string.
    ///
    /// # Errors
    ///
    /// It begins as one that this tool knows, and goes on as none.
    pub fn parse(info: &str) -> Result<Block, String> {
        let mut words = info.split([' ', '\t', ',']).filter(|word| !word.is_empty());
        let first = words.next();
        let rest: Vec<&str> = words.collect();
        match first {
            Some("output") => output(&rest),
            Some("python") if rest.is_empty() => Ok(Block::Python),
            Some("python") => Err(format!(
                "`{info}`: a Python block is `python` and nothing else"
            )),
            Some("rust") if rest.first() == Some(&"illustration") => {
                illustration(&rest[1..]).map(Block::Illustration)
            }
            _ => Ok(Block::Other),
        }
    }
}

fn output(words: &[&str]) -> Result<Block, String> {
    let mut words = words.to_vec();
    let mut flag = |name| {
        let last = words.len() > 1 && words.last() == Some(&name);
        if last {
            words.pop();
        }
        last
    };
    // In either order.
    let (mut masked, mut fails) = (flag("masked"), flag("fails"));
    masked |= flag("masked");
    fails |= flag("fails");
    match words.as_slice() {
        ["python"] if !masked && !fails => Ok(Block::OutputOfPython),
        ["illustration"] if !masked && !fails => Ok(Block::OutputOfIllustration),
        ["python" | "illustration", ..] => {
            Err("an output of python or of an illustration takes nothing behind it".to_owned())
        }
        [binary, arguments @ ..] => {
            // `--` ends cargo's own arguments; the program does not see it.
            let arguments = arguments.strip_prefix(&["--"]).unwrap_or(arguments);
            Ok(Block::Output(Output {
                binary: (*binary).to_owned(),
                arguments: arguments.iter().map(|word| (*word).to_owned()).collect(),
                masked,
                fails,
            }))
        }
        [] => Err("`output` of what? The name of a binary, `python` or `illustration`".to_owned()),
    }
}

fn illustration(words: &[&str]) -> Result<Illustration, String> {
    match words {
        [] => Ok(Illustration::Compiles),
        ["run"] => Ok(Illustration::Runs),
        ["compile_fail", code] if code.starts_with('E') => {
            Ok(Illustration::Refused((*code).to_owned()))
        }
        _ => Err(format!(
            "`{}` behind `rust,illustration`: known are `run` and `compile_fail,E…`",
            words.join(",")
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn output(
        binary: &str,
        arguments: &[&str],
        masked: bool,
        fails: bool,
    ) -> Result<Block, String> {
        Ok(Block::Output(Output {
            binary: binary.to_owned(),
            arguments: arguments.iter().map(|word| (*word).to_owned()).collect(),
            masked,
            fails,
        }))
    }

    #[test]
    fn an_output_has_a_program_arguments_and_flags() {
        assert_eq!(Block::parse("output hog"), output("hog", &[], false, false));
        assert_eq!(
            Block::parse("output hog -- --trace"),
            output("hog", &["--trace"], false, false)
        );
        assert_eq!(
            Block::parse("output hog 3 masked"),
            output("hog", &["3"], true, false)
        );
        assert_eq!(
            Block::parse("output hog fails masked"),
            output("hog", &[], true, true)
        );
        assert_eq!(
            Block::parse("output masked"),
            output("masked", &[], false, false)
        );
        assert_eq!(Block::parse("output python"), Ok(Block::OutputOfPython));
        assert!(Block::parse("output").is_err());
        assert!(Block::parse("output python masked").is_err());
    }

    #[test]
    fn an_illustration_compiles_runs_or_is_refused() {
        let parse = |info| {
            Block::parse(info).map(|block| match block {
                Block::Illustration(illustration) => illustration,
                other => panic!("{other:?} is no illustration"),
            })
        };
        assert_eq!(parse("rust,illustration"), Ok(Illustration::Compiles));
        assert_eq!(parse("rust, illustration, run"), Ok(Illustration::Runs));
        let refused = Illustration::Refused("E0382".to_owned());
        assert_eq!(parse("rust,illustration,compile_fail,E0382"), Ok(refused));
        assert!(Block::parse("rust,illustration,ignore").is_err());
    }

    #[test]
    fn the_rest_is_left_alone() {
        assert_eq!(Block::parse("rust"), Ok(Block::Other));
        assert_eq!(Block::parse("toml"), Ok(Block::Other));
        assert_eq!(Block::parse(""), Ok(Block::Other));
        assert!(Block::parse("python,ignore").is_err());
    }
}
