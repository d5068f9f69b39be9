//! Axes that no group follows: each group has its own value of the key, from the scenario or another axis.

use super::axis::Axis;
use super::error::{Complaint, Complaints};
use super::fields::{OF_THE_REGION, SECTIONS};
use super::overrides::Override;
use super::reader::list;
use super::sweep_file::Design;
use super::tried::{MOST_TRIED, Tried};
use crate::model::fault::MODES;
use crate::model::fleet::{Group, Region};

/// What follows a key that groups may have for themselves.
type Followers = (Vec<Group>, Vec<Region>);

impl Tried<'_> {
    /// Complains of axes that change nothing, because nobody follows what the whole file says.
    pub fn unheard(&self, complaints: &mut Complaints) {
        for (i, axis) in self.axes.iter().enumerate().filter(|(_, a)| groups_may_have(&a.key)) {
            let alone = self.is_heard(i, &[]);
            let all: Vec<usize> = (0..self.axes.len()).filter(|&k| k != i).collect();
            let why = match self.design {
                Some(_) if alone && !self.is_heard(i, &all) => format!(
                    "{}: this axis changes nothing beside; take it out, or one of the others",
                    self.instead(i, &all)
                ),
                _ if !alone && self.is_heard_by_groups(axis) => format!(
                    "every group of the scenario has a value of its own: this axis changes nothing; \
                     move that of a group, `servers.NAME.{}`",
                    axis.key
                ),
                _ => continue,
            };
            let found = format!("{:?}", axis.key);
            let expected = "a key that a group follows";
            complaints.add(Complaint::new(axis.span, "axis.key", found, expected).hint(why));
        }
    }

    /// Which axes give every group a value of its own, in words.
    fn instead(&self, i: usize, all: &[usize]) -> String {
        let needed = |k: &&usize| {
            let rest: Vec<usize> = all.iter().copied().filter(|other| other != *k).collect();
            self.is_heard(i, &rest)
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

    /// Whether some value of an axis changes what a group has, where these other axes are set.
    fn is_heard(&self, i: usize, others: &[usize]) -> bool {
        let axis = &self.axes[i];
        self.beside_all(others).into_iter().any(|(step, beside)| {
            let Some(without) = self.followers(&axis.key, beside.clone()) else { return true };
            let tried = || axis.tried().into_iter().take(MOST_TRIED).map(|(value, _)| value);
            let values: Vec<String> =
                step.map_or_else(|| tried().collect(), |s| vec![axis.level(s)]);
            values.iter().any(|value| {
                let with = beside.iter().cloned().chain(axis.set(value)).collect();
                // What is not valid together is not known to change nothing.
                self.followers(&axis.key, with).is_none_or(|with| with != without)
            })
        })
    }

    /// Whether some value changes a group that has it for itself.
    fn is_heard_by_groups(&self, axis: &Axis) -> bool {
        let Some((without, _)) = self.followers(&axis.key, Vec::new()) else { return false };
        let own = |i: usize| format!("servers.{}.{}", i + 1, axis.key);
        let ours = (0..without.len()).filter(|&i| !without[i].other_tenant);
        let mut tried = ours.flat_map(|i| axis.tried().into_iter().map(move |tried| (i, tried.0)));
        tried.any(|(i, value)| {
            let change = Override { path: own(i), value };
            self.followers(&axis.key, vec![change]).is_some_and(|with| with.0 != without)
        })
    }

    /// Changes by these axes that points have together, with the step where there is one: of a zip every
    /// row, else their ends, and each value of one at the first ones of the others.
    fn beside_all(&self, others: &[usize]) -> Vec<(Option<usize>, Vec<Override>)> {
        let axes = || others.iter().map(|&k| &self.axes[k]);
        let all = |of: &dyn Fn(&Axis) -> String| axes().flat_map(|a| a.set(&of(a))).collect();
        if self.design == Some(Design::Zip) {
            let rows = self.axes.first().map_or(0, Axis::len).min(MOST_TRIED);
            return (0..rows).map(|step| (Some(step), all(&|a| a.level(step)))).collect();
        }
        let mut points: Vec<Vec<Override>> = vec![all(&|a| a.at(0.0)), all(&|a| a.at(1.0))];
        for &k in others {
            for (value, _) in self.axes[k].tried().into_iter().take(MOST_TRIED) {
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
