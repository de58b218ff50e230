//! Declarations in scope and the lookup of names.
//!
//! **Problem.** A name means the innermost declaration of it in scope, of any enclosing function; without
//! one it is a global, if the `global` declarations in scope allow that. Chunks may have thousands of
//! declarations in scope, so a search through them for every use of a name won't do.
//!
//! **Design.** All declarations in scope form one stack across functions. Each symbol knows its innermost
//! declaration, and each declaration the one it shadows, so a lookup is one step and leaving a scope undoes
//! what entering it did. For globals it is enough to count the declared names in scope and to know the
//! innermost `global *`: it rules if there is one, otherwise one declared name forbids all undeclared ones.
//!
//! **Invariants.** Declarations are pushed when their scope *begins* (behind the initializers), while the
//! [`Local`] exists since its name was read. The stack's length serves as level for labels and `goto`.
//!
//! **Rejected.** A map from names to declarations per block: more memory traffic, and lookups that climb.

use super::function::FunctionState;
use super::{LOCAL_BYTES, Parser};
use crate::ast::{
    ENV, EnvRef, ExprId, ExprKind, Literal, Local, LocalId, LocalKind, Pos, Symbol, Upvalue,
    UpvalueId, UpvalueSource, Vararg,
};
use crate::diagnostic::Diagnostic;
use crate::lexer::Parse;

/// Most registers for locals in a function.
const MAX_LOCALS: u32 = 200;

/// Most upvalues of a function.
const MAX_UPVALUES: usize = 255;

/// What a declaration declares.
#[derive(Clone, Copy)]
pub(super) enum Meaning {
    /// A local variable of the function at that depth of nesting.
    Local { depth: usize, id: LocalId, read_only: bool },
    /// A local variable that is a constant.
    Constant(Literal),
    /// A global variable.
    Global { read_only: bool },
}

/// A declaration in scope.
struct Declaration {
    /// The name; none for `global *`.
    name: Option<Symbol>,
    meaning: Meaning,
    /// The declaration shadowed: of the same name, or the `global *` further out. Index plus one, or zero.
    shadowed: u32,
}

/// The declarations in scope.
#[derive(Default)]
pub(super) struct Scope {
    stack: Vec<Declaration>,
    /// For each symbol the index of its innermost declaration plus one, or zero. May be shorter than the
    /// table of symbols.
    innermost: Vec<u32>,
    /// The innermost `global *`: index plus one, or zero.
    all_globals: u32,
    /// How many names are declared as global.
    global_names: u32,
}

impl Scope {
    /// How many declarations are in scope.
    pub(super) fn level(&self) -> usize {
        self.stack.len()
    }

    /// The name declared at a level, none for `global *`.
    pub(super) fn name_at(&self, level: usize) -> Option<Symbol> {
        self.stack.get(level).and_then(|declaration| declaration.name)
    }

    /// Begins the scope of a declaration.
    pub(super) fn declare(&mut self, name: Option<Symbol>, meaning: Meaning) {
        let innermost = match name {
            None => &mut self.all_globals,
            Some(symbol) => {
                self.global_names += u32::from(matches!(meaning, Meaning::Global { .. }));
                let index = symbol.0 as usize;
                if index >= self.innermost.len() {
                    self.innermost.resize(index + 1, 0);
                }
                &mut self.innermost[index]
            }
        };
        let shadowed = std::mem::replace(innermost, self.stack.len() as u32 + 1);
        self.stack.push(Declaration { name, meaning, shadowed });
    }

    /// Ends the scopes of the declarations above a level.
    pub(super) fn truncate(&mut self, level: usize) {
        for declaration in self.stack.drain(level..).rev() {
            match declaration.name {
                None => self.all_globals = declaration.shadowed,
                Some(symbol) => {
                    let global = matches!(declaration.meaning, Meaning::Global { .. });
                    self.global_names -= u32::from(global);
                    self.innermost[symbol.0 as usize] = declaration.shadowed;
                }
            }
        }
    }

    fn find(&self, name: Symbol) -> Option<Meaning> {
        let index = *self.innermost.get(name.0 as usize)?;
        self.meaning(index)
    }

    fn meaning(&self, index_plus_one: u32) -> Option<Meaning> {
        let index = (index_plus_one as usize).checked_sub(1)?;
        self.stack.get(index).map(|declaration| declaration.meaning)
    }
}

/// What a use of a name refers to.
pub(super) enum Variable {
    /// A local of the current function.
    Local { id: LocalId, read_only: bool },
    /// A local of an enclosing function.
    Upvalue { id: UpvalueId, read_only: bool },
    /// A compile-time constant.
    Constant(Literal),
    /// A global, declared or not.
    Global { read_only: bool },
    /// A global where globals must be declared and this one isn't.
    Undeclared,
}

impl Parser<'_> {
    /// Adds a local to the current function. Its scope doesn't begin yet.
    pub(super) fn new_local(&mut self, name: Symbol, kind: LocalKind, pos: Pos) -> LocalId {
        self.charge(LOCAL_BYTES);
        let locals = &mut self.function.ast.locals;
        let id = LocalId(locals.len() as u32);
        locals.push(Local { name, kind, captured: false, assigned: false, pos });
        id
    }

    /// Begins the scope of a local of the current function.
    pub(super) fn declare_local(&mut self, id: LocalId) -> Parse<()> {
        let local = &self.function.ast.locals[id.0 as usize];
        let (name, kind) = (local.name, local.kind);
        let meaning = match kind {
            LocalKind::CompileTime(literal) => Meaning::Constant(literal),
            LocalKind::Regular | LocalKind::Const | LocalKind::Close | LocalKind::Control => {
                let read_only = kind != LocalKind::Regular;
                Meaning::Local { depth: self.enclosing.len(), id, read_only }
            }
        };
        self.scope.declare(Some(name), meaning);
        match meaning {
            Meaning::Local { .. } => self.count_register(),
            Meaning::Constant(_) | Meaning::Global { .. } => Ok(()),
        }
    }

    /// Counts a register taken by a local or by a hidden variable.
    pub(super) fn count_register(&mut self) -> Parse<()> {
        self.function.registers += 1;
        if self.function.registers > MAX_LOCALS {
            return Err(self.limit_error(&self.function, "local variables", MAX_LOCALS));
        }
        Ok(())
    }

    #[cold]
    pub(super) fn limit_error(
        &self,
        function: &FunctionState,
        what: &str,
        limit: u32,
    ) -> Box<Diagnostic> {
        let place = match function.ast.start.line {
            0 => "main function".to_owned(),
            line => format!("function at line {line}"),
        };
        self.lexer.error_near_token(&format!("too many {what} (limit is {limit}) in {place}"))
    }

    /// The function at a depth of nesting, the main function at zero.
    fn function_at(&mut self, depth: usize) -> &mut FunctionState {
        self.enclosing.get_mut(depth).unwrap_or(&mut self.function)
    }

    /// Finds out what a name means here. If it is a variable of an enclosing function, it becomes an upvalue
    /// of all functions in between.
    pub(super) fn resolve(&mut self, name: Symbol) -> Parse<Variable> {
        match self.scope.find(name) {
            Some(Meaning::Local { depth, id, read_only }) if depth == self.enclosing.len() => {
                Ok(Variable::Local { id, read_only })
            }
            Some(Meaning::Local { depth, id, read_only }) => {
                self.upvalue(name, depth, UpvalueSource::ParentLocal(id), read_only)
            }
            Some(Meaning::Constant(literal)) => Ok(Variable::Constant(literal)),
            Some(Meaning::Global { read_only }) => Ok(Variable::Global { read_only }),
            None if name == ENV => {
                let source = UpvalueSource::ParentUpvalue(UpvalueId(0));
                self.upvalue(name, 0, source, false)
            }
            None => Ok(match self.scope.meaning(self.scope.all_globals) {
                Some(Meaning::Global { read_only }) => Variable::Global { read_only },
                Some(Meaning::Local { .. } | Meaning::Constant(_)) | None => {
                    if self.scope.global_names > 0 {
                        Variable::Undeclared
                    } else {
                        Variable::Global { read_only: false }
                    }
                }
            }),
        }
    }

    /// The upvalue of the current function for a variable that the function at `depth` has as a local or
    /// (`_ENV` of the main function) as an upvalue. Within a function, a name that isn't declared in it
    /// always means the same variable, so the name identifies the upvalue.
    fn upvalue(
        &mut self,
        name: Symbol,
        depth: usize,
        source: UpvalueSource,
        read_only: bool,
    ) -> Parse<Variable> {
        let innermost = self.enclosing.len();
        let outermost = depth + usize::from(matches!(source, UpvalueSource::ParentLocal(_)));
        let mut source = source;
        let mut missing = outermost;
        for inner in (outermost..=innermost).rev() {
            let upvalues = &self.function_at(inner).ast.upvalues;
            if let Some(index) = upvalues.iter().position(|upvalue| upvalue.name == name) {
                source = UpvalueSource::ParentUpvalue(UpvalueId(index as u32));
                missing = inner + 1;
                break;
            }
        }
        if let UpvalueSource::ParentLocal(local) = source {
            let origin = self.function_at(depth);
            origin.ast.locals[local.0 as usize].captured = true;
            origin.vararg_escapes(local);
        }
        for inner in missing..=innermost {
            let function = self.function_at(inner);
            let index = function.ast.upvalues.len();
            if index >= MAX_UPVALUES {
                let function = self.enclosing.get(inner).unwrap_or(&self.function);
                return Err(self.limit_error(function, "upvalues", MAX_UPVALUES as u32));
            }
            function.ast.upvalues.push(Upvalue { name, source, read_only });
            source = UpvalueSource::ParentUpvalue(UpvalueId(index as u32));
        }
        match source {
            UpvalueSource::ParentUpvalue(id) => Ok(Variable::Upvalue { id, read_only }),
            UpvalueSource::ParentLocal(id) => Ok(Variable::Local { id, read_only }),
        }
    }

    /// The environment in which a global name is looked up here.
    pub(super) fn environment(&mut self, name: Symbol) -> Parse<EnvRef> {
        match self.resolve(ENV)? {
            Variable::Local { id, .. } => {
                self.function.vararg_escapes(id);
                Ok(EnvRef::Local(id))
            }
            Variable::Upvalue { id, .. } => Ok(EnvRef::Upvalue(id)),
            Variable::Constant(literal) => {
                let id = self.add(ExprKind::Literal(literal), Pos::default());
                Ok(EnvRef::Constant(id))
            }
            Variable::Global { .. } | Variable::Undeclared => {
                Err(self.name_error("_ENV is global when accessing variable '%'", name))
            }
        }
    }

    /// Notes that a variable is assigned to.
    pub(super) fn mark_assigned(&mut self, target: ExprId) {
        match self.kind(target) {
            ExprKind::Local(id) => self.function.ast.locals[id.0 as usize].assigned = true,
            ExprKind::Upvalue(id) => {
                let mut depth = self.enclosing.len();
                let mut source = UpvalueSource::ParentUpvalue(id);
                while let UpvalueSource::ParentUpvalue(UpvalueId(index)) = source {
                    source = self.function_at(depth).ast.upvalues[index as usize].source;
                    let Some(parent) = depth.checked_sub(1) else {
                        return; // the chunk's own `_ENV`
                    };
                    depth = parent;
                }
                if let UpvalueSource::ParentLocal(id) = source {
                    self.function_at(depth).ast.locals[id.0 as usize].assigned = true;
                }
            }
            ExprKind::Index { object, .. } => {
                if let ExprKind::Local(id) = self.kind(object) {
                    self.function.vararg_escapes(id);
                }
            }
            ExprKind::Global { .. }
            | ExprKind::Literal(_)
            | ExprKind::Vararg
            | ExprKind::Function(_)
            | ExprKind::Call { .. }
            | ExprKind::MethodCall { .. }
            | ExprKind::Unary { .. }
            | ExprKind::Binary { .. }
            | ExprKind::And(..)
            | ExprKind::Or(..)
            | ExprKind::Paren(_)
            | ExprKind::Table(..) => {}
        }
    }
}

impl FunctionState {
    /// Notes that the table of extra arguments is needed, if this local is that table.
    pub(super) fn vararg_escapes(&mut self, id: LocalId) {
        if let Vararg::Named { local, escapes } = &mut self.ast.vararg
            && *local == id
        {
            *escapes = true;
        }
    }
}
