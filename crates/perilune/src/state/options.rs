//! [`LuaOptions`].

/// How a state behaves; see [`Lua::new_with`](crate::Lua::new_with). More settings are in [`Options`](crate::Options).
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct LuaOptions {
    /// Whether programs may catch panics of Rust functions, by `pcall` and the like. A panic that was caught goes on when it
    /// gets to the host after all, as an error or as a value.
    pub catch_rust_panics: bool,
    /// How many coroutines of `async` functions are kept for reuse. Coroutines are cheap here: it has no effect.
    #[cfg(feature = "async")]
    pub thread_pool_size: usize,
}

impl Default for LuaOptions {
    fn default() -> LuaOptions {
        LuaOptions::new()
    }
}

impl LuaOptions {
    /// The default: programs may catch panics.
    pub const fn new() -> LuaOptions {
        LuaOptions {
            catch_rust_panics: true,
            #[cfg(feature = "async")]
            thread_pool_size: 0,
        }
    }

    /// See [`LuaOptions::catch_rust_panics`].
    #[must_use]
    pub const fn catch_rust_panics(mut self, enabled: bool) -> LuaOptions {
        self.catch_rust_panics = enabled;
        self
    }

    /// See [`LuaOptions::thread_pool_size`].
    #[cfg(feature = "async")]
    #[must_use]
    pub const fn thread_pool_size(mut self, size: usize) -> LuaOptions {
        self.thread_pool_size = size;
        self
    }
}
