//! Reads one server's properties, whatever the API version or tool calls them.

use super::json::Node;
use super::{Note, printable};

/// The two services that offer PostgreSQL servers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// Flexible Server, 2020 and later.
    #[default]
    Flexible,
    /// Single Server, 2017 and later.
    Single,
}

/// One server as the file tells it; nothing is decided yet.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Record {
    /// How many properties are missing: of two entries for one server, the fuller one is kept.
    pub missing: usize,
    /// Its name.
    pub name: String,
    /// What tells it from all others, in lower case; none if nothing does.
    pub identity: Option<String>,
    /// Which service it belongs to.
    pub kind: Kind,
    /// Its resource group.
    pub resource_group: Option<String>,
    /// `East US 2` or `eastus2`.
    pub location: Option<String>,
    /// The zone of the primary.
    pub zone: Option<String>,
    /// The zone of the standby.
    pub standby_zone: Option<String>,
    /// `Standard_D4ds_v5`, `GP_Gen5_4`.
    pub sku: Option<String>,
    /// `GeneralPurpose`.
    pub tier: Option<String>,
    /// vCores of the older service.
    pub capacity: Option<u64>,
    /// Storage in MiB.
    pub storage_mib: Option<u64>,
    /// `ZoneRedundant`, `SameZone`, `Disabled`.
    pub ha_mode: Option<String>,
    /// `Enabled`, `Disabled` (2020).
    pub ha_enabled: Option<String>,
    /// `Healthy`, `NotEnabled`, ...
    pub ha_state: Option<String>,
    /// Whether the maintenance window is the user's own.
    pub window_custom: Option<String>,
    /// Its day: 0 is Sunday.
    pub window_day: Option<String>,
    /// Its hour.
    pub window_hour: Option<String>,
    /// Its minute.
    pub window_minute: Option<String>,
    /// Days for which backups are kept.
    pub retention: Option<String>,
    /// Whether backups go to the paired region.
    pub geo_backup: Option<String>,
    /// `Primary`, `AsyncReplica`, ...
    pub role: Option<String>,
    /// `Default`, `Replica`, ...
    pub create_mode: Option<String>,
    /// The id of the server that it was made from.
    pub source: Option<String>,
    /// `Ready`, `Stopped`, ...
    pub state: Option<String>,
    /// Nodes of an elastic cluster.
    pub cluster_size: Option<u64>,
    /// What was odd while reading it.
    pub odd: Vec<String>,
}

/// Reads a server from the object that describes it.
pub fn read_server(node: &Node, kind: Kind, file: &str) -> Record {
    let parsed;
    let properties = match node.get("properties") {
        Some(Node::Text(text)) => {
            parsed = serde_json::from_str::<Node>(text).unwrap_or(Node::Null);
            Some(&parsed)
        }
        other => other,
    };
    let mut find = Finder { root: node, properties, odd: Vec::new() };
    let id = find.text(&["id"]);
    let host = find.text(&["fullyQualifiedDomainName"]);
    let name = find.text(&["name", "serverName"]);
    let resource_group = find
        .text(&["resourceGroup", "resourceGroupName"])
        .or_else(|| part_of(id.as_deref()?, "resourceGroups"));
    let name = name
        .or_else(|| id.as_deref().and_then(last_part))
        .or_else(|| Some(host.as_deref()?.split('.').next()?.to_owned()));
    let location = find.text(&["location"]);
    let identity = id.or(host).or_else(|| {
        let place = [resource_group.as_deref(), location.as_deref()];
        Some(format!("{} {place:?}", name.as_deref()?))
    });
    let mut record = Record {
        identity: identity.map(|identity| identity.to_lowercase()),
        name: name.unwrap_or_else(|| "(no name)".to_owned()),
        kind,
        resource_group,
        location,
        zone: find.text(&["availabilityZone"]),
        standby_zone: find
            .text(&["highAvailability.standbyAvailabilityZone", "standbyAvailabilityZone"]),
        sku: find.text(&["sku.name", "skuName"]),
        tier: find.text(&["sku.tier", "skuTier"]),
        capacity: find.whole(&[("sku.capacity", 1.0)]),
        storage_mib: find.whole(&[
            ("storage.storageSizeGB", 1024.0),
            ("storageSizeGB", 1024.0),
            ("storageProfile.storageMB", 1.0),
            ("storage.storageMB", 1.0),
            ("storageMB", 1.0),
        ]),
        ha_mode: find.text(&["highAvailability.mode", "highAvailabilityMode", "haMode"]),
        ha_enabled: find.text(&["haEnabled"]),
        ha_state: find.text(&["highAvailability.state", "highAvailabilityState", "haState"]),
        window_custom: find.text(&["maintenanceWindow.customWindow"]),
        window_day: find.text(&["maintenanceWindow.dayOfWeek"]),
        window_hour: find.text(&["maintenanceWindow.startHour"]),
        window_minute: find.text(&["maintenanceWindow.startMinute"]),
        retention: find.text(&[
            "backup.backupRetentionDays",
            "storageProfile.backupRetentionDays",
            "backupRetentionDays",
            "backupRetentionDay",
        ]),
        geo_backup: find.text(&[
            "backup.geoRedundantBackup",
            "storageProfile.geoRedundantBackup",
            "geoRedundantBackup",
        ]),
        role: find.text(&["replicationRole", "replica.role"]),
        create_mode: find.text(&["createMode"]),
        source: find.text(&["sourceServerResourceId", "sourceServerId", "masterServerId"]),
        state: find.text(&["state", "userVisibleState"]),
        cluster_size: find.whole(&[("cluster.clusterSize", 1.0)]),
        ..Record::default()
    };
    // `az` shows some SKUs as a plain string.
    if record.sku.is_none()
        && let Some(sku @ Node::Text(_)) = node.get("sku")
    {
        record.sku = sku.scalar();
    }
    if record.name == "(no name)" {
        find.odd.push(format!("an entry of {} has no name", printable(file)));
    }
    record.odd = find.odd;
    record.missing = record.count_missing();
    record
}

impl Record {
    fn count_missing(&self) -> usize {
        let texts = [
            &self.location,
            &self.zone,
            &self.sku,
            &self.tier,
            &self.ha_mode,
            &self.ha_state,
            &self.window_custom,
            &self.retention,
            &self.geo_backup,
            &self.role,
            &self.state,
        ];
        texts.iter().filter(|text| text.is_none()).count() + usize::from(self.storage_mib.is_none())
    }
}

/// The servers, each once, in an order that does not depend on the order of the pages; and remarks
/// on those that appeared more than once.
pub fn unique(mut records: Vec<Record>) -> (Vec<Record>, Vec<Note>) {
    records.sort_by(|a, b| (&a.identity, a).cmp(&(&b.identity, b)));
    let mut kept: Vec<Record> = Vec::with_capacity(records.len());
    let mut repeats: Vec<(usize, usize, bool)> = Vec::new();
    for record in records {
        match kept.last() {
            Some(last) if last.identity.is_some() && last.identity == record.identity => {
                let differs = *last != record;
                match repeats.last_mut().filter(|(index, ..)| *index + 1 == kept.len()) {
                    Some((_, times, differ)) => {
                        (*times, *differ) = (*times + 1, *differ || differs)
                    }
                    None => repeats.push((kept.len() - 1, 2, differs)),
                }
            }
            _ => kept.push(record),
        }
    }
    let note = |&(index, times, differ): &(usize, usize, bool)| {
        let differ = if differ { " with different values; the fuller entry is used" } else { "" };
        let text = format!("appears {times} times{differ}: counted once");
        Note { server: Some(printable(&kept[index].name)), text }
    };
    let notes = repeats.iter().map(note).collect();
    kept.sort_by(|a, b| (&a.name, a).cmp(&(&b.name, b)));
    (kept, notes)
}

/// Looks properties up and remarks on what does not fit.
struct Finder<'n, 'a> {
    root: &'n Node<'a>,
    properties: Option<&'n Node<'a>>,
    odd: Vec<String>,
}

impl<'n, 'a> Finder<'n, 'a> {
    /// The values at a path: nested in `properties`, beside the name, or with the path as the key.
    fn nodes(&self, path: &str) -> impl Iterator<Item = &'n Node<'a>> {
        let nested = self.properties.and_then(|properties| properties.at(path));
        let beside = self.root.at(path);
        let joined = path.contains('.').then(|| self.root.get(path)).flatten();
        let column = match self.root {
            Node::Object(entries) if entries.iter().any(|(k, _)| is_column(k)) => {
                self.root.get(&format!("properties.{path}"))
            }
            _ => None,
        };
        [nested, beside, joined, column].into_iter().flatten()
    }

    /// The scalars at the paths, with a remark on everything that is none.
    fn scalars(&mut self, paths: &[&'static str]) -> Vec<(&'static str, String)> {
        let mut found = Vec::new();
        for &path in paths {
            let nodes: Vec<&Node> = self.nodes(path).collect();
            for node in nodes {
                match node {
                    Node::List(_) | Node::Object(_) => {
                        self.odd.push(format!(
                            "{path} is {}, not a single value: ignored",
                            node.kind()
                        ));
                    }
                    other => found.extend(other.scalar().map(|text| (path, text))),
                }
            }
        }
        found
    }

    /// The first text found; a remark if others contradict it.
    fn text(&mut self, paths: &[&'static str]) -> Option<String> {
        let found = self.scalars(paths);
        let (path, first) = found.first()?;
        if let Some((other, text)) = found.iter().find(|(_, t)| !t.eq_ignore_ascii_case(first)) {
            let (used, unused) = (printable(first), printable(text));
            self.odd.push(format!("{path} is {used}, but {other} is {unused}: {used} is used"));
        }
        Some(first.clone())
    }

    /// The first whole number found, times its unit and rounded up.
    fn whole(&mut self, paths: &[(&'static str, f64)]) -> Option<u64> {
        let mut first: Option<(&str, u64)> = None;
        for &(path, unit) in paths {
            for (_, text) in self.scalars(&[path]) {
                let number = text.parse::<f64>().ok().filter(|n| n.is_finite() && *n >= 0.0);
                let value = number.map(|n| (n * unit).ceil().min(1e15) as u64);
                match (value, first) {
                    (None, _) => {
                        let text = printable(&text);
                        self.odd.push(format!("{path} is {text}, not a number: ignored"));
                    }
                    (Some(value), None) => first = Some((path, value)),
                    (Some(value), Some((used, kept))) if value != kept => {
                        self.odd.push(format!("{path} contradicts {used}: {used} is used"));
                    }
                    _ => {}
                }
            }
        }
        first.map(|(_, value)| value)
    }
}

/// Whether a key is a column that a query named after a property: `properties_state`.
fn is_column(key: &str) -> bool {
    key.len() > 10 && key.get(..10).is_some_and(|start| start.eq_ignore_ascii_case("properties"))
}

/// The last part of an id.
fn last_part(id: &str) -> Option<String> {
    id.rsplit('/').find(|part| !part.trim().is_empty()).map(str::to_owned)
}

/// The part of an id after `key`.
fn part_of(id: &str, key: &str) -> Option<String> {
    let mut parts = id.split('/');
    parts.find(|part| part.eq_ignore_ascii_case(key))?;
    parts.next().map(str::to_owned)
}
