//! The whole tree to a scenario: neutral values, then the profile, then the file, then each group.

use super::decode::{Special, fill_with, off, unknown_keys, unknown_keys_but};
use super::effective;
use super::elsewhere::elsewhere;
use super::error::{Complaint, Complaints};
use super::expect::{self, Expectation};
use super::fields;
use super::profile::Profile;
use super::reader::{Reader, Trail, describe};
use super::syntax::{self, Node, Table, Value};
use super::{Environment, FaultStatus, HalfWidth, Precision, Replications, Scenario, Stop};
use crate::kernel::param::Parameters;
use crate::kernel::time::{Calendar, Date, SimTime, Span};
use crate::model::fault::Faults;
use crate::model::fleet::{
    Compute, Control, Fleet, Group, Maintenance, Region, Restore, Sla, Standby, Storage,
};
use std::path::Path;
use std::sync::Arc;

/// Longest time that is played, and that a loss reaches back.
const MAX_YEARS: f64 = 100.0;
const MAX_SERVERS: u64 = fields::MAX_SERVERS as u64;
/// Most groups: what the model can number.
const MAX_GROUPS: usize = 65_535;
/// Most steps of the time line.
const MAX_STEPS: u64 = 100_000_000;
/// Greatest seed: what a whole number of TOML holds.
pub const MOST_SEED: u64 = i64::MAX as u64;
/// A precision, as it is written.
const PRECISION: &str =
    "as in `precision = { metric = \"unavailability\", relative_half_width = \"20%\" }`";

/// Most replications.
pub const MOST_REPLICATIONS: u32 = 10_000_000;
/// Replications if the file does not say.
const DEFAULT_COUNT: u32 = 100;

/// The work of lowering one tree.
pub struct Lower<'a> {
    /// Decodes and complains.
    pub reader: Reader<'a>,
    /// The whole file.
    pub root_node: &'a Node,
    /// The same as a table.
    pub root: &'a Table,
    /// Its profile.
    pub profile: Option<&'static Profile>,
    /// What a person should know.
    pub warnings: Vec<String>,
    /// `maintenance.concurrency` as a share of a region's servers.
    pub concurrency_share: Option<f64>,
    /// Names of regions and groups, in file order, for references.
    pub region_names: Vec<String>,
    /// Whether the file itself says how many zones each region has.
    pub zones_given: Vec<bool>,
    /// Names of our own groups.
    pub group_names: Vec<String>,
    /// Names of services.
    pub service_names: Vec<String>,
}

/// The sections in force for every group that has none of its own.
#[derive(Clone, Default)]
pub struct Base {
    /// `[compute]`.
    pub compute: Compute,
    /// `[storage]`.
    pub storage: Storage,
    /// `[standby]`.
    pub standby: Standby,
    /// `[control]`.
    pub control: Control,
    /// `[maintenance]`.
    pub maintenance: Maintenance,
    /// Whether there is planned maintenance.
    pub maintenance_on: bool,
    /// `[restore]`.
    pub restore: Restore,
    /// `[sla]`.
    pub sla: Sla,
    /// Fault modes.
    pub faults: Arc<Faults>,
}

/// What the files say, before it is told how it came about.
struct Parts {
    name: String,
    title: Option<String>,
    fleet: Fleet,
    replications: Replications,
    expectations: Vec<Expectation>,
    faults: Vec<FaultStatus>,
}

/// Complains of an answer of Azure in the place of a scenario: a list, and nothing that a scenario has.
fn list_of_azure(root: &Table) -> Option<Complaint> {
    let is_list = |key: &str| root.get(key).is_some_and(|node| node.as_array().is_some());
    let entry = root.entry(["value", "data"].into_iter().find(|key| is_list(key))?)?;
    let known = ["name", "region", "servers"].iter().any(|key| root.get(key).is_some());
    let found = Complaint::new(entry.key_span, &entry.key, "a list of Azure", "a scenario");
    (!known).then(|| found.hint(syntax::IMPORT))
}

/// A sweep file in the place of the scenario that it names.
fn sweep_file(root: &Table) -> Option<Complaint> {
    let entry = root.entry("scenario")?;
    let known = ["region", "servers"].iter().any(|key| root.get(key).is_some());
    let found = Complaint::new(entry.key_span, &entry.key, "a sweep file", "a scenario");
    (!known).then(|| found.hint("`fleetsim sweep FILE` plays it"))
}

impl<'a> Lower<'a> {
    /// Prepares the work.
    pub fn new(
        root_node: &'a Node,
        profile: Option<&'static Profile>,
        complaints: &'a mut Complaints,
        base_dir: Option<&'a Path>,
    ) -> Lower<'a> {
        static EMPTY: Table = Table { entries: Vec::new(), nulls: Vec::new() };
        Lower {
            reader: Reader::new(complaints, base_dir),
            root: root_node.as_table().unwrap_or(&EMPTY),
            root_node,
            profile,
            warnings: Vec::new(),
            concurrency_share: None,
            region_names: Vec::new(),
            zones_given: Vec::new(),
            group_names: Vec::new(),
            service_names: Vec::new(),
        }
    }

    /// The scenario; it is valid only if there were no complaints.
    pub fn run(mut self) -> Option<Scenario> {
        let Parts { name, title, fleet, replications, expectations, mut faults } = self.parts()?;
        let (effective, assumptions) = effective::build(&self, &fleet, &faults, &replications);
        super::faults::note_groups(&mut faults, &fleet);
        let mut scenario = Scenario {
            name,
            title,
            profile: self.profile.map(|p| {
                let names = super::profile::names();
                names.into_iter().find(|n| *n == p.name).unwrap_or_default()
            }),
            fleet,
            replications,
            expectations,
            faults,
            assumptions,
            effective,
            warnings: self.warnings,
        };
        let more = super::warnings::warnings(&scenario);
        scenario.warnings.extend(more);
        scenario.warnings = super::folded::fold(scenario.warnings);
        Some(scenario)
    }

    /// All mistakes, and nothing else: half the work of the scenario.
    pub fn check(mut self) {
        self.parts();
    }

    /// What the files say; nothing if there is a mistake.
    fn parts(&mut self) -> Option<Parts> {
        let top = Trail::TOP;
        if let Some(complaint) = list_of_azure(self.root).or_else(|| sweep_file(self.root)) {
            self.reader.complain(complaint);
            return None;
        }
        let known = fields::names(fields::TOP);
        unknown_keys_but(&mut self.reader, &top, self.root, &known, &|key, _| {
            elsewhere(self.root, key)
        });
        let name = self
            .reader
            .required(&top, self.root_node, self.root, "name", "a name for the scenario")
            .and_then(|node| self.reader.folder_name(&top.to("name"), node));
        let title = self.get("title").and_then(|n| self.reader.text(&top.to("title"), n));
        let title = title.map(super::error::escape);
        let mut base = Base::default();
        self.sections(&mut base);
        let (faults, status) = self.faults();
        base.faults = Arc::new(faults);
        let calendar = self.calendar();
        let horizon = self.horizon();
        let mut regions = self.regions(&base);
        self.name_groups();
        let groups = self.groups(&base, &mut regions);
        self.size(&groups);
        self.concurrency(&mut regions, &groups);
        let services = self.services(&groups);
        let timeline_step = self.timeline_step(horizon);
        let mut fleet = Fleet {
            seed: self.seed(),
            horizon,
            calendar,
            start_new: self.start_new(),
            regions,
            groups,
            faults: base.faults.clone(),
            injections: Vec::new(),
            control: base.control.clone(),
            services,
            timeline_step,
        };
        fleet.injections = self.injections(&fleet);
        let (groups, services) = (self.group_names.clone(), self.service_names.clone());
        let played = (self.reader.mistakes() == 0).then_some(&fleet);
        let names = expect::Names {
            groups: &groups,
            regions: &fleet.regions,
            services: &services,
            fleet: played,
        };
        let replications = self.replications(&names);
        let expectations = self.expectations(&names);
        if self.reader.mistakes() > 0 {
            return None;
        }
        Some(Parts { name: name?, title, fleet, replications, expectations, faults: status })
    }

    /// A key of the top.
    pub fn get(&self, key: &str) -> Option<&'a Node> {
        self.root.get(key)
    }

    /// A table of the profile.
    pub fn profile_table(&self, key: &str) -> Option<&'static Table> {
        self.profile.and_then(|p| p.values.table(key))
    }

    /// Fills a section of the top from the profile and the file.
    fn section(&mut self, name: &str, section: &mut dyn Parameters) {
        if let Some(table) = self.profile_table(name) {
            self.fill(&Trail::TOP.to(name), table, section);
        }
        if let Some(node) = self.get(name) {
            let trail = Trail::TOP.to(name);
            if let Some(table) = self.reader.table(&trail, node) {
                self.fill(&trail, table, section);
            }
        }
    }

    /// Fills a section from one table; `concurrency` may be a share of a region's servers.
    pub fn fill(&mut self, trail: &Trail<'_>, table: &Table, section: &mut dyn Parameters) {
        let share = &mut self.concurrency_share;
        let special: &mut Special<'_> = &mut |reader, trail, key, node| {
            if key != "concurrency" {
                return false;
            }
            *share = None;
            let percent = node.as_str().is_some_and(|t| t.trim_end().ends_with('%'));
            if percent {
                *share = reader.share(trail, node);
                if *share == Some(0.0) {
                    reader.expected(trail, node, "more than 0%");
                }
            }
            percent
        };
        fill_with(&mut self.reader, trail, table, section, special);
    }

    fn sections(&mut self, base: &mut Base) {
        self.section("compute", &mut base.compute);
        self.section("storage", &mut base.storage);
        self.section("standby", &mut base.standby);
        self.section("control", &mut base.control);
        let switched_off = self.get("maintenance").and_then(Node::as_str).is_some_and(off);
        let given =
            self.get("maintenance").is_some() || self.profile_table("maintenance").is_some();
        base.maintenance_on = given && !switched_off;
        if let Some(node) = self.get("maintenance").filter(|n| n.as_table().is_none())
            && !switched_off
        {
            let expected = "\"off\" or a table: `[maintenance]`";
            self.reader.expected(&Trail::TOP.to("maintenance"), node, expected);
        } else if base.maintenance_on {
            self.section("maintenance", &mut base.maintenance);
        }
        self.section("restore", &mut base.restore);
        self.section("sla", &mut base.sla);
        let root = self.root;
        let Base { maintenance, restore, .. } = &*base;
        self.check_sections(&Trail::TOP, root, maintenance, restore);
    }

    /// What kinds of value cannot say by themselves.
    pub fn check_sections(
        &mut self,
        trail: &Trail<'_>,
        table: &Table,
        maintenance: &Maintenance,
        restore: &Restore,
    ) {
        let find = |section: &str, key: &str| table.table(section).and_then(|t| t.get(key));
        let causes: Vec<String> =
            crate::model::fault::Cause::all().map(|c| c.name().to_string()).collect();
        if let Some(node) = find("sla", "excluded_causes") {
            let trail = trail.to("sla");
            for item in node.as_array().unwrap_or(&[]).iter().filter(|n| n.as_str().is_some()) {
                self.reader.known(&trail.to("excluded_causes"), item, &causes, "a cause");
            }
        }
        let (minute, hour, day) = (Span::from_mins(1), Span::from_mins(60), Span::from_days(1));
        for (key, span, range, expected) in [
            (
                "release_interval",
                maintenance.release_interval,
                hour..=Span::MAX,
                "a duration of at least 1h",
            ),
            (
                "window_length",
                maintenance.window_length,
                minute..=day,
                "a duration of at least 1m and at most 1d",
            ),
        ] {
            if !range.contains(&span)
                && let Some(node) = find("maintenance", key)
            {
                self.reader.expected(&trail.to("maintenance").to(key), node, expected);
            }
        }
        for (key, span) in
            [("archive_period", restore.archive_period), ("geo_lag", restore.geo_lag)]
        {
            if span.as_secs_f64() > MAX_YEARS * super::units::YEAR
                && let Some(node) = find("restore", key)
            {
                let expected = "a duration of at most 100 years";
                self.reader.expected(&trail.to("restore").to(key), node, expected);
            }
        }
    }

    fn seed(&mut self) -> u64 {
        let Some(node) = self.get("seed") else { return 1 };
        let seed = self.reader.integer(&Trail::TOP.to("seed"), node, 0, MOST_SEED as i64);
        seed.unwrap_or(0) as u64
    }

    fn calendar(&mut self) -> Calendar {
        let default = Calendar::midnight(Date { year: 2026, month: 1, day: 1 });
        let start = self.get("start").and_then(|n| self.reader.instant(&Trail::TOP.to("start"), n));
        Calendar { start_unix_micros: start.unwrap_or(default) }
    }

    fn horizon(&mut self) -> SimTime {
        let trail = Trail::TOP.to("duration");
        let Some(node) = self.get("duration") else { return SimTime::ZERO + Span::from_days(365) };
        let Some(seconds) = self.reader.duration(&trail, node) else { return SimTime(1) };
        if seconds > MAX_YEARS * super::units::YEAR {
            self.reader.expected(&trail, node, "a duration of at most 100 years");
        }
        let span = Span::from_secs_f64(seconds);
        if span == Span::ZERO {
            self.reader.expected(&trail, node, "a duration of more than 0");
        }
        SimTime(span.0.max(1))
    }

    fn start_new(&mut self) -> bool {
        let Some(node) = self.get("start_age") else { return false };
        match node.as_str() {
            Some("new") => true,
            Some("equilibrium") => false,
            _ => {
                let trail = Trail::TOP.to("start_age");
                self.reader.complain_word(&trail, node, &["equilibrium", "new"]);
                false
            }
        }
    }

    fn timeline_step(&mut self, horizon: SimTime) -> Span {
        let trail = Trail::TOP.to("timeline_step");
        let short = horizon.0 <= Span::from_days(1).0;
        let default = if short { Span::from_secs(1) } else { Span::from_mins(5) };
        let Some(node) = self.get("timeline_step") else { return default };
        let Some(seconds) = self.reader.duration(&trail, node) else { return default };
        let step = Span::from_secs_f64(seconds);
        if step == Span::ZERO || horizon.0 / step.0 > MAX_STEPS {
            let expected = format!("a step of which at most {MAX_STEPS} fit the duration");
            self.reader.expected(&trail, node, &expected);
        }
        step
    }

    /// Refuses fleets that would not fit the memory or the model.
    fn size(&mut self, groups: &[Group]) {
        if groups.len() > MAX_GROUPS {
            let node = self.get("servers").unwrap_or(self.root_node);
            let found = format!("{} groups", groups.len());
            let expected = format!("at most {MAX_GROUPS} groups, other tenants included");
            self.reader.complain(Complaint::new(node.span, "servers", found, expected));
        }
        let total: u64 = groups.iter().map(|g| u64::from(g.count)).sum();
        if total > MAX_SERVERS {
            let node = self.get("servers").unwrap_or(self.root_node);
            let gigabytes = total / 1_000_000; // about 1 kB a server with its records
            self.reader.complain(
                Complaint::new(
                    node.span,
                    "servers",
                    format!(
                        "{total} servers in all, which would need about {gigabytes} GB of memory"
                    ),
                    format!("at most {MAX_SERVERS} servers in all"),
                )
                .hint("simulate a part of the fleet: servers of different regions are independent"),
            );
        }
    }

    fn concurrency(&mut self, regions: &mut [Region], groups: &[Group]) {
        let Some(share) = self.concurrency_share else { return };
        for (i, region) in regions.iter_mut().enumerate() {
            let servers: u64 =
                groups.iter().filter(|g| g.region == i).map(|g| u64::from(g.count)).sum();
            region.concurrency = if share >= 1.0 {
                u32::MAX
            } else {
                (libm::ceil(servers as f64 * share) as u32).max(1)
            };
            region.maintenance.concurrency = region.concurrency;
        }
    }

    fn replications(&mut self, names: &expect::Names<'_>) -> Replications {
        let default =
            Replications { stop: Stop::Count(DEFAULT_COUNT), environment: Environment::Auto };
        let trail = Trail::TOP.to("replications");
        let Some(node) = self.get("replications") else { return default };
        let Some(table) = self.reader.table(&trail, node) else { return default };
        unknown_keys(&mut self.reader, &trail, table, &fields::names(fields::REPLICATIONS));
        let mut replications = default;
        if let Some(node) = table.get("environment") {
            match node.as_str() {
                Some("natural") => replications.environment = Environment::Natural,
                Some("stratified") => replications.environment = Environment::Stratified,
                _ => {
                    let words = ["natural", "stratified"];
                    self.reader.complain_word(&trail.to("environment"), node, &words);
                }
            }
        }
        if let Some(node) = table.get("count") {
            let most = i64::from(MOST_REPLICATIONS);
            let count = self.reader.integer(&trail.to("count"), node, 1, most);
            replications.stop = Stop::Count(count.unwrap_or(1) as u32);
        }
        if let Some(node) = table.get("precision") {
            let trail = trail.to("precision");
            if table.get("count").is_some() {
                let found = "both `count` and `precision`";
                let expected = "either `count` or `precision`";
                self.reader.complain(
                    Complaint::new(node.span, trail, found, expected)
                        .hint("remove one of them; --replications N takes the place of both"),
                );
            }
            if let Some(precision) = self.precision(&trail, node, names) {
                replications.stop = Stop::Precision(precision);
            }
        }
        replications
    }

    fn precision(
        &mut self,
        trail: &Trail<'_>,
        node: &Node,
        names: &expect::Names<'_>,
    ) -> Option<Precision> {
        let reader = &mut self.reader;
        let Some(table) = node.as_table() else {
            let expected = "a table: `precision = { ... }`";
            let complaint = Complaint::new(node.span, trail, describe(node), expected);
            reader.complain(complaint.hint(PRECISION));
            return None;
        };
        unknown_keys(reader, trail, table, &fields::names(fields::PRECISION));
        let metric = table.get("metric");
        if metric.is_none() {
            let (key, expected) = (trail.key("metric"), "a metric such as \"unavailability\"");
            reader.complain(Complaint::new(node.span, key, "nothing", expected).hint(PRECISION));
        }
        let own = table.get("scope");
        let (metric, scope) = metric
            .and_then(|n| expect::precise(reader, trail, n, own, names))
            .map_or((None, None), |(metric, scope)| (Some(metric), Some(scope)));
        let max = match table.get("max") {
            Some(n) => reader.integer(&trail.to("max"), n, 2, i64::from(MOST_REPLICATIONS)),
            None => Some(10_000),
        };
        let half_width = match (table.get("relative_half_width"), table.get("half_width")) {
            (Some(n), None) => {
                let share = reader.share(&trail.to("relative_half_width"), n);
                if metric.as_deref().is_some_and(|m| !expect::has_relative_error(m)) {
                    let found = "a relative error of a metric near 1, which says nothing";
                    let expected = "`half_width`, or the metric \"unavailability\"";
                    let key = trail.key("relative_half_width");
                    reader.complain(Complaint::new(n.span, key, found, expected));
                }
                share.map(|s| (HalfWidth::Relative(s), s, n))
            }
            (None, Some(n)) => metric.as_ref().and_then(|metric| {
                let value = expect::half_width(reader, &trail.to("half_width"), n, metric)?;
                Some((HalfWidth::Absolute(value), value, n))
            }),
            _ => {
                let expected = "either `relative_half_width` or `half_width`";
                reader.expected(trail, node, expected);
                None
            }
        };
        if let Some((_, value, node)) = half_width
            && value <= 0.0
        {
            reader.expected(trail, node, "a half-width of more than 0");
        }
        let half_width = half_width?.0;
        Some(Precision { metric: metric?, scope: scope?, half_width, max: max? as u32 })
    }
}

/// The items of an array of tables, with a complaint for everything else.
pub fn items<'t>(
    reader: &mut Reader<'_>,
    trail: &Trail<'_>,
    node: Option<&'t Node>,
) -> Vec<(&'t Node, &'t Table)> {
    let Some(node) = node else { return Vec::new() };
    let Value::Array(nodes) = &node.value else {
        let expected = format!("a list of tables: `[[{}]]`", trail.last());
        reader.expected(trail, node, &expected);
        return Vec::new();
    };
    let mut tables = Vec::new();
    for (i, node) in nodes.iter().enumerate() {
        let number = (i + 1).to_string();
        if let Some(table) = reader.table(&trail.to(&number), node) {
            tables.push((node, table));
        }
    }
    tables
}
