//! Any text as a scenario, TOML or JSON: complaints or a scenario, never a panic; what is accepted can
//! be explained.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    if let Ok(text) = std::str::from_utf8(data) {
        match fleetsim::scenario::parse("fuzz.toml", text, None, &[]) {
            Ok(scenario) => {
                let _ = fleetsim::scenario::explain(&scenario);
            }
            Err(complaints) => {
                let _ = complaints.render(false);
            }
        }
    }
});
