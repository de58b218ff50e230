//! The abstract syntax tree.
//!
//! **Problem.** Everything after the parser wants names already resolved: which local, which upvalue, which
//! `_ENV`, and whether a local is captured by an inner function or assigned after its declaration – facts that
//! are complete only when the variable's scope ends, so a one-pass compiler can't know them in time.
//!
//! **Design.** The parser resolves while it parses (it must: "attempt to assign to const variable" and goto
//! errors are reported in source order among the syntax errors), and leaves the result here. Every function
//! owns a table of its locals; expressions refer to them by [`LocalId`]. Names and string literals are
//! [`Symbol`]s into one table of the chunk.
//!
//! The nodes of a function are in a few arrays, its [`Tree`], and refer to each other by index. So a tree takes no allocation per
//! node, is dropped at once, and its arrays serve the next function. Who wants functions one by one, as soon as each is
//! complete, gets them by [`crate::parse_each`], and there is never more than one tree for each level of nesting.
//!
//! **Invariants.** A `LocalId`, `UpvalueId`, `LabelId`, `FunctionId`, `ExprId`, or list is an index into the tables of the function
//! it stands in. A local declared `<const>` whose initializer folds to a constant is never referred to: its uses are
//! literals already, and it takes part in nothing but name lookup. Operations on constants that the reference
//! implementation evaluates at compile time are literals too (see [`crate::fold`]), so `fold` never has to look
//! deeper than one level.
//!
//! **Depth.** Statements, parentheses, arguments and right operands nest at most some 200 deep, because the
//! parser counts them. *Left spines* are bounded by nothing but memory: in `a + b + c + …`, `a.b.c…` and
//! `f()()()…` every node hangs on the left of the next. Code that visits a tree must therefore walk left
//! children ([`ExprKind::left`]) in a loop and may recurse into everything else.
//!
//! **Rejected.** A tree without resolution plus a separate pass: the errors would come out of order. Boxes for nodes: to make
//! them and to drop them, node by node, took a third of the time of loading. Nodes in an arena that lend references:
//! they are twice as large, and a lifetime would be on every type here and in the compiler.

use crate::growth::{append, is_large, push};

/// A place in the source.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Pos {
    /// Line, from 1.
    pub line: u32,
    /// Offset in bytes from the start of the chunk.
    pub offset: u32,
}

/// An interned name or string literal: which [`Chunk::strings`] has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Symbol(pub u32);

/// Index into [`Function::locals`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct LocalId(pub u32);

/// Index into [`Function::upvalues`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct UpvalueId(pub u32);

/// A label of a function, unique in it. `break` targets are labels too, made by the parser.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct LabelId(pub u32);

/// The names and string literals of a chunk, once each, in one buffer.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct Strings {
    bytes: Vec<u8>,
    /// For each symbol where its bytes end. They begin where those of the one before do.
    ends: Vec<usize>,
}

impl Strings {
    /// How many there are.
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// The bytes of a symbol; none if it isn't one of these.
    pub fn get(&self, symbol: Symbol) -> &[u8] {
        let index = symbol.0 as usize;
        let start = index.checked_sub(1).and_then(|before| self.ends.get(before)).copied();
        let end = self.ends.get(index).copied().unwrap_or_default();
        self.bytes.get(start.unwrap_or_default()..end).unwrap_or_default()
    }

    /// How much memory they take.
    #[inline]
    pub fn bytes(&self) -> usize {
        self.bytes.len() + self.ends.len() * size_of::<usize>()
    }

    /// Forgets all of them.
    pub(crate) fn clear(&mut self) {
        self.bytes.clear();
        self.ends.clear();
    }

    /// Appends a string.
    pub(crate) fn push(&mut self, string: &[u8]) -> Symbol {
        append(&mut self.bytes, string);
        push(&mut self.ends, self.bytes.len());
        Symbol(self.ends.len() as u32 - 1)
    }
}

/// A function nested in another: how many of those before it there are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FunctionId(pub u32);

/// An expression of a function.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ExprId(pub(crate) u32);

/// A whole source text, parsed.
#[derive(Clone, Debug, PartialEq)]
pub struct Chunk {
    /// Every name and string literal, once each.
    pub strings: Strings,
    /// The main function: vararg, with the single upvalue `_ENV`.
    pub main: Function,
}

/// The symbol of `_ENV`, in every chunk.
pub const ENV: Symbol = Symbol(0);

/// How a function takes extra arguments.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Vararg {
    /// It takes none.
    No,
    /// `...`
    Anonymous,
    /// `...name`: the extra arguments are also visible as a table.
    Named {
        /// The local holding the table.
        local: LocalId,
        /// Whether the table is used other than by reading `name[e]` or `name.n` in this very function
        /// (assigned into, passed on, captured, serving as `_ENV`…). If not, no table need exist.
        /// The local is read-only and has kind [`LocalKind::Const`].
        escapes: bool,
    },
}

/// A function body.
#[derive(Clone, Debug, PartialEq)]
pub struct Function {
    /// The fixed parameters, `self` of a method included.
    pub params: Vec<LocalId>,
    /// Extra arguments.
    pub vararg: Vararg,
    /// Every local variable declared anywhere in this function, in order of declaration.
    pub locals: Vec<Local>,
    /// Variables of enclosing functions it uses, in order of first use.
    pub upvalues: Vec<Upvalue>,
    /// How many labels there are, those of loops for `break` included.
    pub label_count: u32,
    /// How many functions are nested directly in this one.
    pub function_count: u32,
    /// These functions, in the order of their `function`s, as far as they have been kept.
    pub functions: Vec<Function>,
    /// The nodes.
    pub tree: Tree,
    /// The statements.
    pub body: Block,
    /// Where the function starts: the offset of `function`, and the line that the reference implementation
    /// reports as the line of its definition (0 for the main function).
    pub start: Pos,
    /// Where `end` (or the end of the chunk) stands.
    pub end: Pos,
}

impl Function {
    /// An empty function.
    pub(crate) fn new() -> Function {
        Function {
            params: Vec::new(),
            vararg: Vararg::No,
            locals: Vec::new(),
            upvalues: Vec::new(),
            label_count: 0,
            function_count: 0,
            functions: Vec::new(),
            tree: Tree::new(),
            body: Block { stmts: Stmts(0), end: Pos::default() },
            start: Pos::default(),
            end: Pos::default(),
        }
    }

    /// Makes it empty again. Its arrays are kept, if they aren't large.
    pub(crate) fn clear(&mut self) {
        self.params.clear();
        self.vararg = Vararg::No;
        self.locals.clear();
        self.upvalues.clear();
        self.label_count = 0;
        self.function_count = 0;
        self.functions.clear();
        self.tree.clear();
    }
}

/// The nodes of a function.
#[derive(Clone, Debug, PartialEq)]
pub struct Tree {
    exprs: Vec<Expr>,
    stmts: Vec<Stmt>,
    items: Vec<TableItem>,
    arms: Vec<Arm>,
    globals: Vec<GlobalName>,
    /// Lists of numbers: how many, and then these. The first list is empty.
    lists: Vec<u32>,
}

/// A list of expressions of a function.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Exprs(u32);

/// A list of statements of a function.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stmts(u32);

/// A list of local variables of a function.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Locals(u32);

/// The entries of a table constructor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Items {
    start: u32,
    len: u32,
}

/// The conditions of an `if` with their blocks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Arms {
    start: u32,
    len: u32,
}

/// The names of a `global` declaration.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct GlobalNames {
    start: u32,
    len: u32,
}

impl Exprs {
    /// No expressions.
    pub const NONE: Exprs = Exprs(0);
}

impl Items {
    /// How many there are.
    pub fn len(self) -> usize {
        self.len as usize
    }

    /// Whether there are none.
    pub fn is_empty(self) -> bool {
        self.len == 0
    }
}

impl Tree {
    /// What the budget of a chunk is charged with for an expression: its node, and the instruction that computes it with all
    /// that belongs to it (see `perilune_bytecode`).
    pub(crate) const EXPR_BYTES: usize = size_of::<Expr>() + 64;
    /// For an element of a list.
    pub(crate) const ELEMENT_BYTES: usize = 3 * size_of::<u32>();
    /// For an entry of a table constructor.
    pub(crate) const ITEM_BYTES: usize = 5 * size_of::<TableItem>() / 2;
    /// For a statement.
    pub(crate) const STMT_BYTES: usize = size_of::<Stmt>() + 40;
    pub(crate) fn new() -> Tree {
        let mut lists = Vec::with_capacity(64);
        lists.push(0);
        Tree {
            exprs: Vec::with_capacity(64),
            stmts: Vec::with_capacity(16),
            items: Vec::new(),
            arms: Vec::new(),
            globals: Vec::new(),
            lists,
        }
    }

    fn clear(&mut self) {
        if is_large(&self.exprs) || is_large(&self.lists) || is_large(&self.items) {
            *self = Tree::new();
            return;
        }
        self.exprs.clear();
        self.stmts.clear();
        self.items.clear();
        self.arms.clear();
        self.globals.clear();
        self.lists.truncate(1);
    }

    // ---- reading -----------------------------------------------------------------------------------------

    /// An expression.
    #[inline]
    pub fn expr(&self, id: ExprId) -> &Expr {
        &self.exprs[id.0 as usize]
    }

    /// What an expression is.
    #[inline]
    pub fn kind(&self, id: ExprId) -> ExprKind {
        self.expr(id).kind
    }

    #[inline]
    fn list(&self, start: u32) -> &[u32] {
        let start = start as usize;
        let len = self.lists[start] as usize;
        &self.lists[start + 1..start + 1 + len]
    }

    /// The expressions of a list.
    pub fn exprs(
        &self,
        list: Exprs,
    ) -> impl DoubleEndedIterator<Item = ExprId> + ExactSizeIterator {
        self.list(list.0).iter().map(|&id| ExprId(id))
    }

    /// How many expressions a list has.
    #[inline]
    pub fn count(&self, list: Exprs) -> usize {
        self.lists[list.0 as usize] as usize
    }

    /// An expression of a list.
    #[inline]
    pub fn nth(&self, list: Exprs, index: usize) -> ExprId {
        ExprId(self.list(list.0)[index])
    }

    /// The statements of a list.
    pub fn stmts(&self, list: Stmts) -> impl DoubleEndedIterator<Item = &Stmt> + ExactSizeIterator {
        self.list(list.0).iter().map(|&id| &self.stmts[id as usize])
    }

    /// A statement of a list.
    #[inline]
    pub fn stmt(&self, list: Stmts, index: usize) -> Stmt {
        self.stmts[self.list(list.0)[index] as usize]
    }

    /// The local variables of a list.
    pub fn locals(&self, list: Locals) -> impl ExactSizeIterator<Item = LocalId> + Clone {
        self.list(list.0).iter().map(|&id| LocalId(id))
    }

    /// The entries of a table constructor.
    pub fn items(&self, items: Items) -> &[TableItem] {
        &self.items[items.start as usize..][..items.len as usize]
    }

    /// An entry of a table constructor.
    #[inline]
    pub fn item(&self, items: Items, index: usize) -> TableItem {
        self.items(items)[index]
    }

    /// The conditions of an `if` with their blocks.
    pub fn arms(&self, arms: Arms) -> &[Arm] {
        &self.arms[arms.start as usize..][..arms.len as usize]
    }

    /// The names of a `global` declaration.
    pub fn global_names(&self, names: GlobalNames) -> &[GlobalName] {
        &self.globals[names.start as usize..][..names.len as usize]
    }

    // ---- writing -----------------------------------------------------------------------------------------

    /// Appends an expression whose value hasn't been taken yet.
    #[inline]
    pub(crate) fn add(&mut self, kind: ExprKind, pos: Pos) -> ExprId {
        push(&mut self.exprs, Expr { kind, pos, taken: pos.line });
        ExprId(self.exprs.len() as u32 - 1)
    }

    #[inline]
    pub(crate) fn expr_mut(&mut self, id: ExprId) -> &mut Expr {
        &mut self.exprs[id.0 as usize]
    }

    #[inline]
    pub(crate) fn add_stmt(&mut self, stmt: Stmt) -> u32 {
        push(&mut self.stmts, stmt);
        self.stmts.len() as u32 - 1
    }

    fn add_list(&mut self, numbers: &[u32]) -> u32 {
        if numbers.is_empty() {
            return 0;
        }
        let start = self.lists.len() as u32;
        push(&mut self.lists, numbers.len() as u32);
        numbers.iter().for_each(|&number| push(&mut self.lists, number));
        start
    }

    pub(crate) fn add_exprs(&mut self, ids: &[u32]) -> Exprs {
        Exprs(self.add_list(ids))
    }

    pub(crate) fn add_stmts(&mut self, ids: &[u32]) -> Stmts {
        Stmts(self.add_list(ids))
    }

    pub(crate) fn add_locals(&mut self, ids: &[u32]) -> Locals {
        Locals(self.add_list(ids))
    }

    pub(crate) fn add_items(&mut self, items: &[TableItem]) -> Items {
        let start = self.items.len() as u32;
        items.iter().for_each(|&item| push(&mut self.items, item));
        Items { start, len: items.len() as u32 }
    }

    pub(crate) fn add_arms(&mut self, arms: &[Arm]) -> Arms {
        let start = self.arms.len() as u32;
        self.arms.extend_from_slice(arms);
        Arms { start, len: arms.len() as u32 }
    }

    pub(crate) fn add_global_names(&mut self, names: &[GlobalName]) -> GlobalNames {
        let start = self.globals.len() as u32;
        self.globals.extend_from_slice(names);
        GlobalNames { start, len: names.len() as u32 }
    }

    /// The labels to which statements jump.
    pub(crate) fn jumps_mut(&mut self) -> impl Iterator<Item = &mut LabelId> {
        self.stmts.iter_mut().filter_map(|stmt| match &mut stmt.kind {
            StmtKind::Goto(label) => Some(label),
            _ => None,
        })
    }
}

/// What kind of variable a local is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum LocalKind {
    /// An ordinary variable.
    Regular,
    /// `<const>`, with an initializer that isn't a constant.
    Const,
    /// `<const>` with a constant initializer; exists at compile time only and gets no register.
    CompileTime(Literal),
    /// `<close>`.
    Close,
    /// The variable of a `for` loop that may not be assigned (the control variable).
    Control,
}

/// A local variable.
#[derive(Clone, Debug, PartialEq)]
pub struct Local {
    /// Its name.
    pub name: Symbol,
    /// Its kind.
    pub kind: LocalKind,
    /// Whether an inner function uses it.
    pub captured: bool,
    /// Whether it is assigned after its declaration, anywhere.
    pub assigned: bool,
    /// Where it is declared.
    pub pos: Pos,
}

/// Where a closure finds an upvalue when it is created.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UpvalueSource {
    /// A local of the directly enclosing function.
    ParentLocal(LocalId),
    /// An upvalue of the directly enclosing function. The main function's `_ENV` has `ParentUpvalue(0)`.
    ParentUpvalue(UpvalueId),
}

/// A variable of an enclosing function.
#[derive(Clone, Debug, PartialEq)]
pub struct Upvalue {
    /// Its name.
    pub name: Symbol,
    /// Where it comes from.
    pub source: UpvalueSource,
    /// Whether the variable is read-only (`<const>`, `<close>`, loop control).
    pub read_only: bool,
}

/// A constant.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Literal {
    /// `nil`
    Nil,
    /// `true`, `false`
    Bool(bool),
    /// An integer.
    Int(i64),
    /// A float.
    Float(f64),
    /// A string.
    Str(Symbol),
}

/// The table in which a global name is looked up: the variable `_ENV` in scope.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum EnvRef {
    /// A local variable named `_ENV`.
    Local(LocalId),
    /// An upvalue.
    Upvalue(UpvalueId),
    /// `_ENV` is a compile-time constant (`local _ENV <const> = nil`), given as an expression; indexing it is a run-time
    /// error.
    Constant(ExprId),
}

/// A sequence of statements with its own scope.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Block {
    /// The statements.
    pub stmts: Stmts,
    /// Where the block ends: just behind its last token, before the `end`, `until`, `else`… that closes it.
    /// The instructions that finish a block belong to this line.
    pub end: Pos,
}

/// A statement.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Stmt {
    /// Which.
    pub kind: StmtKind,
    /// Where it starts.
    pub pos: Pos,
    /// Just behind its last token. The stores of an assignment, the filling up with nil and the return itself
    /// belong to this line.
    pub end: Pos,
}

/// The statements.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum StmtKind {
    /// `local a, b <const> = …`. Locals of kind `CompileTime` appear here too, with their initializer.
    Local {
        /// The variables.
        locals: Locals,
        /// The initializers.
        values: Exprs,
    },
    /// `local function f … end`: `f` is in scope in its own body.
    LocalFunction {
        /// The variable.
        local: LocalId,
        /// Its value.
        function: FunctionId,
        /// Where the function ends.
        end: Pos,
    },
    /// `global a, b = …` with initializers. (A declaration without initializers compiles to nothing and isn't
    /// in the tree.) Each name is checked to be nil in its environment before it is assigned; the reference
    /// implementation does so from the last name to the first, check and store of each together.
    GlobalInit {
        /// The names with the environment of each, and where the check is reported.
        names: GlobalNames,
        /// The initializers, at least one.
        values: Exprs,
    },
    /// `global function f … end`: checks that `f` is nil, then assigns.
    GlobalFunction {
        /// Environment of the name.
        env: EnvRef,
        /// The name.
        name: Symbol,
        /// Its value.
        function: FunctionId,
        /// Where the function ends.
        end: Pos,
    },
    /// `a, b.c = …`
    Assign {
        /// Each a `Local`, `Upvalue`, `Global` or `Index` expression; the line is the one of the store.
        targets: Exprs,
        /// The values.
        values: Exprs,
    },
    /// `function a.b:c() … end`
    Function {
        /// The variable assigned; the line is the one of the store.
        target: ExprId,
        /// Its value.
        function: FunctionId,
        /// Where the function ends.
        end: Pos,
    },
    /// A call as a statement; the expression is a `Call` or `MethodCall`.
    Call(ExprId),
    /// `do … end`
    Do(Block),
    /// `while cond do … end`
    While {
        /// The condition.
        cond: ExprId,
        /// The body.
        body: Block,
        /// Where `break` goes: just behind the loop.
        break_label: LabelId,
    },
    /// `repeat … until cond`
    Repeat {
        /// The body. The condition is evaluated within its scope.
        body: Block,
        /// The condition.
        cond: ExprId,
        /// Where `break` goes.
        break_label: LabelId,
    },
    /// `if … elseif … else … end`
    If {
        /// Conditions with their blocks, at least one.
        arms: Arms,
        /// The `else` block.
        otherwise: Option<Block>,
    },
    /// `for v = start, limit, step do … end`
    NumericFor {
        /// The control variable.
        var: LocalId,
        /// First value.
        start: ExprId,
        /// Last value.
        limit: ExprId,
        /// Step; 1 if absent.
        step: Option<ExprId>,
        /// Where `do` is.
        do_pos: Pos,
        /// The body.
        body: Block,
        /// Where `break` goes.
        break_label: LabelId,
    },
    /// `for a, b in … do … end`
    GenericFor {
        /// The variables; the first is the control variable.
        vars: Locals,
        /// The explist, at least one expression; adjusted to four values.
        values: Exprs,
        /// Where it begins.
        values_pos: Pos,
        /// Where `do` is.
        do_pos: Pos,
        /// The body.
        body: Block,
        /// Where `break` goes.
        break_label: LabelId,
    },
    /// `return …`
    Return(Exprs),
    /// `break`, `goto name`. The compiler closes to-be-closed variables between here and the label.
    Goto(LabelId),
    /// `::name::`
    Label(LabelId),
}

/// A condition of an `if` with its block.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Arm {
    /// The condition.
    pub cond: ExprId,
    /// What is done if it holds.
    pub body: Block,
}

/// A name of a `global` declaration.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct GlobalName {
    /// Where it is looked up.
    pub env: EnvRef,
    /// The name.
    pub name: Symbol,
    /// Where it is reported if it has a value already.
    pub pos: Pos,
}

/// An expression.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Expr {
    /// Which.
    pub kind: ExprKind,
    /// The offset says where it starts; for binary operators, `and` and `or` where the operator stands, for
    /// indexing and calls where the suffix begins (`.`, `[`, `(`, `:`…). The line is the one to which the
    /// reference implementation attributes the instruction that computes the value, which may be later: a
    /// global or a field is fetched when the token behind it has been looked at, a comparison is made on the
    /// line where its right operand ends, a chain of `..` on the line of its last operator.
    pub pos: Pos,
    /// The line on which the value is taken by whoever wants it: that of the last token consumed before. What is left to
    /// be done then belongs to it: testing the value, moving it, making a boolean of a comparison.
    pub taken: u32,
}

/// The expressions.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum ExprKind {
    /// A constant.
    Literal(Literal),
    /// `...`
    Vararg,
    /// `function … end`
    Function(FunctionId),
    /// A local variable.
    Local(LocalId),
    /// A variable of an enclosing function.
    Upvalue(UpvalueId),
    /// A global variable: `name` in the table `env`.
    Global {
        /// The environment.
        env: EnvRef,
        /// The name.
        name: Symbol,
    },
    /// `object[key]`; `object.name` has a string literal as key. Left spines can be arbitrarily deep; walk
    /// them iteratively.
    Index {
        /// The indexed value.
        object: ExprId,
        /// The key.
        key: ExprId,
    },
    /// `callee(args)`. Left spines can be arbitrarily deep; walk them iteratively.
    Call {
        /// The called value.
        callee: ExprId,
        /// The arguments; the last expands if it is multi-valued.
        args: Exprs,
    },
    /// `object:name(args)`. Left spines can be arbitrarily deep; walk them iteratively. The line is the one
    /// of the call. The method is fetched on the line of its name, which is also the line of an object that
    /// is a literal, local, upvalue, global or index, since it is fetched then.
    MethodCall {
        /// The receiver.
        object: ExprId,
        /// The method's name.
        name: Symbol,
        /// The arguments behind the receiver.
        args: Exprs,
    },
    /// `op operand`
    Unary {
        /// The operator.
        op: UnOp,
        /// The operand.
        operand: ExprId,
    },
    /// `left op right`. Left spines can be arbitrarily deep; walk them iteratively. Only `^` and `..` nest on
    /// the right by themselves, within the limit of the parser.
    Binary {
        /// The operator.
        op: BinOp,
        /// Left operand.
        left: ExprId,
        /// Right operand.
        right: ExprId,
    },
    /// `left and right`. Left spines can be arbitrarily deep; walk them iteratively.
    And(ExprId, ExprId),
    /// `left or right`. Left spines can be arbitrarily deep; walk them iteratively.
    Or(ExprId, ExprId),
    /// `(e)`: exactly one value. (Around a constant it is left out.)
    Paren(ExprId),
    /// A table constructor, and the line of its closing brace, where what is left of the items is stored.
    Table(Items, u32),
}

// It is copied rather than looked at, and there is one in each node.
const _: () = assert!(size_of::<ExprKind>() == 16 && size_of::<Expr>() == 32);

impl ExprKind {
    /// The subexpression evaluated first, for the kinds of expression that form left spines of unlimited
    /// depth: operand of an index, call or method call, left operand of a binary operator.
    #[inline]
    pub fn left(self) -> Option<ExprId> {
        match self {
            ExprKind::Index { object: left, .. }
            | ExprKind::Call { callee: left, .. }
            | ExprKind::MethodCall { object: left, .. }
            | ExprKind::Binary { left, .. }
            | ExprKind::And(left, _)
            | ExprKind::Or(left, _) => Some(left),
            ExprKind::Literal(_)
            | ExprKind::Vararg
            | ExprKind::Function(_)
            | ExprKind::Local(_)
            | ExprKind::Upvalue(_)
            | ExprKind::Global { .. }
            | ExprKind::Unary { .. }
            | ExprKind::Paren(_)
            | ExprKind::Table(..) => None,
        }
    }
}

/// An entry of a table constructor.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum TableItem {
    /// `e`
    Positional(ExprId),
    /// `[k] = e`, `name = e` (a string literal as key), and the line on which `e` ends.
    Keyed(ExprId, ExprId, u32),
}

/// Unary operators.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UnOp {
    /// `-`
    Neg,
    /// `not`
    Not,
    /// `#`
    Len,
    /// `~`
    BNot,
}

/// Binary operators other than `and` and `or`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BinOp {
    /// `+`
    Add,
    /// `-`
    Sub,
    /// `*`
    Mul,
    /// `%`
    Mod,
    /// `^`
    Pow,
    /// `/`
    Div,
    /// `//`
    IDiv,
    /// `&`
    BAnd,
    /// `|`
    BOr,
    /// `~`
    BXor,
    /// `<<`
    Shl,
    /// `>>`
    Shr,
    /// `..` (right-associative; a chain `a .. b .. c` nests on the right)
    Concat,
    /// `==`
    Eq,
    /// `~=`
    Ne,
    /// `<`
    Lt,
    /// `<=`
    Le,
    /// `>`
    Gt,
    /// `>=`
    Ge,
}
