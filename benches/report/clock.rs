//! Clocks: processor time of this thread, and real time where several processes are compared.

use std::time::{Duration, Instant};

/// Processor time that this thread has used so far; real time where the system does not tell.
pub fn cpu() -> Duration {
    #[cfg(unix)]
    if let Ok(time) = nix::time::clock_gettime(nix::time::ClockId::CLOCK_THREAD_CPUTIME_ID) {
        return time.into();
    }
    static START: std::sync::OnceLock<Instant> = std::sync::OnceLock::new();
    START.get_or_init(Instant::now).elapsed()
}

/// Processor time of some work, in nanoseconds, and what it gave.
pub fn timed<T>(work: impl FnOnce() -> T) -> (f64, T) {
    let start = cpu();
    let value = work();
    ((cpu() - start).as_nanos() as f64, value)
}
