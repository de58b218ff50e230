//! Programs are run in processes of their own, so that one that crashes or hangs is found out and costs nothing else.
//!
//! A worker is this same executable, started with [`FLAG`]. It reads requests from its standard input and answers on its
//! standard output, where nothing else is written. Numbers are 32 bits, little end first.
//!
//! ```text
//! request:  number of engines, their numbers (a byte each), the conditions, length and bytes of the name,
//!           length and bytes of the source
//! answer:   for each engine: a 'B' when it begins, then an 'E', length and bytes of what came out
//! ```
//!
//! Because the worker says when an engine begins, a crash or a hang is that engine's. Its standard error is kept for the
//! report. Time is that which the worker has had on a processor, where the system tells: a machine may have much else to do.

use crate::engine::{Conditions, Engine};
use std::io::{self, Read, Write};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

/// The option that makes the executable a worker.
pub const FLAG: &str = "--worker";

/// How long to wait before looking whether its time is over.
const PATIENCE: Duration = Duration::from_secs(1);

/// The unit in which Linux tells what time a process has had.
const MILLISECONDS_PER_TICK: u64 = 10;

/// How much longer than its limit of processor time a program may take, all in all.
const SHARE: u32 = 40;

/// What became of a program.
#[derive(Clone, Debug, PartialEq)]
pub enum Outcome {
    /// It ended; this is what it printed.
    Output(Vec<u8>),
    /// The process died; this is what it said.
    Crash(String),
    /// It was still running when its time was over.
    Hang,
}

/// The worker's side: answers requests until there are no more.
///
/// # Errors
/// If the parent is gone.
pub fn serve() -> io::Result<()> {
    let (mut input, mut output) = (io::stdin().lock(), io::stdout().lock());
    loop {
        let mut count = [0; 1];
        if input.read(&mut count)? == 0 {
            return Ok(());
        }
        let mut engines = vec![0; usize::from(count[0])];
        input.read_exact(&mut engines)?;
        let mut conditions = [0; Conditions::BYTES];
        input.read_exact(&mut conditions)?;
        let conditions = Conditions::of_bytes(conditions);
        let name = String::from_utf8_lossy(&read_bytes(&mut input)?).into_owned();
        let source = read_bytes(&mut input)?;
        for engine in engines.into_iter().filter_map(Engine::of_number) {
            output.write_all(b"B")?;
            output.flush()?;
            let text = engine.run(&source, &name, &conditions);
            output.write_all(b"E")?;
            write_bytes(&mut output, &text)?;
            output.flush()?;
        }
    }
}

fn read_bytes(from: &mut impl Read) -> io::Result<Vec<u8>> {
    let mut length = [0; 4];
    from.read_exact(&mut length)?;
    let mut bytes = vec![0; u32::from_le_bytes(length) as usize];
    from.read_exact(&mut bytes)?;
    Ok(bytes)
}

fn write_bytes(to: &mut impl Write, bytes: &[u8]) -> io::Result<()> {
    let length = u32::try_from(bytes.len()).map_err(io::Error::other)?;
    to.write_all(&length.to_le_bytes())?;
    to.write_all(bytes)
}

/// What a worker tells.
enum Event {
    Begin,
    End(Vec<u8>),
}

/// Why there is no output.
enum Failure {
    /// The process is dead.
    Death,
    /// Its time is over.
    Hang,
}

/// A process at work.
struct Process {
    child: Child,
    input: ChildStdin,
    events: Receiver<Event>,
    errors: Arc<Mutex<Vec<u8>>>,
}

/// The parent's side: a worker, which is started again when it dies.
#[derive(Default)]
pub struct Worker {
    process: Option<Process>,
}

impl Worker {
    /// Runs a program in some engines, each no longer than `limit` of processor time. After one that crashes or hangs the rest isn't run.
    ///
    /// # Errors
    /// If the worker can't be started.
    pub fn run(
        &mut self,
        engines: &[Engine],
        conditions: &Conditions,
        source: &[u8],
        name: &str,
        limit: Duration,
    ) -> io::Result<Vec<(Outcome, Duration)>> {
        let process = match &mut self.process {
            Some(p) => p,
            none => none.insert(Process::start()?),
        };
        let mut request = vec![u8::try_from(engines.len()).unwrap_or(u8::MAX)];
        request.extend(engines.iter().map(|e| e.number()));
        request.extend(conditions.to_bytes());
        write_bytes(&mut request, name.as_bytes())?;
        write_bytes(&mut request, source)?;
        let sent = process.input.write_all(&request).and_then(|()| process.input.flush());
        let mut out = Vec::new();
        for _ in engines {
            let start = Instant::now();
            let outcome = if sent.is_ok() { process.outcome(limit) } else { Err(Failure::Death) };
            match outcome {
                Ok(text) => out.push((Outcome::Output(text), start.elapsed())),
                Err(failure) => {
                    let outcome = match (failure, self.process.take()) {
                        (Failure::Death, Some(p)) => Outcome::Crash(p.last_words()),
                        _ => Outcome::Hang,
                    };
                    out.push((outcome, start.elapsed()));
                    break;
                }
            }
        }
        Ok(out)
    }
}

impl Process {
    fn start() -> io::Result<Process> {
        let mut child = Command::new(std::env::current_exe()?)
            .arg(FLAG)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()?;
        let missing = || io::Error::other("a pipe is missing");
        let input = child.stdin.take().ok_or_else(missing)?;
        let mut output = child.stdout.take().ok_or_else(missing)?;
        let mut stderr = child.stderr.take().ok_or_else(missing)?;
        let (sender, events) = channel();
        // Both threads end with the process.
        thread::spawn(move || while listen(&mut output, &sender).is_ok() {});
        let errors = Arc::new(Mutex::new(Vec::new()));
        let kept = errors.clone();
        thread::spawn(move || {
            let mut buffer = [0; 4096];
            while let Ok(n @ 1..) = stderr.read(&mut buffer) {
                if let Ok(mut kept) = kept.lock()
                    && kept.len() < 1 << 16
                {
                    kept.extend_from_slice(&buffer[..n]);
                }
            }
        });
        Ok(Process { child, input, events, errors })
    }

    /// What an engine prints, if it comes to that.
    fn outcome(&mut self, limit: Duration) -> Result<Vec<u8>, Failure> {
        let (start, before) = (Instant::now(), self.time_used());
        loop {
            match self.events.recv_timeout(limit.min(PATIENCE)) {
                Ok(Event::Begin) => {}
                Ok(Event::End(text)) => return Ok(text),
                Err(RecvTimeoutError::Disconnected) => return Err(Failure::Death),
                Err(RecvTimeoutError::Timeout) => {
                    let all = start.elapsed();
                    let used = before.zip(self.time_used()).map(|(from, to)| to - from);
                    if used.unwrap_or(all) >= limit || all >= limit.saturating_mul(SHARE) {
                        return Err(Failure::Hang);
                    }
                }
            }
        }
    }

    /// The processor time it has had, if the system tells.
    fn time_used(&self) -> Option<Duration> {
        let text = std::fs::read_to_string(format!("/proc/{}/stat", self.child.id())).ok()?;
        // Behind the name, which may have anything in it.
        let (_, fields) = text.rsplit_once(')')?;
        let ticks = |n: usize| fields.split_whitespace().nth(n)?.parse::<u64>().ok();
        Some(Duration::from_millis((ticks(11)? + ticks(12)?) * MILLISECONDS_PER_TICK))
    }

    /// Why it died.
    fn last_words(mut self) -> String {
        let status = self.child.wait();
        // What it wrote last may still be in the pipe.
        thread::sleep(Duration::from_millis(20));
        let words = self.errors.lock().map(|w| w.clone()).unwrap_or_default();
        let status = status.map_or_else(|e| e.to_string(), |s| s.to_string());
        format!("{status}\n{}", String::from_utf8_lossy(&words))
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // It may be dead already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn listen(output: &mut impl Read, events: &Sender<Event>) -> io::Result<()> {
    let mut mark = [0; 1];
    output.read_exact(&mut mark)?;
    let event = match mark[0] {
        b'B' => Event::Begin,
        _ => Event::End(read_bytes(output)?),
    };
    events.send(event).map_err(io::Error::other)
}
