//! Where a key is at home that stands at the top of a scenario, where nobody has it: paths begin too late.

use super::fields::{self, Field};
use super::reader::{any, nearest};
use super::syntax::Table;
use crate::kernel::param::{Key, Slot, Visitor};
use crate::model::fault::MODES;

/// What may be meant by a key that the top has not; nothing where it is one of the top, mistyped.
pub fn elsewhere(root: &Table, key: &str) -> Option<String> {
    if nearest(key, &fields::names(fields::TOP)).is_some() {
        return None;
    }
    let mut paths = Vec::new();
    let has = |all: &[Field]| all.iter().any(|field| field.name == key);
    if MODES.iter().any(|mode| mode.name == key) {
        paths.push(format!("fault.{key}"));
    }
    if has(fields::REPLICATIONS) {
        paths.push(format!("replications.{key}"));
    }
    let parts = [("region", "name", fields::REGION), ("servers", "group", fields::SERVERS)];
    for (array, name, fields) in parts {
        let names = || {
            let items = root.get(array).and_then(|node| node.as_array()).unwrap_or_default();
            items.iter().filter_map(|item| item.as_table()?.text(name))
        };
        if names().any(|name| name == key) {
            paths.push(format!("{array}.{key}"));
        }
        if has(fields) && key != name {
            paths.push(format!("{array}.{}.{key}", names().next().unwrap_or("NAME")));
        }
    }
    for section in fields::SECTIONS {
        let mut keys = Names { key, found: false };
        if let Some(mut parameters) = fields::section(section) {
            parameters.visit(&mut keys);
        }
        if keys.found {
            paths.push(format!("{section}.{key}"));
        }
    }
    (!paths.is_empty()).then(|| format!("did you mean {}?", any(&paths)))
}

/// Whether a section has a key.
struct Names<'k> {
    key: &'k str,
    found: bool,
}

impl Visitor for Names<'_> {
    fn slot(&mut self, key: Key, _: Slot<'_>) {
        self.found |= key.name == self.key;
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{SMALL, wrong};

    #[test]
    fn a_path_that_begins_too_late_is_told_its_beginning() {
        for (change, cure) in [
            ("zone_outage.rate=1/y", "did you mean `fault.zone_outage`?"),
            ("detection=5s", "did you mean `standby.detection`?"),
            (
                "replay_rate=1MB/s",
                "`compute.replay_rate`, `standby.replay_rate` or `restore.replay_rate`?",
            ),
            ("count=5", "did you mean `replications.count` or `servers.g.count`?"),
            ("high_availability=none", "did you mean `servers.g.high_availability`?"),
            ("g.count=5", "did you mean `servers.g`?"),
            ("r.zones=2", "did you mean `region.r`?"),
            ("zones=2", "did you mean `region.r.zones`?"),
            ("environment=natural", "did you mean `replications.environment`?"),
            ("sed=5", "did you mean `seed`? keys here: `name`"),
            ("nope=5", "(keys here: `name`"),
        ] {
            let said = wrong(SMALL, &[change]);
            assert!(said.contains("unknown key (") && said.contains(cure), "{change}: {said}");
        }
    }
}
