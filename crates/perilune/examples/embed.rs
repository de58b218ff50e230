//! A thermostat whose rules are a Lua script: `cargo run -p perilune --example embed`.

use perilune::{Lua, Methods, Result, UserData};

struct Room {
    name: String,
    degrees: f64,
}

impl UserData for Room {
    const NAME: &'static str = "room";

    fn add_methods(methods: &mut Methods<'_, Self>) -> Result<()> {
        methods.add("name", |_, room, ()| Ok(room.name.clone()))?;
        methods.add("degrees", |_, room, ()| Ok(room.degrees))?;
        methods.add_mut("heat", |_, room, by: f64| {
            room.degrees += by;
            Ok(())
        })
    }
}

const RULES: &str = r#"
    function step(room)
        while room:degrees() < 20 do
            room:heat(1.5)
            log(string.format("%s is at %.1f", room:name(), room:degrees()))
        end
    end
"#;

fn main() -> Result<()> {
    let lua = Lua::new();
    let log = lua.create_function(|_, line: String| {
        println!("{line}");
        Ok(())
    })?;
    lua.globals().set("log", log)?;
    lua.load(RULES).set_name("=rules").exec()?;

    let room = lua.create_userdata(Room { name: "kitchen".into(), degrees: 16.0 })?;
    let step: perilune::Function = lua.globals().get("step")?;
    step.call::<()>(&room)?;
    println!("final: {:.1}", room.value::<Room>()?.borrow().degrees);
    Ok(())
}
