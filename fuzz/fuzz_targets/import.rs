//! Any bytes as a list of servers: a clear error, or a scenario that is accepted.
#![no_main]

use fleetsim::scenario::import_az::{Input, import};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let input = Input { name: "list.json".into(), bytes: data.to_vec() };
    match import(&[input]) {
        Ok(imported) => {
            if let Err(complaints) =
                fleetsim::scenario::parse("imported.toml", &imported.scenario, None, &[])
            {
                panic!("{}\n{}", complaints.lines(), imported.scenario);
            }
        }
        Err(errors) => {
            for error in errors {
                let _ = error.to_string();
            }
        }
    }
});
