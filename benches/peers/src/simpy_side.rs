//! SimPy: a generator per component, in a Python that has it.

use crate::{DOWN, Played, Task, UP};
use std::path::Path;
use std::process::Command;
use std::time::Duration;

/// Plays the task in `simpy_side.py`; none where there is no SimPy. It times itself.
pub fn play(task: Task) -> Option<Played> {
    let python = std::env::var("PYTHON").unwrap_or_else(|_| "python3".into());
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/simpy_side.py");
    let hours = task.end as f64 / crate::HOUR;
    let words = [task.components.to_string(), hours.to_string(), UP.to_string(), DOWN.to_string()];
    let output = Command::new(python).arg(script).args(words).output().ok()?;
    let text = String::from_utf8_lossy(&output.stdout);
    let mut words = text.split_whitespace();
    let (events, nanos) = (words.next()?.parse().ok()?, words.next()?.parse().ok()?);
    let hash = words.next()?.parse().ok()?;
    Some(Played { events, hash, time: Duration::from_nanos(nanos) })
}
