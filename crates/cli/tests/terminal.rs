//! The interactive mode at a terminal.

#![cfg(unix)]

use std::fs::File;
use std::io::{Read, Write};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

/// How long something may take to appear.
const PATIENCE: Duration = Duration::from_secs(20);

/// A terminal with the interactive mode at it.
struct Terminal {
    keyboard: File,
    screen: Receiver<Vec<u8>>,
    shown: String,
    child: Child,
}

impl Terminal {
    /// Starts the interactive mode at a terminal on which this has been typed already.
    fn start(typed: &str) -> Terminal {
        let pty = nix::pty::openpty(None, None).expect("a terminal");
        let mut keyboard = File::from(pty.master);
        keyboard.write_all(typed.as_bytes()).expect("type");
        let end = |fd: &std::os::fd::OwnedFd| Stdio::from(fd.try_clone().expect("clone"));
        let home = Path::new(env!("CARGO_TARGET_TMPDIR")).join("terminal");
        std::fs::create_dir_all(&home).expect("create a folder");
        let mut c = Command::new(env!("CARGO_BIN_EXE_perilune"));
        c.env("TERM", "xterm").env("NO_COLOR", "1").env("XDG_STATE_HOME", home);
        c.stdin(end(&pty.slave)).stdout(end(&pty.slave)).stderr(end(&pty.slave));
        let child = c.spawn().expect("start");
        let mut output = keyboard.try_clone().expect("clone");
        let (send, screen) = channel();
        std::thread::spawn(move || {
            let mut buffer = [0; 4096];
            while let Ok(n) = output.read(&mut buffer) {
                if n == 0 || send.send(buffer[..n].to_vec()).is_err() {
                    break;
                }
            }
        });
        Terminal { keyboard, screen, shown: String::new(), child }
    }

    fn press(&mut self, keys: &str) {
        self.keyboard.write_all(keys.as_bytes()).expect("type");
    }

    /// Waits until the screen shows something that it hasn't been asked for yet.
    #[track_caller]
    fn shows(&mut self, text: &str) {
        let end = Instant::now() + PATIENCE;
        loop {
            if let Some(at) = self.shown.find(text) {
                self.shown.drain(..at + text.len());
                return;
            }
            match self.screen.recv_timeout(end.saturating_duration_since(Instant::now())) {
                Ok(bytes) => self.shown.push_str(&String::from_utf8_lossy(&bytes)),
                Err(_) => panic!("no {text:?} in {:?}", self.shown),
            }
        }
    }

    /// Ends the mode.
    fn end(mut self) {
        // Before the prompt, the key would mean something else.
        self.shows("> ");
        self.press("\x04");
        assert_eq!(self.child.wait().expect("wait").code(), Some(0), "{:?}", self.shown);
    }
}

#[test]
fn lines_typed_ahead_are_run() {
    let mut t = Terminal::start("a = 1\nb = a + 1\nprint('sum', a + b)\n");
    t.shows("sum\t3");
    // While a program runs, too, and many at once.
    t.press("local t = os.clock() while os.clock() < t + 0.2 do end\r");
    t.press("c = 10\rd = 20\rprint('product', c * d)\r");
    t.shows("product\t200");
    let many: String = (1..=100).map(|i| format!("e = (e or 0) + {i}\r")).collect();
    t.press(&many);
    t.press("print('total', e)\r");
    t.shows("total\t5050");
    t.end();
}

#[test]
fn a_program_at_a_terminal_is_interrupted() {
    let mut t = Terminal::start("");
    t.shows("> ");
    t.press("print('be' .. 'gin') io.read()\r");
    t.shows("begin");
    // It isn't the terminal of the process's session, so the key sends no signal.
    let kill = Command::new("kill").args(["-INT", &t.child.id().to_string()]).status();
    assert!(kill.expect("run kill").success());
    t.shows("interrupted!");
    t.press("print('go ' .. 'on')\r");
    t.shows("go on");
    t.end();
}
