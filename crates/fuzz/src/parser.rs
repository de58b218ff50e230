//! From text to trees: templates with their holes, and Lua programs; all but those in which `global` is a name, or an
//! escape sequence stands for what Unicode hasn't.
//!
//! Where Lua has an expression, a template may have `$name` or `$name(arguments)`; where it has a statement,
//! `$name(arguments) { statements } { statements } …` with any part but the name left out; where it has a name, `$name`;
//! and where it has an operator, `$name` if it is one of [`OPERATORS`]. See [`crate::ast`] for why the parser of
//! `perilune-syntax` isn't used.

use crate::ast::{Attrib, Block, Declared, Expr, Function, Item, Stmt, Vararg};
use crate::lexer::{Token, tokens};

/// Binary operators and how strongly they bind to the left and to the right. Holes bind as comparisons do.
const OPERATORS: &[(&str, u8, u8)] = &[
    ("or", 1, 1),
    ("and", 2, 2),
    ("<", 3, 3),
    (">", 3, 3),
    ("<=", 3, 3),
    (">=", 3, 3),
    ("~=", 3, 3),
    ("==", 3, 3),
    ("$compare", 3, 3),
    ("$arith", 3, 3),
    ("$bitwise", 3, 3),
    ("$any", 3, 3),
    ("$addsub", 3, 3),
    ("|", 4, 4),
    ("~", 5, 5),
    ("&", 6, 6),
    ("<<", 7, 7),
    (">>", 7, 7),
    ("..", 9, 8),
    ("+", 10, 10),
    ("-", 10, 10),
    ("*", 11, 11),
    ("/", 11, 11),
    ("//", 11, 11),
    ("%", 11, 11),
    ("^", 14, 13),
];

/// How strongly unary operators bind.
const UNARY: u8 = 12;

/// How deep a program may nest, so that the parser doesn't run out of stack.
const DEPTH: usize = 150;

/// Parses a program or a template.
///
/// # Errors
/// If it isn't one.
pub fn parse(text: &[u8]) -> Result<Block, String> {
    let mut p = Parser { tokens: tokens(text)?, at: 0, depth: 0 };
    let block = p.block()?;
    match p.peek() {
        Token::End => Ok(block),
        _ => p.fail("a statement"),
    }
}

/// Whether a hole stands for something to be called: what follows in parentheses are arguments of the call then, not
/// of the hole.
fn is_value_hole(name: &str) -> bool {
    let numbered = name.len() > 1 && name[1..].bytes().all(|b| b.is_ascii_digit());
    numbered && name.starts_with(['v', 'g']) || matches!(name, "callee" | "var" | "fun")
}

struct Parser {
    tokens: Vec<(Token, usize)>,
    at: usize,
    depth: usize,
}

type Parsed<T> = Result<T, String>;

impl Parser {
    fn ahead(&self, n: usize) -> &Token {
        self.tokens.get(self.at + n).map_or(&Token::End, |t| &t.0)
    }

    fn peek(&self) -> &Token {
        self.ahead(0)
    }

    fn fail<T>(&self, wanted: &str) -> Parsed<T> {
        let line = self.tokens.get(self.at).map_or(0, |t| t.1);
        Err(format!("line {line}: {wanted} expected, not {:?}", self.peek()))
    }

    fn at_sign(&self, sign: &str) -> bool {
        matches!(self.peek(), Token::Sign(s) if *s == sign)
    }

    fn take(&mut self, sign: &str) -> bool {
        let there = self.at_sign(sign);
        self.at += usize::from(there);
        there
    }

    fn expect(&mut self, sign: &str) -> Parsed<()> {
        if self.take(sign) { Ok(()) } else { self.fail(sign) }
    }

    fn name(&mut self) -> Parsed<String> {
        let name = match self.peek() {
            Token::Name(n) => n.clone(),
            Token::Hole(n) => format!("${n}"),
            _ => return self.fail("a name"),
        };
        self.at += 1;
        Ok(name)
    }

    fn block(&mut self) -> Parsed<Block> {
        self.depth += 1;
        if self.depth > DEPTH {
            return self.fail("less nesting");
        }
        let mut out = Vec::new();
        loop {
            while self.take(";") {}
            let ends = ["end", "else", "elseif", "until", "}"].iter().any(|s| self.at_sign(s));
            if ends || *self.peek() == Token::End {
                self.depth -= 1;
                return Ok(out);
            }
            out.push(self.stmt()?);
        }
    }

    fn stmt(&mut self) -> Parsed<Stmt> {
        let Token::Sign(sign) = *self.peek() else {
            return match (self.peek(), self.ahead(1)) {
                (Token::Hole(_), Token::Sign("=" | "." | "[" | ":" | ",")) => self.expr_stmt(),
                (Token::Hole(name), _) if !is_value_hole(name) => self.hole_stmt(),
                _ => self.expr_stmt(),
            };
        };
        self.at += 1;
        match sign {
            "local" if self.take("function") => {
                Ok(Stmt::LocalFunction(self.name()?, self.function()?))
            }
            "local" => {
                let names = self.declared()?;
                Ok(Stmt::Local(names, self.values()?))
            }
            "global" if self.take("function") => {
                Ok(Stmt::GlobalFunction(self.name()?, self.function()?))
            }
            "global" => {
                let attrib = self.attrib()?;
                if self.take("*") {
                    return Ok(Stmt::GlobalAll(attrib));
                }
                let mut names = self.declared()?;
                for n in &mut names {
                    n.1 = n.1.or(attrib);
                }
                Ok(Stmt::Global(names, self.values()?))
            }
            "function" => {
                let mut target = Expr::Name(self.name()?);
                while self.take(".") {
                    target = Expr::index(target, Expr::str(&self.name()?));
                }
                let method = if self.take(":") { Some(self.name()?) } else { None };
                Ok(Stmt::NamedFunction(target, method, self.function()?))
            }
            "do" => Ok(Stmt::Do(self.closed()?)),
            "while" => {
                let condition = self.expr()?;
                self.expect("do")?;
                Ok(Stmt::While(condition, self.closed()?))
            }
            "repeat" => {
                let block = self.block()?;
                self.expect("until")?;
                Ok(Stmt::Repeat(block, self.expr()?))
            }
            "if" => self.if_stmt(),
            "for" => self.for_stmt(),
            "return" => {
                let ends = ["end", "else", "elseif", "until", ";", "}"];
                let empty = ends.iter().any(|s| self.at_sign(s)) || *self.peek() == Token::End;
                Ok(Stmt::Return(if empty { Vec::new() } else { self.list()? }))
            }
            "break" => Ok(Stmt::Break),
            "goto" => Ok(Stmt::Goto(self.name()?)),
            "::" => {
                let name = self.name()?;
                self.expect("::")?;
                Ok(Stmt::Label(name))
            }
            _ => {
                self.at -= 1;
                self.expr_stmt()
            }
        }
    }

    fn closed(&mut self) -> Parsed<Block> {
        let block = self.block()?;
        self.expect("end")?;
        Ok(block)
    }

    fn if_stmt(&mut self) -> Parsed<Stmt> {
        let mut arms = Vec::new();
        loop {
            let condition = self.expr()?;
            self.expect("then")?;
            arms.push((condition, self.block()?));
            if self.take("elseif") {
                continue;
            }
            let other = if self.take("else") { Some(self.block()?) } else { None };
            self.expect("end")?;
            return Ok(Stmt::If(arms, other));
        }
    }

    fn for_stmt(&mut self) -> Parsed<Stmt> {
        let first = self.name()?;
        if self.take("=") {
            let a = self.expr()?;
            self.expect(",")?;
            let b = self.expr()?;
            let c = if self.take(",") { Some(self.expr()?) } else { None };
            self.expect("do")?;
            return Ok(Stmt::For(first, a, b, c, self.closed()?));
        }
        let mut names = vec![first];
        while self.take(",") {
            names.push(self.name()?);
        }
        self.expect("in")?;
        let values = self.list()?;
        self.expect("do")?;
        Ok(Stmt::ForIn(names, values, self.closed()?))
    }

    fn hole_stmt(&mut self) -> Parsed<Stmt> {
        let name = self.name()?.split_off(1);
        let args = if self.take("(") { self.rest_of_arguments()? } else { Vec::new() };
        let mut blocks = Vec::new();
        while self.take("{") {
            blocks.push(self.block()?);
            self.expect("}")?;
        }
        Ok(Stmt::Hole(name, args, blocks))
    }

    fn attrib(&mut self) -> Parsed<Option<Attrib>> {
        if !self.take("<") {
            return Ok(None);
        }
        let attrib = match self.name()?.as_str() {
            "const" => Attrib::Const,
            "close" => Attrib::Close,
            _ => return self.fail("an attribute"),
        };
        self.expect(">")?;
        Ok(Some(attrib))
    }

    /// Names with attributes. One before the names is for all of them.
    fn declared(&mut self) -> Parsed<Vec<Declared>> {
        let common = self.attrib()?;
        let mut names = Vec::new();
        loop {
            let name = self.name()?;
            names.push((name, self.attrib()?.or(common)));
            if !self.take(",") {
                return Ok(names);
            }
        }
    }

    fn values(&mut self) -> Parsed<Vec<Expr>> {
        if self.take("=") { self.list() } else { Ok(Vec::new()) }
    }

    fn expr_stmt(&mut self) -> Parsed<Stmt> {
        let first = self.suffixed()?;
        if self.at_sign("=") || self.at_sign(",") {
            let mut targets = vec![first];
            while self.take(",") {
                targets.push(self.suffixed()?);
            }
            self.expect("=")?;
            return Ok(Stmt::Assign(targets, self.list()?));
        }
        match first {
            Expr::Call(..) | Expr::Method(..) => Ok(Stmt::Call(first)),
            _ => self.fail("a call"),
        }
    }

    fn list(&mut self) -> Parsed<Vec<Expr>> {
        let mut out = vec![self.expr()?];
        while self.take(",") {
            out.push(self.expr()?);
        }
        Ok(out)
    }

    fn function(&mut self) -> Parsed<Function> {
        self.expect("(")?;
        let (mut params, mut vararg) = (Vec::new(), Vararg::None);
        while !self.take(")") {
            if self.take("...") {
                vararg = match self.peek() {
                    Token::Name(_) | Token::Hole(_) => Vararg::Named(self.name()?),
                    _ => Vararg::Plain,
                };
            } else {
                params.push(self.name()?);
            }
            if !self.at_sign(")") {
                self.expect(",")?;
            }
        }
        Ok(Function { params, vararg, body: self.closed()? })
    }

    fn rest_of_arguments(&mut self) -> Parsed<Vec<Expr>> {
        if self.take(")") {
            return Ok(Vec::new());
        }
        let args = self.list()?;
        self.expect(")")?;
        Ok(args)
    }

    fn expr(&mut self) -> Parsed<Expr> {
        self.binary(0)
    }

    fn binary(&mut self, limit: u8) -> Parsed<Expr> {
        self.depth += 1;
        if self.depth > DEPTH {
            return self.fail("less nesting");
        }
        let unary = ["not", "-", "#", "~"].into_iter().find(|s| self.at_sign(s));
        let mut left = match unary {
            Some(op) => {
                self.at += 1;
                Expr::Unary(op, Box::new(self.binary(UNARY)?))
            }
            None => self.simple()?,
        };
        loop {
            let found = OPERATORS.iter().find(|(op, ..)| match self.peek() {
                Token::Sign(s) => s == op,
                Token::Hole(name) => op.strip_prefix('$') == Some(name),
                _ => false,
            });
            match found {
                Some((op, l, r)) if *l > limit => {
                    self.at += 1;
                    left = Expr::binary(op, left, self.binary(*r)?);
                }
                _ => break,
            }
        }
        self.depth -= 1;
        Ok(left)
    }

    fn simple(&mut self) -> Parsed<Expr> {
        let e = match self.peek() {
            Token::Number(n) => Expr::Number(n.clone()),
            Token::Str(s) => Expr::Str(s.clone()),
            Token::Sign("nil") => Expr::Nil,
            Token::Sign("true") => Expr::True,
            Token::Sign("false") => Expr::False,
            Token::Sign("...") => Expr::Vararg,
            Token::Sign("{") => return self.table(),
            Token::Sign("function") => {
                self.at += 1;
                return Ok(Expr::Function(Box::new(self.function()?)));
            }
            _ => return self.suffixed(),
        };
        self.at += 1;
        Ok(e)
    }

    fn suffixed(&mut self) -> Parsed<Expr> {
        let mut e = match self.peek().clone() {
            Token::Sign("(") => {
                self.at += 1;
                let inner = self.expr()?;
                self.expect(")")?;
                match inner {
                    Expr::Call(..) | Expr::Method(..) | Expr::Vararg | Expr::Hole(..) => {
                        Expr::Paren(Box::new(inner))
                    }
                    other => other,
                }
            }
            Token::Hole(name) => {
                self.at += 1;
                let takes_arguments = !is_value_hole(&name) && self.take("(");
                let args = if takes_arguments { self.rest_of_arguments()? } else { Vec::new() };
                Expr::Hole(name, args)
            }
            _ => Expr::Name(self.name()?),
        };
        loop {
            e = match self.peek().clone() {
                Token::Sign(".") => {
                    self.at += 1;
                    Expr::index(e, Expr::str(&self.name()?))
                }
                Token::Sign("[") => {
                    self.at += 1;
                    let key = self.expr()?;
                    self.expect("]")?;
                    Expr::index(e, key)
                }
                Token::Sign(":") => {
                    self.at += 1;
                    let name = self.name()?;
                    Expr::Method(Box::new(e), name, self.arguments()?)
                }
                Token::Sign("(" | "{") | Token::Str(_) => {
                    Expr::Call(Box::new(e), self.arguments()?)
                }
                _ => return Ok(e),
            };
        }
    }

    fn arguments(&mut self) -> Parsed<Vec<Expr>> {
        if self.take("(") {
            return self.rest_of_arguments();
        }
        match self.peek().clone() {
            Token::Str(s) => {
                self.at += 1;
                Ok(vec![Expr::Str(s)])
            }
            Token::Sign("{") => Ok(vec![self.table()?]),
            _ => self.fail("arguments"),
        }
    }

    fn table(&mut self) -> Parsed<Expr> {
        self.expect("{")?;
        let mut items = Vec::new();
        while !self.take("}") {
            let key = if self.take("[") {
                let key = self.expr()?;
                self.expect("]")?;
                self.expect("=")?;
                Some(key)
            } else if matches!(self.peek(), Token::Name(_) | Token::Hole(_))
                && *self.ahead(1) == Token::Sign("=")
            {
                let key = Expr::str(&self.name()?);
                self.expect("=")?;
                Some(key)
            } else {
                None
            };
            items.push(Item { key, value: self.expr()? });
            if !self.take(",") && !self.take(";") && !self.at_sign("}") {
                return self.fail("}");
            }
        }
        Ok(Expr::Table(items))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{corpus, print};
    use perilune_bytecode::compile;
    use perilune_bytecode::proto::Proto;

    fn compiled(text: &[u8]) -> Proto {
        compile::compile(&perilune_syntax::parse(text, b"=x").unwrap(), b"=x").unwrap()
    }

    /// Whether two functions are the same but for places in the source.
    fn alike(a: &Proto, b: &Proto) -> bool {
        (&a.code, &a.constants, a.num_params) == (&b.code, &b.constants, b.num_params)
            && a.protos.len() == b.protos.len()
            && a.protos.iter().zip(&b.protos).all(|(a, b)| alike(a, b))
    }

    /// What is printed means the same, which the compiler is the judge of.
    #[test]
    fn the_corpus_survives() {
        let scripts = corpus::scripts();
        let mut refused = Vec::new();
        for (file, text) in &scripts {
            let tree = match parse(text) {
                Ok(tree) => tree,
                Err(e) => {
                    refused.push(format!("{}: {e}", file.display()));
                    continue;
                }
            };
            let printed = print::program(&tree);
            assert!(alike(&compiled(text), &compiled(&printed)), "{}", file.display());
        }
        assert!(20 * refused.len() < scripts.len(), "too many can't be parsed: {refused:#?}");
    }

    #[test]
    fn holes_have_their_places() {
        let text = b"local $k = $num(1, 2) $arith $str\n$opt(30) { o.$key = 1 } { }\n$block";
        let tree = parse(text).unwrap();
        assert!(matches!(&tree[0], Stmt::Local(n, v) if n[0].0 == "$k" && v[0].kind() == "$arith"));
        assert!(
            matches!(&tree[1], Stmt::Hole(n, a, b) if n == "opt" && a.len() == 1 && b.len() == 2)
        );
        assert!(matches!(&tree[2], Stmt::Hole(n, ..) if n == "block"));
    }
}
