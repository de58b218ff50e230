//! Macros of the embedding API: its documentation is there, where they are exported.
//!
//! A program may call the API what it likes (`mlua`, for one), so its name is looked up in the program's manifest.

#![forbid(unsafe_code)]

mod chunk;
mod methods;
mod types;

use proc_macro::TokenStream;
use proc_macro_crate::{FoundCrate, crate_name};
use proc_macro2::{Ident, Span, TokenStream as Tokens};
use quote::quote;

/// The path of the API.
fn api() -> Tokens {
    match crate_name("perilune") {
        Ok(FoundCrate::Name(name)) => {
            let name = Ident::new(&name, Span::call_site());
            quote!(::#name)
        }
        Ok(FoundCrate::Itself) | Err(_) => quote!(::perilune),
    }
}

fn output(result: syn::Result<Tokens>) -> TokenStream {
    result.unwrap_or_else(|e| e.to_compile_error()).into()
}

/// Lua source in a Rust program. Rust variables are `$name` in it.
#[proc_macro]
pub fn chunk(input: TokenStream) -> TokenStream {
    chunk::expand(input.into()).into()
}

/// Conversion from a userdata that has a value of the type, which is cloned.
#[proc_macro_derive(FromLua)]
pub fn from_lua(input: TokenStream) -> TokenStream {
    output(syn::parse(input).map(|input| types::from_lua(&input)))
}

/// Makes a type one whose values Lua programs can use, fields included.
#[proc_macro_derive(UserData, attributes(lua))]
pub fn user_data(input: TokenStream) -> TokenStream {
    output(syn::parse(input).and_then(|input| types::user_data(&input)))
}

/// Gives a type with `#[derive(UserData)]` the functions of an `impl` block as methods.
#[proc_macro_attribute]
pub fn userdata_impl(_: TokenStream, input: TokenStream) -> TokenStream {
    output(syn::parse(input).and_then(methods::expand))
}
