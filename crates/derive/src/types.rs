//! What is derived for types.

use crate::api;
use proc_macro2::TokenStream;
use quote::quote;
use syn::ext::IdentExt;
use syn::{Attribute, Data, DeriveInput, Fields, LitStr, parse_quote};

pub(crate) fn from_lua(input: &DeriveInput) -> TokenStream {
    let (api, name) = (api(), &input.ident);
    let mut generics = input.generics.clone();
    generics
        .make_where_clause()
        .predicates
        .push(parse_quote!(Self: 'static + ::core::clone::Clone));
    let (impl_generics, type_generics, conditions) = generics.split_for_impl();
    let text = name.unraw().to_string();
    quote! {
        impl #impl_generics #api::FromLua for #name #type_generics #conditions {
            fn from_lua(value: #api::Value, _: &#api::Lua) -> #api::Result<Self> {
                match value {
                    #api::Value::UserData(userdata) => {
                        Ok(::core::clone::Clone::clone(&*userdata.borrow::<Self>()?))
                    }
                    other => Err(#api::Error::FromLuaConversionError {
                        from: other.type_name(),
                        to: #text.to_string(),
                        message: None,
                    }),
                }
            }
        }
    }
}

/// What `#[lua(…)]` says of a field.
#[derive(Default)]
struct FieldOptions {
    skip: bool,
    get: bool,
    set: bool,
    name: Option<String>,
}

fn field_options(attributes: &[Attribute]) -> syn::Result<FieldOptions> {
    let mut options = FieldOptions::default();
    for attribute in attributes.iter().filter(|a| a.path().is_ident("lua")) {
        if matches!(attribute.meta, syn::Meta::Path(_)) {
            continue;
        }
        attribute.parse_nested_meta(|meta| {
            if meta.path.is_ident("skip") {
                options.skip = true;
            } else if meta.path.is_ident("get") {
                options.get = true;
            } else if meta.path.is_ident("set") {
                options.set = true;
            } else if meta.path.is_ident("name") {
                options.name = Some(meta.value()?.parse::<LitStr>()?.value());
            } else {
                return Err(meta.error("expected `skip`, `get`, `set` or `name`"));
            }
            Ok(())
        })?;
    }
    Ok(options)
}

pub(crate) fn user_data(input: &DeriveInput) -> syn::Result<TokenStream> {
    let (api, name) = (api(), &input.ident);
    let mut registrations = Vec::new();
    if let Data::Struct(data) = &input.data
        && let Fields::Named(fields) = &data.fields
    {
        for field in &fields.named {
            let options = field_options(&field.attrs)?;
            let Some(ident) = field.ident.as_ref().filter(|_| !options.skip) else { continue };
            let lua_name = options.name.unwrap_or_else(|| ident.unraw().to_string());
            let ty = &field.ty;
            let both = options.get == options.set;
            if both || options.get {
                registrations.push(quote! {
                    #api::UserDataFields::add_field_method_get(registry, #lua_name, |_, this: &Self| {
                        Ok(::core::clone::Clone::clone(&this.#ident))
                    });
                });
            }
            if both || options.set {
                registrations.push(quote! {
                    #api::UserDataFields::add_field_method_set(
                        registry,
                        #lua_name,
                        |_, this: &mut Self, value: #ty| {
                            this.#ident = value;
                            Ok(())
                        },
                    );
                });
            }
        }
    }
    let mut generics = input.generics.clone();
    generics.make_where_clause().predicates.push(parse_quote!(Self: 'static));
    let (impl_generics, type_generics, conditions) = generics.split_for_impl();
    Ok(quote! {
        impl #impl_generics #api::UserData for #name #type_generics #conditions {
            fn register(registry: &mut #api::UserDataRegistry<Self>) {
                #( #registrations )*
                #api::__private::register_blocks(registry);
            }
        }
    })
}
