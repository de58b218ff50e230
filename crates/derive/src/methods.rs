//! `#[userdata_impl]`: functions of an `impl` block as methods.
//!
//! A type may have several such blocks, in any module. Each enters itself in a list of all blocks of the program, which the
//! derived `UserData` looks through.

use crate::api;
use proc_macro2::TokenStream;
use quote::{format_ident, quote};
use syn::ext::IdentExt;
use syn::visit_mut::{self, VisitMut};
use syn::{
    Attribute, FnArg, GenericArgument, Ident, ImplItem, ImplItemConst, ImplItemFn, ItemImpl,
    LitStr, PathArguments, Receiver, Type, parse_quote,
};

/// What `#[lua(…)]` says of an item.
#[derive(Default)]
struct Options {
    skip: bool,
    infallible: bool,
    getter: bool,
    setter: bool,
    field: bool,
    meta: bool,
    name: Option<String>,
}

/// Takes the attributes away that are ours.
fn take_options(attributes: &mut Vec<Attribute>) -> syn::Result<Options> {
    let mut options = Options::default();
    for attribute in attributes.iter().filter(|a| a.path().is_ident("lua")) {
        attribute.parse_nested_meta(|meta| {
            let flag = match meta.path.get_ident().map(ToString::to_string).as_deref() {
                Some("skip") => &mut options.skip,
                Some("infallible") => &mut options.infallible,
                Some("getter") => &mut options.getter,
                Some("setter") => &mut options.setter,
                Some("field") => &mut options.field,
                Some("meta") => &mut options.meta,
                Some("name") => {
                    options.name = Some(meta.value()?.parse::<LitStr>()?.value());
                    return Ok(());
                }
                _ => return Err(meta.error("unknown option")),
            };
            *flag = true;
            Ok(())
        })?;
    }
    attributes.retain(|a| !a.path().is_ident("lua"));
    Ok(options)
}

/// Puts a type in the place of `Self`, and elided lifetimes in that of named ones.
struct Resolve<'a>(&'a Type);

impl VisitMut for Resolve<'_> {
    fn visit_type_mut(&mut self, ty: &mut Type) {
        if let Type::Path(path) = ty
            && path.path.is_ident("Self")
        {
            *ty = self.0.clone();
            return;
        }
        visit_mut::visit_type_mut(self, ty);
    }
}

/// A parameter as it is taken from Lua, and as it is passed on.
struct Parameter {
    ty: Type,
    pattern: TokenStream,
    pass: TokenStream,
}

/// What is behind a reference, if it is one that we know how to borrow.
fn borrowed(api: &TokenStream, ty: &Type) -> Option<(Type, bool)> {
    let Type::Reference(reference) = ty else { return None };
    let is_mut = reference.mutability.is_some();
    let target = match &*reference.elem {
        Type::Path(path) if path.path.is_ident("str") => parse_quote!(#api::BorrowedStr),
        Type::Slice(slice) if matches!(&*slice.elem, Type::Path(p) if p.path.is_ident("u8")) => {
            parse_quote!(#api::BorrowedBytes)
        }
        other if is_mut => parse_quote!(#api::UserDataRefMut<#other>),
        other => parse_quote!(#api::UserDataRef<#other>),
    };
    Some((target, is_mut))
}

/// What is in an `Option`, if it is one.
fn optional(ty: &Type) -> Option<&Type> {
    let Type::Path(path) = ty else { return None };
    let last = path.path.segments.last().filter(|s| s.ident == "Option")?;
    let PathArguments::AngleBracketed(arguments) = &last.arguments else { return None };
    match arguments.args.first()? {
        GenericArgument::Type(inner) => Some(inner),
        _ => None,
    }
}

fn parameter(api: &TokenStream, ty: &Type, name: &Ident) -> Parameter {
    if let Some((target, is_mut)) = borrowed(api, ty) {
        return match is_mut {
            true => Parameter { ty: target, pattern: quote!(mut #name), pass: quote!(&mut *#name) },
            false => Parameter { ty: target, pattern: quote!(#name), pass: quote!(&*#name) },
        };
    }
    if let Some((target, is_mut)) = optional(ty).and_then(|inner| borrowed(api, inner)) {
        let ty = parse_quote!(::core::option::Option<#target>);
        return match is_mut {
            true => {
                Parameter { ty, pattern: quote!(mut #name), pass: quote!(#name.as_deref_mut()) }
            }
            false => Parameter { ty, pattern: quote!(#name), pass: quote!(#name.as_deref()) },
        };
    }
    Parameter { ty: ty.clone(), pattern: quote!(#name), pass: quote!(#name) }
}

/// Whether a parameter is the state, and whether by reference.
fn is_state(ty: &Type) -> Option<bool> {
    let (ty, by_reference) = match ty {
        Type::Reference(reference) => (&*reference.elem, true),
        other => (other, false),
    };
    let Type::Path(path) = ty else { return None };
    (path.path.segments.last()?.ident == "Lua").then_some(by_reference)
}

/// A function, taken apart.
struct Method<'a> {
    api: &'a TokenStream,
    own: &'a Type,
    ident: &'a Ident,
    name: String,
    options: &'a Options,
    is_async: bool,
    receiver: Option<&'a Receiver>,
    parameters: Vec<Parameter>,
    /// What is passed on, in order, without the receiver.
    pass: Vec<TokenStream>,
}

impl<'a> Method<'a> {
    fn new(
        api: &'a TokenStream,
        own: &'a Type,
        f: &'a ImplItemFn,
        options: &'a Options,
    ) -> Method<'a> {
        let is_async = f.sig.asyncness.is_some();
        let (mut receiver, mut parameters, mut pass) = (None, Vec::new(), Vec::new());
        for argument in &f.sig.inputs {
            let argument = match argument {
                FnArg::Receiver(r) => {
                    receiver = Some(r);
                    continue;
                }
                FnArg::Typed(argument) => argument,
            };
            if let Some(by_reference) = is_state(&argument.ty) {
                pass.push(match (by_reference, is_async) {
                    (true, true) => quote!(&__lua),
                    (true, false) => quote!(__lua),
                    (false, _) => quote!(::core::clone::Clone::clone(&__lua)),
                });
                continue;
            }
            let mut ty = (*argument.ty).clone();
            Resolve(own).visit_type_mut(&mut ty);
            let name = format_ident!("__argument{}", parameters.len());
            let parameter = parameter(api, &ty, &name);
            pass.push(parameter.pass.clone());
            parameters.push(parameter);
        }
        let name = options.name.clone().unwrap_or_else(|| f.sig.ident.unraw().to_string());
        let ident = &f.sig.ident;
        Method { api, own, ident, name, options, is_async, receiver, parameters, pass }
    }

    /// The call of the function, with `this` as receiver if there is one.
    fn call(&self, this: Option<TokenStream>) -> TokenStream {
        let (own, ident, pass) = (self.own, self.ident, &self.pass);
        let this = this.map(|this| quote!(#this,));
        let wait = self.is_async.then(|| quote!(.await));
        let call = quote!(<#own>::#ident(#this #(#pass),*) #wait);
        if self.options.infallible { quote!(Ok(#call)) } else { call }
    }

    /// The pattern and the type of the parameters.
    fn arguments(&self) -> (TokenStream, TokenStream) {
        let patterns = self.parameters.iter().map(|p| &p.pattern);
        let types = self.parameters.iter().map(|p| &p.ty);
        (quote!((#(#patterns,)*)), quote!((#(#types,)*)))
    }

    fn registration(&self) -> TokenStream {
        let (api, own, name) = (self.api, self.own, &self.name);
        if self.options.field {
            let add = if self.options.meta { "add_meta_field" } else { "add_field" };
            let (add, call) = (format_ident!("{add}"), self.plain_call());
            return quote!(#api::UserDataFields::#add(registry, #name, #call););
        }
        if self.options.getter {
            let call = self.call(Some(quote!(__this)));
            return quote! {
                #api::UserDataFields::add_field_method_get(
                    registry, #name, |__lua: &#api::Lua, __this: &#own| #call,
                );
            };
        }
        if self.options.setter {
            return self.setter();
        }
        let (patterns, types) = self.arguments();
        let add = self.adder();
        let is_mut = self.receiver.is_some_and(|r| r.mutability.is_some());
        let by_value = self.receiver.is_some_and(|r| r.reference.is_none());
        if self.is_async {
            let (this, pass) = match self.receiver {
                None => (None, None),
                Some(_) if by_value => (Some(quote!(__this: #own,)), Some(quote!(__this))),
                Some(_) if is_mut => (
                    Some(quote!(mut __this: #api::UserDataRefMut<#own>,)),
                    Some(quote!(&mut *__this)),
                ),
                Some(_) => (Some(quote!(__this: #api::UserDataRef<#own>,)), Some(quote!(&*__this))),
            };
            let call = self.call(pass);
            return quote! {
                #api::UserDataMethods::#add(
                    registry,
                    #name,
                    |__lua: #api::Lua, #this #patterns: #types| async move { #call },
                );
            };
        }
        let this = match self.receiver {
            None => None,
            Some(_) if by_value => Some(quote!(__this: #own,)),
            Some(_) if is_mut => Some(quote!(__this: &mut #own,)),
            Some(_) => Some(quote!(__this: &#own,)),
        };
        let call = self.call(self.receiver.map(|_| quote!(__this)));
        quote! {
            #api::UserDataMethods::#add(
                registry, #name, |__lua: &#api::Lua, #this #patterns: #types| #call,
            );
        }
    }

    /// The call without regard to errors.
    fn plain_call(&self) -> TokenStream {
        let (own, ident) = (self.own, self.ident);
        quote!(<#own>::#ident())
    }

    fn setter(&self) -> TokenStream {
        let (api, own, name) = (self.api, self.own, &self.name);
        let call = self.call(Some(quote!(__this)));
        let (pattern, ty) = match self.parameters.first() {
            Some(p) => (p.pattern.clone(), &p.ty),
            None => return quote!(compile_error!("a setter takes a value");),
        };
        quote! {
            #api::UserDataFields::add_field_method_set(
                registry,
                #name,
                |__lua: &#api::Lua, __this: &mut #own, __value: #ty| {
                    let #pattern = __value;
                    #call
                },
            );
        }
    }

    /// The function by which it is registered.
    fn adder(&self) -> Ident {
        let meta = if self.options.meta { "_meta" } else { "" };
        let is_async = if self.is_async { "_async" } else { "" };
        let kind = match self.receiver {
            None => "function",
            Some(r) if r.reference.is_none() => "method_once",
            Some(r) if r.mutability.is_some() => "method_mut",
            Some(_) => "method",
        };
        format_ident!("add{is_async}{meta}_{kind}")
    }
}

/// The attributes on which it depends whether an item is there.
fn conditions(attributes: &[Attribute]) -> impl Iterator<Item = &Attribute> {
    attributes.iter().filter(|a| a.path().is_ident("cfg"))
}

fn constant(api: &TokenStream, own: &Type, c: &ImplItemConst, options: &Options) -> TokenStream {
    let ident = &c.ident;
    let name = options.name.clone().unwrap_or_else(|| ident.unraw().to_string());
    let add = format_ident!("{}", if options.meta { "add_meta_field" } else { "add_field" });
    quote!(#api::UserDataFields::#add(registry, #name, <#own>::#ident);)
}

pub(crate) fn expand(mut block: ItemImpl) -> syn::Result<TokenStream> {
    if !block.generics.params.is_empty() {
        let message = "blocks with generic parameters can't be found by the type";
        return Err(syn::Error::new_spanned(&block.generics, message));
    }
    let (api, own) = (api(), (*block.self_ty).clone());
    let mut registrations = Vec::new();
    for item in &mut block.items {
        match item {
            ImplItem::Fn(f) => {
                let options = take_options(&mut f.attrs)?;
                if options.skip {
                    continue;
                }
                let conditions = conditions(&f.attrs);
                let registration = Method::new(&api, &own, f, &options).registration();
                registrations.push(quote!(#(#conditions)* { #registration }));
            }
            ImplItem::Const(c) => {
                let options = take_options(&mut c.attrs)?;
                if options.skip {
                    continue;
                }
                let conditions = conditions(&c.attrs);
                let registration = constant(&api, &own, c, &options);
                registrations.push(quote!(#(#conditions)* { #registration }));
            }
            _ => {}
        }
    }
    Ok(quote! {
        #block

        const _: () = {
            fn register(registry: &mut #api::UserDataRegistry<#own>) {
                #( #registrations )*
            }

            #api::__private::inventory::submit! {
                #api::__private::ImplBlock::new(
                    ::core::any::TypeId::of::<#own>,
                    |registry| {
                        if let Some(registry) = registry.downcast_mut() {
                            register(registry);
                        }
                    },
                )
            }
        };
    })
}
