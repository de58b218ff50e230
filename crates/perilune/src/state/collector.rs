//! Memory: its limit, and control of the collector.

use super::Lua;
use crate::error::Result;
use perilune_runtime::heap::{Mode, Param};

/// Parameters of incremental collection. What isn't set stays as it is.
#[derive(Clone, Copy, Debug, Default)]
#[non_exhaustive]
pub struct GcIncParams {
    /// Percentage of live memory that brings the next cycle.
    pub pause: Option<i32>,
    /// Percentage of work per memory allocated.
    pub step_multiplier: Option<i32>,
    /// Bytes allocated between two steps.
    pub step_size: Option<i32>,
}

impl GcIncParams {
    /// Sets [`GcIncParams::pause`].
    #[must_use]
    pub fn pause(mut self, v: i32) -> GcIncParams {
        self.pause = Some(v);
        self
    }

    /// Sets [`GcIncParams::step_multiplier`].
    #[must_use]
    pub fn step_multiplier(mut self, v: i32) -> GcIncParams {
        self.step_multiplier = Some(v);
        self
    }

    /// Sets [`GcIncParams::step_size`].
    #[must_use]
    pub fn step_size(mut self, v: i32) -> GcIncParams {
        self.step_size = Some(v);
        self
    }
}

/// Parameters of generational collection. What isn't set stays as it is.
#[derive(Clone, Copy, Debug, Default)]
#[non_exhaustive]
pub struct GcGenParams {
    /// Percentage of live memory allocated between two minor collections.
    pub minor_multiplier: Option<i32>,
    /// Percentage of growth after which a major collection follows.
    pub minor_to_major: Option<i32>,
    /// Percentage that a major collection has to free for minor ones to follow.
    pub major_to_minor: Option<i32>,
}

impl GcGenParams {
    /// Sets [`GcGenParams::minor_multiplier`].
    #[must_use]
    pub fn minor_multiplier(mut self, v: i32) -> GcGenParams {
        self.minor_multiplier = Some(v);
        self
    }

    /// Sets [`GcGenParams::minor_to_major`].
    #[must_use]
    pub fn minor_to_major(mut self, v: i32) -> GcGenParams {
        self.minor_to_major = Some(v);
        self
    }

    /// Sets [`GcGenParams::major_to_minor`].
    #[must_use]
    pub fn major_to_minor(mut self, v: i32) -> GcGenParams {
        self.major_to_minor = Some(v);
        self
    }
}

/// How garbage is collected.
#[derive(Clone, Copy, Debug)]
pub enum GcMode {
    /// In increments.
    Incremental(GcIncParams),
    /// What is young more often than what is old; in increments, too. A new state does so.
    Generational(GcGenParams),
}

impl Lua {
    /// Limits the memory Lua values may use, in bytes; 0 takes the limit away. Gives the limit there was. What exceeds it fails
    /// with [`Error::MemoryError`](crate::Error::MemoryError), after a full collection.
    ///
    /// # Errors
    /// None.
    pub fn set_memory_limit(&self, limit: usize) -> Result<usize> {
        self.with(|cx| {
            let old = cx.heap.limit().unwrap_or(0);
            cx.heap.set_limit(Some(limit).filter(|l| *l > 0));
            Ok(old)
        })
    }

    /// Bytes used by the state: Lua values, garbage not yet collected included, and what it keeps beside them, such as
    /// functions' code.
    pub fn used_memory(&self) -> usize {
        self.with(|cx| cx.heap.used_bytes())
    }

    /// Collects all garbage and runs the finalizers that are due. An interrupt ends a finalizer that runs; others stay due.
    ///
    /// # Errors
    /// If there is an interrupt.
    pub fn gc_collect(&self) -> Result<()> {
        self.with(|cx| {
            let collected = cx.collect();
            let collected = self.check(cx, collected);
            cx.ended();
            collected
        })
    }

    /// Does a step of collection. Whether it finished a cycle.
    ///
    /// # Errors
    /// If there is an interrupt.
    pub fn gc_step(&self) -> Result<bool> {
        self.with(|cx| {
            let stepped = cx.collect_step(0);
            let stepped = self.check(cx, stepped);
            cx.ended();
            stepped
        })
    }

    /// Whether garbage is collected as it arises.
    pub fn gc_is_running(&self) -> bool {
        self.with(|cx| cx.heap.is_running())
    }

    /// Collects no more garbage until [`Lua::gc_restart`], unless memory runs out.
    pub fn gc_stop(&self) {
        self.with(|cx| cx.heap.stop());
    }

    /// Collects garbage again.
    pub fn gc_restart(&self) {
        self.with(|cx| cx.heap.restart());
    }

    /// Sets how garbage is collected. Gives how it was.
    pub fn gc_set_mode(&self, mode: GcMode) -> GcMode {
        self.with(|cx| {
            let set = |p: Param, v: Option<i32>| {
                let new = v.and_then(|v| u32::try_from(v).ok());
                let old = match new {
                    Some(v) => cx.heap.set_param(p, v),
                    None => cx.heap.param(p),
                };
                Some(i32::try_from(old).unwrap_or(i32::MAX))
            };
            let get = |p| set(p, None);
            let (runtime_mode, old_inc, old_gen) = match mode {
                GcMode::Incremental(p) => {
                    let old = GcIncParams {
                        pause: set(Param::Pause, p.pause),
                        step_multiplier: set(Param::StepMul, p.step_multiplier),
                        step_size: set(Param::StepSize, p.step_size),
                    };
                    (Mode::Incremental, old, None)
                }
                GcMode::Generational(p) => {
                    let old = GcGenParams {
                        minor_multiplier: set(Param::MinorMul, p.minor_multiplier),
                        minor_to_major: set(Param::MinorMajor, p.minor_to_major),
                        major_to_minor: set(Param::MajorMinor, p.major_to_minor),
                    };
                    (Mode::Generational, GcIncParams::default(), Some(old))
                }
            };
            match (cx.heap.set_mode(runtime_mode), old_gen) {
                (Mode::Incremental, None) => GcMode::Incremental(old_inc),
                (Mode::Incremental, Some(_)) => GcMode::Incremental(GcIncParams {
                    pause: get(Param::Pause),
                    step_multiplier: get(Param::StepMul),
                    step_size: get(Param::StepSize),
                }),
                (Mode::Generational, Some(old)) => GcMode::Generational(old),
                (Mode::Generational, None) => GcMode::Generational(GcGenParams {
                    minor_multiplier: get(Param::MinorMul),
                    minor_to_major: get(Param::MinorMajor),
                    major_to_minor: get(Param::MajorMinor),
                }),
            }
        })
    }
}
