//! Programs as trees: what the generator makes, the printer writes and the shrinker cuts down.
//!
//! The tree is close to the text and knows no scopes: a transformation may well make a program that doesn't compile,
//! which whoever runs it finds out. Templates ([`crate::grammar`]) are trees as well, with [`Expr::Hole`] and
//! [`Stmt::Hole`] where the generator puts something of its own, and names that begin with `$`.
//!
//! **Rejected.** Using `perilune-syntax`, whose tree serves the compiler: names are resolved to numbered variables,
//! constant operations evaluated, `break` and `goto` bound to labels. A shrinker that takes statements away would have to
//! resolve all of that again, and nothing there turns the tree back into Lua (its printer shows the tree). Its lexer knows
//! no holes and converts numerals, which must reach the implementations as they were written. Most of all, it is under
//! test: what it misunderstands would be printed as it understood it, and the fuzzer would never see the difference. So
//! [`crate::lexer`], [`crate::parser`] and [`crate::print`] are the fuzzer's own. Only the list of
//! keywords is taken from there. They can be simple: no positions, no error messages to match, no scopes.

/// Statements one after the other.
pub type Block = Vec<Stmt>;

/// An expression.
#[derive(Clone, Debug, PartialEq)]
pub enum Expr {
    /// `nil`
    Nil,
    /// `true`
    True,
    /// `false`
    False,
    /// `...`
    Vararg,
    /// A numeral, as it is written. It may have a sign.
    Number(String),
    /// A string.
    Str(Vec<u8>),
    /// A variable.
    Name(String),
    /// `a[b]`, or `a.b` if that is possible.
    Index(Box<Expr>, Box<Expr>),
    /// `f(…)`
    Call(Box<Expr>, Vec<Expr>),
    /// `o:name(…)`
    Method(Box<Expr>, String, Vec<Expr>),
    /// `a op b`
    Binary(&'static str, Box<Expr>, Box<Expr>),
    /// `op a`
    Unary(&'static str, Box<Expr>),
    /// `function (…) … end`
    Function(Box<Function>),
    /// `{…}`
    Table(Vec<Item>),
    /// `(a)`, where the parentheses matter: they cut a list of values to one.
    Paren(Box<Expr>),
    /// What the generator fills in. In templates only.
    Hole(String, Vec<Expr>),
}

/// An item of a table constructor.
#[derive(Clone, Debug, PartialEq)]
pub struct Item {
    /// The key, or none for the next of the list.
    pub key: Option<Expr>,
    /// The value.
    pub value: Expr,
}

/// Parameters and body of a function.
#[derive(Clone, Debug, PartialEq)]
pub struct Function {
    /// Names of the parameters.
    pub params: Vec<String>,
    /// Whether there is `...`.
    pub vararg: Vararg,
    /// What it does.
    pub body: Block,
}

/// How a function takes additional arguments.
#[derive(Clone, Debug, PartialEq)]
pub enum Vararg {
    /// Not at all.
    None,
    /// `...`
    Plain,
    /// `...name`
    Named(String),
}

/// What stands between angle brackets behind a name.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Attrib {
    /// `<const>`
    Const,
    /// `<close>`
    Close,
}

impl Attrib {
    /// The word between the brackets.
    pub fn word(self) -> &'static str {
        match self {
            Attrib::Const => "const",
            Attrib::Close => "close",
        }
    }
}

/// A name in a declaration.
pub type Declared = (String, Option<Attrib>);

/// A statement.
#[derive(Clone, Debug, PartialEq)]
pub enum Stmt {
    /// `local a, b <const> = …`
    Local(Vec<Declared>, Vec<Expr>),
    /// `global a, b <const> = …`
    Global(Vec<Declared>, Vec<Expr>),
    /// `global *`
    GlobalAll(Option<Attrib>),
    /// `local function f`
    LocalFunction(String, Function),
    /// `global function f`
    GlobalFunction(String, Function),
    /// `function a.b:c`
    NamedFunction(Expr, Option<String>, Function),
    /// `a, b = …`
    Assign(Vec<Expr>, Vec<Expr>),
    /// A call.
    Call(Expr),
    /// `do … end`
    Do(Block),
    /// `while c do … end`
    While(Expr, Block),
    /// `repeat … until c`
    Repeat(Block, Expr),
    /// `if c then … elseif c then … else … end`
    If(Vec<(Expr, Block)>, Option<Block>),
    /// `for i = a, b, c do … end`
    For(String, Expr, Expr, Option<Expr>, Block),
    /// `for a, b in … do … end`
    ForIn(Vec<String>, Vec<Expr>, Block),
    /// `return …`
    Return(Vec<Expr>),
    /// `break`
    Break,
    /// `goto name`
    Goto(String),
    /// `::name::`
    Label(String),
    /// What the generator fills in. In templates only.
    Hole(String, Vec<Expr>, Vec<Block>),
}

/// What [`Expr::children`] and [`Expr::children_mut`] have in common: all but the kind of references.
macro_rules! children {
    ($e:expr, $iter:ident $(, $mutable:tt)?) => {
        match $e {
            Expr::Index(a, b) | Expr::Binary(_, a, b) => vec![a, b],
            Expr::Call(f, args) | Expr::Method(f, _, args) => {
                std::iter::once(& $($mutable)? **f).chain(args).collect()
            }
            Expr::Unary(_, a) | Expr::Paren(a) => vec![a],
            Expr::Table(items) => items
                .$iter()
                .flat_map(|i| i.key.$iter().chain(std::iter::once(& $($mutable)? i.value)))
                .collect(),
            Expr::Hole(_, args) => args.$iter().collect(),
            Expr::Nil
            | Expr::True
            | Expr::False
            | Expr::Vararg
            | Expr::Number(_)
            | Expr::Str(_)
            | Expr::Name(_)
            | Expr::Function(_) => Vec::new(),
        }
    };
}

impl Expr {
    /// A variable.
    pub fn name(name: &str) -> Expr {
        Expr::Name(name.to_owned())
    }

    /// A string.
    pub fn str(text: &str) -> Expr {
        Expr::Str(text.as_bytes().to_vec())
    }

    /// An integer.
    pub fn int(n: i64) -> Expr {
        Expr::Number(n.to_string())
    }

    /// A call of a function with a name.
    pub fn call(name: &str, args: Vec<Expr>) -> Expr {
        Expr::Call(Box::new(Expr::name(name)), args)
    }

    /// A call of a function in a library.
    pub fn library(library: &str, name: &str, args: Vec<Expr>) -> Expr {
        Expr::Call(Box::new(Expr::index(Expr::name(library), Expr::str(name))), args)
    }

    /// `a[b]`
    pub fn index(a: Expr, b: Expr) -> Expr {
        Expr::Index(Box::new(a), Box::new(b))
    }

    /// `a op b`
    pub fn binary(op: &'static str, a: Expr, b: Expr) -> Expr {
        Expr::Binary(op, Box::new(a), Box::new(b))
    }

    /// A function without varargs.
    pub fn function(params: Vec<String>, body: Block) -> Expr {
        Expr::Function(Box::new(Function { params, vararg: Vararg::None, body }))
    }

    /// The kind of node, for tests of what there is in a program.
    #[cfg(test)]
    pub(crate) fn kind(&self) -> &'static str {
        match self {
            Expr::Nil => "nil",
            Expr::True => "true",
            Expr::False => "false",
            Expr::Vararg => "vararg",
            Expr::Number(_) => "number",
            Expr::Str(_) => "string",
            Expr::Name(_) => "name",
            Expr::Index(..) => "index",
            Expr::Call(..) => "call",
            Expr::Method(..) => "method",
            Expr::Binary(op, ..) | Expr::Unary(op, _) => op,
            Expr::Function(f) => match f.vararg {
                Vararg::None => "function",
                Vararg::Plain => "vararg function",
                Vararg::Named(_) => "named vararg function",
            },
            Expr::Table(_) => "table",
            Expr::Paren(_) => "parentheses",
            Expr::Hole(..) => "hole",
        }
    }

    /// The expressions directly below, but for those in a function's body.
    pub fn children(&self) -> Vec<&Expr> {
        children!(self, iter)
    }

    fn children_mut(&mut self) -> Vec<&mut Expr> {
        children!(self, iter_mut, mut)
    }
}

impl Stmt {
    /// The kind of node, for tests of what there is in a program.
    #[cfg(test)]
    pub(crate) fn kind(&self) -> &'static str {
        match self {
            Stmt::Local(names, _) => match names.iter().find_map(|n| n.1) {
                None => "local",
                Some(Attrib::Const) => "local <const>",
                Some(Attrib::Close) => "local <close>",
            },
            Stmt::Global(names, _) => match names.iter().find_map(|n| n.1) {
                None => "global",
                Some(_) => "global <const>",
            },
            Stmt::GlobalAll(_) => "global *",
            Stmt::LocalFunction(..) => "local function",
            Stmt::GlobalFunction(..) => "global function",
            Stmt::NamedFunction(_, None, _) => "function statement",
            Stmt::NamedFunction(..) => "method statement",
            Stmt::Assign(targets, _) if targets.len() > 1 => "multiple assignment",
            Stmt::Assign(..) => "assignment",
            Stmt::Call(_) => "call statement",
            Stmt::Do(_) => "do",
            Stmt::While(..) => "while",
            Stmt::Repeat(..) => "repeat",
            Stmt::If(..) => "if",
            Stmt::For(..) => "for",
            Stmt::ForIn(..) => "for in",
            Stmt::Return(_) => "return",
            Stmt::Break => "break",
            Stmt::Goto(_) => "goto",
            Stmt::Label(_) => "label",
            Stmt::Hole(..) => "hole statement",
        }
    }

    /// The expressions directly in the statement.
    pub fn exprs_mut(&mut self) -> Vec<&mut Expr> {
        match self {
            Stmt::Local(_, values) | Stmt::Global(_, values) | Stmt::Return(values) => {
                values.iter_mut().collect()
            }
            Stmt::NamedFunction(e, ..) | Stmt::Call(e) | Stmt::While(e, _) | Stmt::Repeat(_, e) => {
                vec![e]
            }
            Stmt::Assign(targets, values) => targets.iter_mut().chain(values).collect(),
            Stmt::If(arms, _) => arms.iter_mut().map(|a| &mut a.0).collect(),
            Stmt::For(_, a, b, c, _) => [a, b].into_iter().chain(c.as_mut()).collect(),
            Stmt::ForIn(_, list, _) | Stmt::Hole(_, list, _) => list.iter_mut().collect(),
            Stmt::GlobalAll(_)
            | Stmt::LocalFunction(..)
            | Stmt::GlobalFunction(..)
            | Stmt::Do(_)
            | Stmt::Break
            | Stmt::Goto(_)
            | Stmt::Label(_) => Vec::new(),
        }
    }

    /// The blocks directly in the statement, functions' bodies included.
    pub fn blocks_mut(&mut self) -> Vec<&mut Block> {
        match self {
            Stmt::LocalFunction(_, f)
            | Stmt::GlobalFunction(_, f)
            | Stmt::NamedFunction(_, _, f) => vec![&mut f.body],
            Stmt::Do(b)
            | Stmt::While(_, b)
            | Stmt::Repeat(b, _)
            | Stmt::For(_, _, _, _, b)
            | Stmt::ForIn(_, _, b) => vec![b],
            Stmt::If(arms, other) => {
                arms.iter_mut().map(|a| &mut a.1).chain(other.as_mut()).collect()
            }
            Stmt::Hole(_, _, blocks) => blocks.iter_mut().collect(),
            Stmt::Local(..)
            | Stmt::Global(..)
            | Stmt::GlobalAll(_)
            | Stmt::Assign(..)
            | Stmt::Call(_)
            | Stmt::Return(_)
            | Stmt::Break
            | Stmt::Goto(_)
            | Stmt::Label(_) => Vec::new(),
        }
    }
}

/// Visits every block, outer ones first.
pub fn each_block(block: &mut Block, f: &mut impl FnMut(&mut Block)) {
    fn in_expr<F: FnMut(&mut Block)>(e: &mut Expr, f: &mut F) {
        if let Expr::Function(function) = e {
            each_block(&mut function.body, f);
        }
        for child in e.children_mut() {
            in_expr(child, f);
        }
    }
    f(block);
    for stmt in block {
        for e in stmt.exprs_mut() {
            in_expr(e, f);
        }
        for inner in stmt.blocks_mut() {
            each_block(inner, f);
        }
    }
}

/// Visits every expression, outer ones first.
pub fn each_expr(block: &mut Block, f: &mut impl FnMut(&mut Expr)) {
    fn below<F: FnMut(&mut Expr)>(e: &mut Expr, f: &mut F) {
        f(e);
        for child in e.children_mut() {
            below(child, f);
        }
    }
    each_block(block, &mut |block| {
        for stmt in block {
            for e in stmt.exprs_mut() {
                below(e, f);
            }
        }
    });
}
