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
//! **Invariants.** A `LocalId`, `UpvalueId` or `LabelId` is an index into the tables of the function it stands
//! in. A local declared `<const>` whose initializer folds to a constant is never referred to: its uses are
//! literals already, and it takes part in nothing but name lookup. Operations on constants that the reference
//! implementation evaluates at compile time are literals too (see [`crate::fold`]), so `fold` never has to look
//! deeper than one level.
//!
//! **Depth.** Statements, parentheses, arguments and right operands nest at most some 200 deep, because the
//! parser counts them. *Left spines* are bounded by nothing but memory: in `a + b + c + …`, `a.b.c…` and
//! `f()()()…` every node hangs on the left of the next. Code that visits a tree must therefore walk left
//! children ([`Expr::left`]) in a loop and may recurse into everything else. Dropping does so by itself;
//! the derived `Clone`, `PartialEq` and `Debug` recurse and are meant for trees of known size.
//!
//! **Rejected.** A tree without resolution plus a separate pass: the errors would come out of order.

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

    /// Appends a string.
    pub(crate) fn push(&mut self, string: &[u8]) -> Symbol {
        self.bytes.extend_from_slice(string);
        self.ends.push(self.bytes.len());
        Symbol(self.ends.len() as u32 - 1)
    }
}

/// A whole source text, parsed.
#[derive(Clone, Debug, PartialEq)]
pub struct Chunk {
    /// Every name and string literal, once each.
    pub strings: Strings,
    /// The main function: vararg, with the single upvalue `_ENV`.
    pub main: Function,
}

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
    /// The statements.
    pub body: Block,
    /// Where the function starts: the offset of `function`, and the line that the reference implementation
    /// reports as the line of its definition (0 for the main function).
    pub start: Pos,
    /// Where `end` (or the end of the chunk) stands.
    pub end: Pos,
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
    /// `_ENV` is a compile-time constant (`local _ENV <const> = nil`); indexing it is a run-time error.
    Constant(Literal),
}

/// A sequence of statements with its own scope.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct Block {
    /// The statements.
    pub stmts: Vec<Stmt>,
    /// Where the block ends: just behind its last token, before the `end`, `until`, `else`… that closes it.
    /// The instructions that finish a block belong to this line.
    pub end: Pos,
}

/// A statement.
#[derive(Clone, Debug, PartialEq)]
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
#[derive(Clone, Debug, PartialEq)]
pub enum StmtKind {
    /// `local a, b <const> = …`. Locals of kind `CompileTime` appear here too, with their initializer.
    Local {
        /// The variables.
        locals: Vec<LocalId>,
        /// The initializers.
        values: Vec<Expr>,
    },
    /// `local function f … end`: `f` is in scope in its own body.
    LocalFunction {
        /// The variable.
        local: LocalId,
        /// Its value.
        function: Box<Function>,
    },
    /// `global a, b = …` with initializers. (A declaration without initializers compiles to nothing and isn't
    /// in the tree.) Each name is checked to be nil in its environment before it is assigned; the reference
    /// implementation does so from the last name to the first, check and store of each together.
    GlobalInit {
        /// The names with the environment of each, and where the check is reported.
        names: Vec<(EnvRef, Symbol, Pos)>,
        /// The initializers, at least one.
        values: Vec<Expr>,
    },
    /// `global function f … end`: checks that `f` is nil, then assigns.
    GlobalFunction {
        /// Environment of the name.
        env: EnvRef,
        /// The name.
        name: Symbol,
        /// Its value.
        function: Box<Function>,
    },
    /// `a, b.c = …`
    Assign {
        /// Each a `Local`, `Upvalue`, `Global` or `Index` expression; the line is the one of the store.
        targets: Vec<Expr>,
        /// The values.
        values: Vec<Expr>,
    },
    /// `function a.b:c() … end`
    Function {
        /// The variable assigned; the line is the one of the store.
        target: Expr,
        /// Its value.
        function: Box<Function>,
    },
    /// A call as a statement; the expression is a `Call` or `MethodCall`.
    Call(Expr),
    /// `do … end`
    Do(Block),
    /// `while cond do … end`
    While {
        /// The condition.
        cond: Expr,
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
        cond: Expr,
        /// Where `break` goes.
        break_label: LabelId,
    },
    /// `if … elseif … else … end`
    If {
        /// Conditions with their blocks, at least one.
        arms: Vec<(Expr, Block)>,
        /// The `else` block.
        otherwise: Option<Block>,
    },
    /// `for v = start, limit, step do … end`
    NumericFor {
        /// The control variable.
        var: LocalId,
        /// First value.
        start: Expr,
        /// Last value.
        limit: Expr,
        /// Step; 1 if absent.
        step: Option<Expr>,
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
        vars: Vec<LocalId>,
        /// The explist, at least one expression; adjusted to four values.
        values: Vec<Expr>,
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
    Return(Vec<Expr>),
    /// `break`, `goto name`. The compiler closes to-be-closed variables between here and the label.
    Goto(LabelId),
    /// `::name::`
    Label(LabelId),
}

/// An expression.
#[derive(Clone, Debug, PartialEq)]
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

impl Expr {
    /// An expression whose value hasn't been taken yet.
    pub fn new(kind: ExprKind, pos: Pos) -> Expr {
        Expr { kind, pos, taken: pos.line }
    }

    /// The subexpression evaluated first, for the kinds of expression that form left spines of unlimited
    /// depth: operand of an index, call or method call, left operand of a binary operator.
    pub fn left(&self) -> Option<&Expr> {
        match &self.kind {
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

    /// Detaches the left child if it has a left child itself, leaving a literal in its place.
    fn take_deep_left(&mut self) -> Option<Expr> {
        let left = match &mut self.kind {
            ExprKind::Index { object: left, .. }
            | ExprKind::Call { callee: left, .. }
            | ExprKind::MethodCall { object: left, .. }
            | ExprKind::Binary { left, .. }
            | ExprKind::And(left, _)
            | ExprKind::Or(left, _) => left,
            ExprKind::Literal(_)
            | ExprKind::Vararg
            | ExprKind::Function(_)
            | ExprKind::Local(_)
            | ExprKind::Upvalue(_)
            | ExprKind::Global { .. }
            | ExprKind::Unary { .. }
            | ExprKind::Paren(_)
            | ExprKind::Table(..) => return None,
        };
        left.left()?;
        let stub = Expr::new(ExprKind::Literal(Literal::Nil), left.pos);
        Some(std::mem::replace(&mut **left, stub))
    }
}

/// Takes left spines apart in a loop, lest a long chain of operators overflow the native stack.
impl Drop for Expr {
    fn drop(&mut self) {
        let mut next = self.take_deep_left();
        while let Some(mut expr) = next {
            next = expr.take_deep_left();
        }
    }
}

/// The expressions.
#[derive(Clone, Debug, PartialEq)]
pub enum ExprKind {
    /// A constant.
    Literal(Literal),
    /// `...`
    Vararg,
    /// `function … end`
    Function(Box<Function>),
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
        object: Box<Expr>,
        /// The key.
        key: Box<Expr>,
    },
    /// `callee(args)`. Left spines can be arbitrarily deep; walk them iteratively.
    Call {
        /// The called value.
        callee: Box<Expr>,
        /// The arguments; the last expands if it is multi-valued.
        args: Vec<Expr>,
    },
    /// `object:name(args)`. Left spines can be arbitrarily deep; walk them iteratively. The line is the one
    /// of the call. The method is fetched on the line of its name, which is also the line of an object that
    /// is a literal, local, upvalue, global or index, since it is fetched then.
    MethodCall {
        /// The receiver.
        object: Box<Expr>,
        /// The method's name.
        name: Symbol,
        /// The arguments behind the receiver.
        args: Vec<Expr>,
    },
    /// `op operand`
    Unary {
        /// The operator.
        op: UnOp,
        /// The operand.
        operand: Box<Expr>,
    },
    /// `left op right`. Left spines can be arbitrarily deep; walk them iteratively. Only `^` and `..` nest on
    /// the right by themselves, within the limit of the parser.
    Binary {
        /// The operator.
        op: BinOp,
        /// Left operand.
        left: Box<Expr>,
        /// Right operand.
        right: Box<Expr>,
    },
    /// `left and right`. Left spines can be arbitrarily deep; walk them iteratively.
    And(Box<Expr>, Box<Expr>),
    /// `left or right`. Left spines can be arbitrarily deep; walk them iteratively.
    Or(Box<Expr>, Box<Expr>),
    /// `(e)`: exactly one value. (Around a constant it is left out.)
    Paren(Box<Expr>),
    /// A table constructor, and the line of its closing brace, where what is left of the items is stored.
    Table(Vec<TableItem>, u32),
}

/// An entry of a table constructor.
#[derive(Clone, Debug, PartialEq)]
pub enum TableItem {
    /// `e`
    Positional(Expr),
    /// `[k] = e`, `name = e` (a string literal as key), and where `e` ends.
    Keyed(Expr, Expr, Pos),
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
