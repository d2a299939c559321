//! The items of a Rust file, found by parsing it, so that the source bears no marks for the book.
//!
//! Paths are what Rust would call the item: `EventLoop::call_soon` for a method of an inherent impl,
//! `impl fmt::Display for Event::fmt` for one of a trait impl, `Lane::Os`, `Event::turn`, `trace::quote`
//! in an inline module, `thread_local!` for a macro call. Where such a path would be ambiguous, the
//! kind may stand before it: `struct Event::turn`.

use proc_macro2::Span;
use syn::spanned::Spanned;
use syn::{Fields, ForeignItem, ImplItem, Item, TraitItem, Type};

use super::outline::{Builder, Kind, Outline};

/// The outline of a Rust file.
///
/// # Errors
///
/// The line at which it cannot be parsed, and why.
pub(crate) fn outline(text: &str) -> Result<Outline, (usize, String)> {
    let file = syn::parse_file(text)
        .map_err(|error| (error.span().start().line, format!("is not Rust: {error}")))?;
    let mut walk = Walk {
        builder: Builder::new(text),
    };
    if let Some(last) = file.attrs.last() {
        walk.head((1, last.span().end().line));
    } else if file.shebang.is_some() {
        walk.head((1, 1));
    }
    walk.items(&file.items, "", None);
    Ok(walk.builder.finish())
}

struct Walk<'a> {
    builder: Builder<'a>,
}

fn lines(spanned: &impl Spanned) -> (usize, usize) {
    let span = spanned.span();
    (span.start().line, span.end().line)
}

/// The source of a piece of syntax, on one line.
fn source(spanned: &impl Spanned) -> String {
    let text = spanned.span().source_text().unwrap_or_default();
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn macro_name(call: &syn::Macro) -> String {
    let last = call.path.segments.last();
    last.map_or_else(|| "!".to_owned(), |segment| format!("{}!", segment.ident))
}

/// A type or trait by its last name alone: `Guard` for `sync::Guard<'_, T>`.
fn bare_path(path: &syn::Path) -> String {
    path.segments
        .last()
        .map_or_else(String::new, |segment| segment.ident.to_string())
}

fn bare_type(of: &Type) -> String {
    match of {
        Type::Path(path) => bare_path(&path.path),
        other => source(other),
    }
}

impl Walk<'_> {
    fn head(&mut self, lines: (usize, usize)) {
        self.builder
            .add(vec!["head".to_owned()], lines, Kind::Head, None);
    }

    fn items(&mut self, items: &[Item], prefix: &str, parent: Option<usize>) {
        for item in items {
            self.item(item, prefix, parent);
        }
    }

    fn item(&mut self, item: &Item, prefix: &str, parent: Option<usize>) {
        let at = lines(item);
        let named = |word: &str, name: &dyn std::fmt::Display| {
            vec![format!("{prefix}{name}"), format!("{word} {prefix}{name}")]
        };
        let keys = match item {
            Item::Use(_) | Item::ExternCrate(_) => return self.head_line(at, parent),
            Item::Mod(module) => match &module.content {
                None => return self.head_line(at, parent),
                Some((brace, items)) => {
                    let keys = named("mod", &module.ident);
                    let inside = format!("{prefix}{}::", module.ident);
                    let header = after_attributes(brace.span.open(), &module.attrs);
                    return self.container(keys, at, parent, header, |walk, index| {
                        walk.items(items, &inside, Some(index));
                    });
                }
            },
            Item::Impl(block) => return self.impl_block(block, prefix, parent),
            Item::Trait(block) => {
                let inside = format!("{prefix}{}", block.ident);
                let header = block.brace_token.span.open().start().line;
                return self.container(
                    named("trait", &block.ident),
                    at,
                    parent,
                    header,
                    |walk, index| {
                        for item in &block.items {
                            let name = match item {
                                TraitItem::Const(item) => item.ident.to_string(),
                                TraitItem::Fn(item) => item.sig.ident.to_string(),
                                TraitItem::Type(item) => item.ident.to_string(),
                                TraitItem::Macro(item) => macro_name(&item.mac),
                                _ => continue,
                            };
                            let keys = vec![format!("{inside}::{name}")];
                            walk.builder
                                .add(keys, lines(item), Kind::Whole, Some(index));
                        }
                    },
                );
            }
            Item::ForeignMod(block) => {
                let keys = vec![format!("{prefix}{}", source(&block.abi))];
                let header = after_attributes(block.brace_token.span.open(), &block.attrs);
                return self.container(keys, at, parent, header, |walk, index| {
                    for item in &block.items {
                        let name = match item {
                            ForeignItem::Fn(item) => item.sig.ident.to_string(),
                            ForeignItem::Static(item) => item.ident.to_string(),
                            ForeignItem::Type(item) => item.ident.to_string(),
                            ForeignItem::Macro(item) => macro_name(&item.mac),
                            _ => continue,
                        };
                        let keys = vec![format!("{prefix}{name}")];
                        walk.builder
                            .add(keys, lines(item), Kind::Whole, Some(index));
                    }
                });
            }
            Item::Struct(item) => {
                let index = self.whole(named("struct", &item.ident), at, parent);
                return self.fields(
                    &item.fields,
                    "struct",
                    &format!("{prefix}{}", item.ident),
                    index,
                );
            }
            Item::Union(item) => {
                let index = self.whole(named("union", &item.ident), at, parent);
                let path = format!("{prefix}{}", item.ident);
                let open = item.fields.brace_token.span.open();
                return self.parts(open, item.fields.named.iter(), "union", &path, index);
            }
            Item::Enum(item) => return self.variants(item, prefix, parent),
            Item::Const(item) => named("const", &item.ident),
            Item::Fn(item) => named("fn", &item.sig.ident),
            Item::Static(item) => named("static", &item.ident),
            Item::TraitAlias(item) => named("trait", &item.ident),
            Item::Type(item) => named("type", &item.ident),
            Item::Macro(item) => match &item.ident {
                Some(name) => named("macro_rules!", name),
                None => vec![format!("{prefix}{}", macro_name(&item.mac))],
            },
            other => vec![format!("{prefix}{}", source(other))],
        };
        self.whole(keys, at, parent);
    }

    /// A `use` or `mod x;`: a line of the file's head, or inside an inline module a line of that module.
    fn head_line(&mut self, at: (usize, usize), parent: Option<usize>) {
        match parent {
            None => self.head(at),
            Some(_) => self.builder.enter(at.1),
        }
    }

    fn whole(&mut self, keys: Vec<String>, at: (usize, usize), parent: Option<usize>) -> usize {
        self.builder.add(keys, at, Kind::Whole, parent)
    }

    fn container(
        &mut self,
        keys: Vec<String>,
        at: (usize, usize),
        parent: Option<usize>,
        header: usize,
        members: impl FnOnce(&mut Self, usize),
    ) {
        let index = self.builder.add(keys, at, Kind::Container, parent);
        self.builder.enter(header);
        members(self, index);
        self.builder.leave(index);
    }

    fn impl_block(&mut self, block: &syn::ItemImpl, prefix: &str, parent: Option<usize>) {
        let full = source(&block.self_ty);
        let bare = bare_type(&block.self_ty);
        let generics = source(&block.generics);
        let not = if block.modifiers.polarity.is_some() {
            "!"
        } else {
            ""
        };
        let (subject, bare_subject) = match &block.trait_ {
            Some((path, _)) => (
                format!("{not}{} for {full}", source(path)),
                format!("{not}{} for {bare}", bare_path(path)),
            ),
            None => (full.clone(), bare.clone()),
        };
        let headers = [
            format!("impl {subject}"),
            format!("impl{generics} {subject}"),
            format!("impl {bare_subject}"),
        ];
        let under_prefix = |header: &String| format!("{prefix}{header}");
        let keys = headers.iter().map(under_prefix).collect();
        let header = after_attributes(block.brace_token.span.open(), &block.attrs);
        self.container(keys, lines(block), parent, header, |walk, index| {
            for item in &block.items {
                let (name, kind) = match item {
                    ImplItem::Const(item) => (item.ident.to_string(), Kind::Associated),
                    ImplItem::Fn(item) => (item.sig.ident.to_string(), Kind::Whole),
                    ImplItem::Type(item) => (item.ident.to_string(), Kind::Associated),
                    ImplItem::Macro(item) => (macro_name(&item.mac), Kind::Whole),
                    _ => continue,
                };
                let mut keys: Vec<_> = headers
                    .iter()
                    .map(|header| format!("{prefix}{header}::{name}"))
                    .collect();
                let inherent = block.trait_.is_none();
                if inherent {
                    keys.insert(0, format!("{prefix}{full}::{name}"));
                    keys.insert(0, format!("{prefix}{bare}::{name}"));
                }
                let kind = if inherent { Kind::Whole } else { kind };
                walk.builder.add(keys, lines(item), kind, Some(index));
            }
        });
    }

    fn fields(&mut self, fields: &Fields, word: &str, path: &str, parent: usize) {
        let open = match fields {
            Fields::Named(fields) => fields.brace_token.span.open(),
            Fields::Unnamed(fields) => fields.paren_token.span.open(),
            Fields::Unit => return,
        };
        self.parts(open, fields.iter(), word, path, parent);
    }

    fn parts<'f>(
        &mut self,
        open: Span,
        fields: impl Iterator<Item = &'f syn::Field>,
        word: &str,
        path: &str,
        parent: usize,
    ) {
        self.builder.enter(open.start().line);
        for (number, field) in fields.enumerate() {
            let name = field
                .ident
                .as_ref()
                .map_or_else(|| number.to_string(), ToString::to_string);
            let keys = vec![format!("{path}::{name}"), format!("{word} {path}::{name}")];
            self.builder
                .add(keys, lines(field), Kind::Part, Some(parent));
        }
        self.builder.leave(parent);
    }

    fn variants(&mut self, item: &syn::ItemEnum, prefix: &str, parent: Option<usize>) {
        let path = format!("{prefix}{}", item.ident);
        let keys = vec![path.clone(), format!("enum {path}")];
        let index = self.whole(keys, lines(item), parent);
        self.builder
            .enter(item.brace_token.span.open().start().line);
        for variant in &item.variants {
            let path = format!("{path}::{}", variant.ident);
            let keys = vec![path.clone(), format!("enum {path}")];
            let variant_index = self
                .builder
                .add(keys, lines(variant), Kind::Part, Some(index));
            self.fields(&variant.fields, "enum", &path, variant_index);
        }
        self.builder.leave(index);
    }
}

/// The last line of a container's header: its brace, or the inner attributes and docs behind it.
fn after_attributes(brace: Span, attributes: &[syn::Attribute]) -> usize {
    let inner = attributes
        .iter()
        .filter(|attribute| matches!(attribute.style, syn::AttrStyle::Inner(_)));
    inner
        .map(|attribute| attribute.span().end().line)
        .max()
        .unwrap_or(0)
        .max(brace.start().line)
}

#[cfg(test)]
mod tests;
