//! Any text as a profile: complaints or a profile, never a panic.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    if let Ok(text) = std::str::from_utf8(data) {
        let (_, complaints) = fleetsim::scenario::profile::read("fuzz", text);
        let _ = complaints.render(false);
    }
});
