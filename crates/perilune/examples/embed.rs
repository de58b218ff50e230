//! A thermostat whose rules are a Lua script: `cargo run -p perilune --example embed`.

use perilune::{Function, Lua, Result, UserData, UserDataFields, UserDataMethods};

struct Room {
    name: String,
    degrees: f64,
}

impl UserData for Room {
    fn add_fields<F: UserDataFields<Self>>(fields: &mut F) {
        fields.add_field_method_get("name", |_, room| Ok(room.name.clone()));
        fields.add_field_method_get("degrees", |_, room| Ok(room.degrees));
    }

    fn add_methods<M: UserDataMethods<Self>>(methods: &mut M) {
        methods.add_method_mut("heat", |_, room, by: f64| {
            room.degrees += by;
            Ok(())
        });
    }
}

const RULES: &str = r#"
    function step(room)
        while room.degrees < 20 do
            room:heat(1.5)
            log(string.format("%s is at %.1f", room.name, room.degrees))
        end
    end
"#;

fn main() -> Result<()> {
    let lua = Lua::new();
    lua.load(RULES).set_name("=rules").exec()?;
    let step: Function = lua.globals().get("step")?;
    let room = lua.create_userdata(Room { name: "kitchen".into(), degrees: 16.0 })?;

    // What Lua is lent for the length of a scope may borrow from the host.
    let mut lines = Vec::new();
    lua.scope(|scope| {
        let log = scope.create_function_mut(|_, line: String| {
            lines.push(line);
            Ok(())
        })?;
        lua.globals().set("log", log)?;
        step.call::<()>(&room)
    })?;
    println!("{}\nfinal: {:.1}", lines.join("\n"), room.borrow::<Room>()?.degrees);
    Ok(())
}
