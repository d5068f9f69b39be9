//! `report`: the page of a results folder, from what the folder holds.

use super::arguments::Common;
use super::run::failed;
use super::{Exit, check, print};
use crate::report::{self, PAGE};
use std::path::Path;

/// Makes the page: in the folder, or where `--out` says.
pub fn report(folder: &Path, common: &Common) -> Exit {
    let page = match report::page(folder) {
        Ok(page) => page,
        Err(wrong) => {
            wrong.iter().for_each(|why| print::message(&format!("error: {why}")));
            print::message(
                "  give a folder that run, sweep, compare or merge wrote; the command in its \
                 manifest.json writes it anew",
            );
            return Exit::Invalid;
        }
    };
    let target = common.out.clone().unwrap_or_else(|| folder.join(PAGE));
    // In the folder it is a result like any other; elsewhere somebody else's file may be there.
    if common.out.is_some() && target.exists() && !common.force {
        return failed(&format!("{} exists\n  --force replaces it", target.display()));
    }
    match check::write_whole(&target, &page) {
        Ok(()) if common.quiet => Exit::Done,
        Ok(()) => print::data(&format!("wrote {}\n", target.display())),
        Err(error) => failed(&report::cannot_write(&target, &error, "FILE")),
    }
}
