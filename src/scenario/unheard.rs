//! Axes and changes that no group follows: each group has its own value of the key, from the scenario or
//! another axis.

use super::axis::Axis;
use super::error::{Complaint, Complaints};
use super::fields::{OF_THE_REGION, SECTIONS};
use super::overrides::Override;
use super::reader::list;
use super::sweep_file::Design;
use super::syntax::{Node, Table};
use super::tried::{MOST_TRIED, Tried};
use crate::model::fault::MODES;
use crate::model::fleet::{Group, Region};

/// Most scenarios that are read to say whether an axis is heard.
const MOST_READ: usize = 10 * MOST_TRIED;

/// What follows a key that groups may have for themselves.
type Followers = (Vec<Group>, Vec<Region>);

impl Tried<'_> {
    /// Complains of axes that change nothing, because nobody follows what the whole file says.
    pub fn unheard(&self, complaints: &mut Complaints) {
        for (i, axis) in self.axes.iter().enumerate().filter(|(_, a)| groups_may_have(&a.key)) {
            let heard = self.heard_alone(axis);
            let all: Vec<usize> = (0..self.axes.len()).filter(|&k| k != i).collect();
            let why = match self.design {
                Some(_) if !heard.is_empty() && !self.is_heard(i, &heard, &all) => format!(
                    "{}: this axis changes nothing beside; take it out, or one of the others",
                    self.instead(i, &heard, &all)
                ),
                _ if heard.is_empty()
                    && self.is_heard_by_groups(axis)
                    && !(self.design.is_some() && self.is_heard(i, &some(axis), &all)) =>
                {
                    format!(
                        "every group of the scenario has a value of its own: this axis changes nothing; \
                         move that of a group, `servers.NAME.{}`",
                        axis.key
                    )
                }
                _ => continue,
            };
            let found = format!("{:?}", axis.key);
            let expected = "a key that a group follows";
            complaints.add(Complaint::new(axis.span, "axis.key", found, expected).hint(why));
        }
    }

    /// Which axes give every group a value of its own, in words.
    fn instead(&self, i: usize, heard: &[String], all: &[usize]) -> String {
        let needed = |k: &&usize| {
            let rest: Vec<usize> = all.iter().copied().filter(|other| other != *k).collect();
            self.is_heard(i, heard, &rest)
        };
        let keys = all.iter().filter(needed).map(|&k| self.axes[k].key.as_str());
        match keys.collect::<Vec<_>>()[..] {
            [] => "other axes give every group a value of its own".to_string(),
            [one] => format!("with the axis `{one}` every group has a value of its own"),
            ref several => {
                format!("with the axes {} every group has a value of its own", list(several))
            }
        }
    }

    /// Values of an axis that change what a group has, each in another way, where no other one is set.
    fn heard_alone(&self, axis: &Axis) -> Vec<String> {
        let mut known = vec![self.followers(&axis.key, Vec::new())];
        enough(axis, |value| {
            let with = self.followers(&axis.key, axis.set(value));
            // What is not valid is not known to change nothing.
            let new = with.is_none() || !known.contains(&with);
            known.push(with);
            new
        })
    }

    /// Whether one of these values of an axis changes what a group has where these other axes are set.
    fn is_heard(&self, i: usize, values: &[String], others: &[usize]) -> bool {
        let axis = &self.axes[i];
        // Nobody waits for thousands of points, and a later one may be where it is heard.
        let many = |axis: &Axis| match self.design {
            Some(Design::Zip) => axis.len() > MOST_TRIED,
            _ => axis.tried().len() > MOST_TRIED,
        };
        if values.len() == MOST_TRIED || others.iter().any(|&k| many(&self.axes[k])) {
            return true;
        }
        let points = self.beside_all(others);
        if points.len() * values.len() > MOST_READ {
            return true;
        }
        points.into_iter().any(|(step, beside)| {
            let Some(without) = self.followers(&axis.key, beside.clone()) else { return true };
            let own = step.map(|s| [axis.level(s)]);
            own.as_ref().map_or(values, |own| own).iter().any(|value| {
                let with = beside.iter().cloned().chain(axis.set(value)).collect();
                // What is not valid together is not known to change nothing.
                self.followers(&axis.key, with).is_none_or(|with| with != without)
            })
        })
    }

    /// Whether some value changes each of our groups where it has it for itself: then none follows it.
    fn is_heard_by_groups(&self, axis: &Axis) -> bool {
        let Some((without, _)) = self.followers(&axis.key, Vec::new()) else { return false };
        let own = |i: usize| format!("servers.{}.{}", i + 1, axis.key);
        let mut ours = (0..without.len()).filter(|&i| !without[i].other_tenant);
        ours.all(|i| {
            axis.tried().into_iter().take(MOST_TRIED).any(|(value, _)| {
                let change = Override { path: own(i), value };
                self.followers(&axis.key, vec![change]).is_some_and(|with| with.0 != without)
            })
        })
    }

    /// Changes by these axes that points have together, with the step where there is one: of a zip every
    /// row, else their ends, and each value of one at the first ones of the others.
    fn beside_all(&self, others: &[usize]) -> Vec<(Option<usize>, Vec<Override>)> {
        if others.is_empty() {
            return vec![(None, Vec::new())];
        }
        let axes = || others.iter().map(|&k| &self.axes[k]);
        let all = |of: &dyn Fn(&Axis) -> String| axes().flat_map(|a| a.set(&of(a))).collect();
        if self.design == Some(Design::Zip) {
            let rows = self.axes.first().map_or(0, Axis::len);
            return (0..rows).map(|step| (Some(step), all(&|a| a.level(step)))).collect();
        }
        let mut points: Vec<Vec<Override>> = vec![all(&|a| a.at(0.0)), all(&|a| a.at(1.0))];
        for &k in others {
            for (value, _) in self.axes[k].tried() {
                let of =
                    |a: &Axis| if a.key == self.axes[k].key { value.clone() } else { a.at(0.0) };
                points.push(all(&of));
            }
        }
        points.into_iter().map(|point| (None, point)).collect()
    }

    /// All that a key can reach of what groups may have for themselves; nothing if that is not valid.
    fn followers(&self, key: &str, moved: Vec<Override>) -> Option<Followers> {
        let changes: Vec<Override> = self.common.iter().cloned().chain(moved).collect();
        let fleet = self.source.scenario(&changes).ok()?.fleet;
        // A whole table has keys of the region among its own.
        let regions = if key == "maintenance" { fleet.regions } else { Vec::new() };
        Some((fleet.groups, regions))
    }
}

/// Warnings of changes of what the whole file says, where each of its groups says something itself.
pub(super) fn changes(root: &Table, changes: &[Override]) -> Vec<String> {
    let groups = root.get("servers").and_then(Node::as_array).unwrap_or_default();
    let has = |group: &Node, path: &str| {
        let found = path.split('.').try_fold(group, |node, key| node.as_table()?.get(key));
        // Of a table in parts the rest is still the whole file's.
        found.is_some_and(|node| node.as_table().is_none())
    };
    let all_have = |path: &str| groups.iter().all(|group| has(group, path));
    let paths = changes.iter().map(|change| &change.path);
    paths
        .filter(|path| !groups.is_empty() && groups_may_have(path) && all_have(path))
        .map(|path| {
            format!(
                "{path} is changed for the whole file, but every group has a value of its own: this changes \
                 nothing; change that of a group, servers.NAME.{path}"
            )
        })
        .collect()
}

/// As many values of an axis that are new as can tell whether it is heard: two, for a point may have one of
/// them already; of tables, which it may have in part, all.
fn enough(axis: &Axis, mut is_new: impl FnMut(&str) -> bool) -> Vec<String> {
    let mut values = Vec::new();
    for (value, _) in axis.tried().into_iter().take(MOST_TRIED) {
        let most = if value.starts_with('{') { MOST_TRIED } else { 2 };
        if values.len() < most && is_new(&value) {
            values.push(value);
        }
    }
    values
}

/// The same of those that are not the same text.
fn some(axis: &Axis) -> Vec<String> {
    let mut known: Vec<String> = Vec::new();
    enough(axis, |value| {
        let new = !known.iter().any(|k| k == value);
        known.push(value.to_string());
        new
    })
}

/// Whether it is a key of the whole file that is nothing but what groups have that say nothing else.
fn groups_may_have(key: &str) -> bool {
    let (section, rest) = key.split_once('.').unwrap_or((key, ""));
    let name = rest.split('.').next().unwrap_or("");
    match section {
        "fault" => MODES.iter().any(|mode| mode.name == name && mode.addressed.by_group()),
        "control" => false,
        _ => {
            let shared = OF_THE_REGION.iter().find(|shared| shared.0 == section);
            SECTIONS.contains(&section) && !shared.is_some_and(|s| s.1.contains(&name))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::overrides::Override;
    use super::super::sweep_file::SweepFile;

    /// What is said of a sweep of two groups, of which `own` has a value of its own, with these axes.
    fn said(own: &str, design: &str, axes: &[(&str, &str)], options: &[&str]) -> String {
        let folder = tempfile::tempdir().expect("a folder");
        let scenario = format!(
            "name = 'base'\nduration = '1y'\n[[region]]\nname = 'r'\n[[servers]]\ngroup = 'x'\n\
             count = 4\n{own}[[servers]]\ngroup = 'y'\ncount = 4\n"
        );
        std::fs::write(folder.path().join("base.toml"), scenario).expect("written");
        let axis = |(key, values): &(&str, &str)| format!("[[axis]]\nkey = '{key}'\n{values}\n");
        let axes: String = axes.iter().map(axis).collect();
        let path = folder.path().join("s.toml");
        std::fs::write(&path, format!("scenario = 'base.toml'\n{design}\n{axes}"))
            .expect("written");
        let options: Vec<Override> =
            options.iter().map(|o| o.parse().expect("an option")).collect();
        SweepFile::read(&path, &options).map_or_else(|c| c.lines(), |_| String::new())
    }

    const ALL: (&str, &str) = ("standby.detection", "values = ['5s', '9s']");
    const X: (&str, &str) = ("servers.x.standby.detection", "values = ['1s', '2s']");
    const Y: (&str, &str) =
        ("servers.y.standby", "values = [{ detection = '3s' }, { detection = '4s' }]");
    const OWN: &str = "standby = { detection = '7s' }\n";

    #[test]
    fn what_every_group_has_for_itself_is_no_axis_of_the_whole() {
        for design in ["", "design = 'zip'", "design = 'sobol'\npoints = 4"] {
            let both = said("", design, &[X, ALL, Y], &[]);
            assert!(
                both.lines().count() == 1 && both.contains("found \"standby.detection\""),
                "{both}"
            );
            assert!(
                both.contains(
                    "axes `servers.x.standby.detection` and `servers.y.standby` every group"
                ),
                "{both}"
            );
            assert_eq!(said("", design, &[ALL, X], &[]), "", "y follows it");
            let own = said(OWN, design, &[ALL, Y], &[]);
            assert!(own.contains("with the axis `servers.y.standby` every group"), "{own}");
        }
        let option = ["servers.y.standby.detection=2s"];
        let none = said(OWN, "", &[ALL], &option);
        assert!(none.contains("every group of the scenario has"), "{none}");
        assert!(none.contains(":4:7: `axis.key`"), "{none}");
        let from = ("standby.detection", "from = '5s'\nto = '9s'\nsteps = 2");
        assert!(said(OWN, "", &[from], &option).contains("every group of the scenario has"));
        let rate = ("fault.process_crash.rate", "values = ['1/y', '2/y']");
        let every = |group| (group, "values = [{ every = '1y' }]");
        let faults =
            [every("servers.x.fault.process_crash"), rate, every("servers.y.fault.process_crash")];
        assert!(said("", "", &faults, &[]).contains("a key that a group follows"));
    }

    #[test]
    fn a_change_that_every_group_overrides_is_told() {
        let warned = |own: &str, changes: &[&str]| {
            let text = format!(
                "name = 'base'\nduration = '1y'\n[[region]]\nname = 'r'\n[[servers]]\ngroup = 'x'\n\
                 count = 4\n{OWN}[[servers]]\ngroup = 'y'\ncount = 4\n{own}"
            );
            let scenario = super::super::tests::valid(&text, changes);
            scenario.warnings.iter().filter(|w| w.contains("changes nothing")).count()
        };
        let change = "standby.detection=5s";
        assert_eq!(warned(OWN, &[change]), 1);
        assert_eq!(warned("", &[change]), 0, "y follows it");
        assert_eq!(warned("", &[change, "servers.y.standby.detection=9s"]), 1);
        assert_eq!(warned(OWN, &["standby.decision=5s", "servers.x.standby.detection=5s"]), 0);
    }

    #[test]
    fn what_one_group_follows_is_no_axis_that_every_group_has_for_itself() {
        // The value is in force already: y follows it, and x does not.
        let whole = ["standby.detection=7s"];
        let seven = ("standby.detection", "values = ['7s']");
        let own = OWN.replace("7s", "9s");
        assert_eq!(said(&own, "", &[seven], &whole), "");
        let both = [whole[0], "servers.y.standby.detection=2s"];
        assert!(said(&own, "", &[seven], &both).contains("every group of the scenario has"));
    }

    #[test]
    fn what_a_group_follows_where_another_axis_takes_its_own_is_an_axis() {
        let takes = ("servers.y.standby", "values = [{ decision = '4s' }, { decision = '5s' }]");
        let option = ["servers.y.standby.detection=2s"];
        assert_eq!(said(OWN, "", &[ALL, takes], &option), "");
        assert_eq!(said(OWN, "design = 'zip'", &[ALL, takes], &option), "");
    }

    #[test]
    fn of_a_table_each_value_may_be_heard() {
        // Both groups have a detection of their own; what the last one says beside it they follow.
        let tables = "values = [{ detection = '5s' }, { detection = '9s' }, { detection = '5s', decision = '3s' }]";
        let y = ("servers.y.standby.detection", "values = ['3s', '4s']");
        assert_eq!(said("", "", &[("standby", tables), X, y], &[]), "");
        let two = &format!("{}]", &tables[..tables.rfind(',').expect("keys")]);
        let two = &format!("{}]", &two[..two.rfind(',').expect("values")]);
        assert!(
            said("", "", &[("standby", two), X, y], &[]).contains("a key that a group follows")
        );
    }

    #[test]
    fn what_only_the_last_of_many_leaves_to_the_whole_is_an_axis() {
        let list = |value: &dyn Fn(usize) -> String| {
            format!("values = [{}]", (1..=201).map(value).collect::<Vec<_>>().join(", "))
        };
        let seconds = list(&|i| format!("'{i}s'"));
        let own =
            list(&|i| format!("{{ {} = '2s' }}", if i < 201 { "detection" } else { "decision" }));
        let (x, y) = ((X.0, &*seconds), (Y.0, &*own));
        assert_eq!(said("", "design = 'zip'", &[x, y, (ALL.0, &seconds)], &[]), "");
        assert_eq!(said("", "", &[X, y, ALL], &[]), "");
    }

    #[test]
    fn what_some_point_follows_is_an_axis() {
        // The group says something of its own only at one of the values.
        let now_and_then =
            ("servers.y.standby", "values = [{ detection = '3s' }, { decision = '4s' }]");
        assert_eq!(said("", "", &[X, ALL, now_and_then], &[]), "");
        let first =
            [ALL, ("servers.x.standby", "values = [{ decision = '1s' }, { detection = '1s' }]"), Y];
        assert_eq!(said("", "design = 'zip'", &first, &[]), "");
        // One value, which is the one in force, is an axis as well.
        assert_eq!(said("", "", &[("standby.detection", "values = ['0s']")], &[]), "");
        // The plan is the region's, and hosts are everybody's.
        let plan = ("maintenance", "values = [{ notice = '1d' }, 'off']");
        let off = |group| (group, "values = ['off']");
        let axes = [off("servers.x.maintenance"), plan, off("servers.y.maintenance")];
        assert_eq!(said("", "", &axes, &[]), "");
        assert_eq!(
            said("", "", &[("fault.host_failure.rate", "values = ['1/y', '2/y']")], &[]),
            ""
        );
    }
}
