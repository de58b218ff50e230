//! The template of each opcode.

use super::Baseline;
use super::access::{Key, Object};
use super::assembler::reg::RAX;
use super::control::{Relation, Side};
use perilune_bytecode::ops::{Instr, OpHandler};
use perilune_runtime::value::Value;

macro_rules! arithmetic_templates {
    ($($handler:ident)*) => {
        $(fn $handler(&mut self, i: Instr) {
            self.arithmetic(i);
        })*
    };
}

macro_rules! steps {
    ($($handler:ident)*) => {
        $(fn $handler(&mut self, _: Instr) {
            self.step(self.pc);
        })*
    };
}

impl OpHandler for Baseline<'_> {
    type Out = ();

    fn mov(&mut self, i: Instr) {
        self.asm.load(RAX, i.b());
        self.asm.store(i.a(), RAX);
    }

    fn loadi(&mut self, i: Instr) {
        self.asm.constant(RAX, Value::small_int(i.sd()).bits());
        self.asm.store(i.a(), RAX);
    }

    fn loadk(&mut self, i: Instr) {
        let word = self.constant_word(i.d());
        self.asm.constant(RAX, word);
        self.asm.store(i.a(), RAX);
    }

    fn loadnil(&mut self, i: Instr) {
        self.load_nil(RAX);
        for r in 0..=i.b() {
            self.asm.store(i.a().wrapping_add(r), RAX);
        }
    }

    fn loadbool(&mut self, i: Instr) {
        self.asm.constant(RAX, Value::bool(i.b() != 0).bits());
        self.asm.store(i.a(), RAX);
    }

    fn getbox(&mut self, i: Instr) {
        self.get_box(i);
    }

    fn setbox(&mut self, i: Instr) {
        self.set_box(i);
    }

    fn getupval(&mut self, i: Instr) {
        self.get_upvalue(i);
    }

    fn setupval(&mut self, i: Instr) {
        self.set_upvalue(i);
    }

    fn getenv(&mut self, i: Instr) {
        self.get_property(i, Object::Upvalue(i.b()));
    }

    fn setenv(&mut self, i: Instr) {
        self.set_property(i, Object::Upvalue(i.b()), i.a());
    }

    fn getfield(&mut self, i: Instr) {
        self.get_property(i, Object::Register(i.b()));
    }

    fn setfield(&mut self, i: Instr) {
        self.set_property(i, Object::Register(i.a()), i.b());
    }

    fn self_op(&mut self, i: Instr) {
        self.get_property(i, Object::Register(i.b()));
    }

    fn getindex(&mut self, i: Instr) {
        self.get_element(i, Key::Register(i.c()));
    }

    fn setindex(&mut self, i: Instr) {
        self.set_element(i, Key::Register(i.b()), i.c());
    }

    fn getint(&mut self, i: Instr) {
        self.get_element(i, Key::Known(i.c()));
    }

    fn setint(&mut self, i: Instr) {
        self.set_element(i, Key::Known(i.b()), i.c());
    }

    arithmetic_templates! {
        add sub mul modulo pow div idiv band bor bxor shl shr
        addi subi shli shri
        addk subk mulk modk powk divk idivk bandk bork bxork
        unm bnot
    }

    fn not(&mut self, i: Instr) {
        self.not(i);
    }

    fn len(&mut self, i: Instr) {
        self.length(i);
    }

    fn jmp(&mut self, i: Instr) {
        let target = self.target(i);
        self.go(target);
    }

    fn jmpback(&mut self, i: Instr) {
        self.jump_back(i);
    }

    fn jtrue(&mut self, i: Instr) {
        self.test(i, true);
    }

    fn jfalse(&mut self, i: Instr) {
        self.test(i, false);
    }

    fn jeq(&mut self, i: Instr) {
        self.equal(i);
    }

    fn jlt(&mut self, i: Instr) {
        self.order(i, Relation::Less, Side::Register(i.b()));
    }

    fn jle(&mut self, i: Instr) {
        self.order(i, Relation::LessEqual, Side::Register(i.b()));
    }

    fn jeqk(&mut self, i: Instr) {
        self.equal_constant(i);
    }

    fn jeqi(&mut self, i: Instr) {
        self.equal_int(i);
    }

    fn jlti(&mut self, i: Instr) {
        self.order_known(i);
    }

    fn jlei(&mut self, i: Instr) {
        self.order_known(i);
    }

    fn jgti(&mut self, i: Instr) {
        self.order_known(i);
    }

    fn jgei(&mut self, i: Instr) {
        self.order_known(i);
    }

    fn call(&mut self, i: Instr) {
        self.call(i);
    }

    fn ret(&mut self, i: Instr) {
        self.return_values(i.a(), i.b());
    }

    fn return0(&mut self, _: Instr) {
        self.return_values(0, 1);
    }

    fn return1(&mut self, i: Instr) {
        self.return_values(i.a(), 2);
    }

    fn tailcall(&mut self, i: Instr) {
        self.tail_call(i);
    }

    fn newbox(&mut self, i: Instr) {
        self.new_box(i);
    }

    fn closure(&mut self, i: Instr) {
        self.new_closure(i);
    }

    fn newtable(&mut self, i: Instr) {
        self.new_table(i);
    }

    fn setlist(&mut self, i: Instr) {
        self.set_list(i);
    }

    fn concat(&mut self, i: Instr) {
        self.concat(i);
    }

    fn forprep(&mut self, i: Instr) {
        self.for_prep(i);
    }

    fn tforprep(&mut self, i: Instr) {
        self.generic_prep(i);
    }

    fn tforcall(&mut self, i: Instr) {
        self.iterate(i);
    }

    fn forloop(&mut self, i: Instr) {
        self.for_loop(i);
    }

    fn tforloop(&mut self, i: Instr) {
        self.generic_loop(i);
    }

    fn tbc(&mut self, i: Instr) {
        self.mark_to_be_closed(i);
    }

    fn varargprep(&mut self, _: Instr) {
        self.vararg_prep();
    }

    fn vararg(&mut self, i: Instr) {
        self.vararg_values(i);
    }

    steps! {
        return_close vararg_table getvararg close checkglobal
    }
}
