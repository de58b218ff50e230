//! `chunk!`: Lua source as Rust tokens.
//!
//! The source is put together again from the tokens' places, so that lines are what they were; the first is that of the first
//! token. What is captured becomes a field of the chunk's environment.

use crate::api;
use proc_macro2::{Delimiter, Ident, LineColumn, Span, TokenStream, TokenTree};
use quote::quote;

#[derive(Default)]
struct Source {
    text: String,
    /// Where the text ends in the program.
    at: Option<LineColumn>,
    captures: Vec<Ident>,
}

impl Source {
    fn add(&mut self, text: &str, start: LineColumn, end: LineColumn) {
        if let Some(at) = self.at {
            if start.line > at.line {
                self.text.extend(std::iter::repeat_n('\n', start.line - at.line));
                self.text.extend(std::iter::repeat_n(' ', start.column));
            } else {
                let gap = start.column.saturating_sub(at.column);
                self.text.extend(std::iter::repeat_n(' ', gap));
            }
        }
        self.text.push_str(text);
        self.at = Some(end);
    }

    fn add_span(&mut self, text: &str, span: Span) {
        self.add(text, span.start(), span.end());
    }

    fn add_all(&mut self, tokens: TokenStream) {
        let mut tokens = tokens.into_iter().peekable();
        while let Some(token) = tokens.next() {
            match token {
                TokenTree::Group(group) => {
                    let (open, close) = match group.delimiter() {
                        Delimiter::Parenthesis => ("(", ")"),
                        Delimiter::Brace => ("{", "}"),
                        Delimiter::Bracket => ("[", "]"),
                        Delimiter::None => ("", ""),
                    };
                    self.add_span(open, group.span_open());
                    self.add_all(group.stream());
                    self.add_span(close, group.span_close());
                }
                TokenTree::Punct(p) if p.as_char() == '$' => {
                    let Some(TokenTree::Ident(name)) = tokens.peek() else {
                        self.add_span("$", p.span());
                        continue;
                    };
                    let (start, end) = (p.span().start(), name.span().end());
                    self.add(&name.to_string(), start, end);
                    if !self.captures.contains(name) {
                        self.captures.push(name.clone());
                    }
                    tokens.next();
                }
                other => self.add_span(&other.to_string(), other.span()),
            }
        }
    }
}

pub(crate) fn expand(input: TokenStream) -> TokenStream {
    let mut source = Source::default();
    source.add_all(input);
    let (api, text, captures) = (api(), source.text, source.captures);
    if captures.is_empty() {
        return quote!(#api::__private::MacroChunk::without_captures(#text));
    }
    let names = captures.iter().map(ToString::to_string);
    quote! {
        #api::__private::MacroChunk::new(#text, move |lua: &#api::Lua| {
            let fields = lua.create_table()?;
            #( fields.raw_set(#names, #captures)?; )*
            Ok(fields)
        })
    }
}
