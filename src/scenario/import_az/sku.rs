//! SKU names: which ones the profile knows, and how many vCores the others have.

use super::record::Record;
use super::{offers, printable};

/// The compute size of a server.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Compute {
    /// A SKU of Flexible Server that the documents list, in their spelling.
    Sku(String),
    /// Anything else.
    Cores {
        /// Its vCores, known or assumed.
        vcores: u32,
        /// Where they come from, for the comment.
        why: String,
        /// A short name for the group.
        label: String,
    },
}

/// A compute size with what the rules need to know of it.
pub struct Sized {
    /// The size.
    pub compute: Compute,
    /// Whether it is of the Burstable tier, which has no standby.
    pub burstable: bool,
    /// What was assumed.
    pub notes: Vec<String>,
}

/// Assumed where nothing says how large a server is.
const FALLBACK_VCORES: u32 = 2;

/// The compute size of a record.
pub fn size(record: &Record) -> Sized {
    let mut notes = Vec::new();
    let tier = record.tier.as_deref().map(str::to_ascii_lowercase).unwrap_or_default();
    let burstable_tier = tier.contains("burst");
    let Some(name) = record.sku.as_deref() else {
        let (vcores, from) = cores(record.capacity, "sku.capacity", &mut notes);
        let tier = record.tier.as_deref().map(printable).unwrap_or_else(|| "tier unknown".into());
        let why = format!("No SKU given ({tier}): {} {from}.", counted(vcores));
        notes.push(format!("no SKU given: vcores = {vcores} {from}"));
        let compute = Compute::Cores { vcores, why, label: format!("{vcores}vcores") };
        return Sized { compute, burstable: burstable_tier, notes };
    };
    let bare = bare_name(name);
    let burstable = is_burstable(&bare) || burstable_tier && !bare.starts_with(['d', 'e']);
    if let Some(sku) = offers::sku(&bare) {
        if !tier.is_empty() && burstable_tier != burstable {
            let given = printable(record.tier.as_deref().unwrap_or(""));
            notes.push(format!("tier {given} contradicts SKU {sku}: the SKU is used"));
        }
        return Sized { compute: Compute::Sku(sku.to_owned()), burstable, notes };
    }
    let shown = printable(name);
    let named = cores_in(&bare);
    if let (Some(named), Some(capacity)) = (named, record.capacity)
        && named != capacity
    {
        notes.push(format!("sku.capacity {capacity} contradicts SKU {shown}: the SKU is used"));
    }
    let source = if named.is_some() { "from its name" } else { "from sku.capacity" };
    let (vcores, from) = cores(named.or(record.capacity), source, &mut notes);
    let why = match older_tier(&bare) {
        Some(tier) => format!("Single Server, {tier} ({shown}): {} {from}.", counted(vcores)),
        None => format!("SKU {shown} is none the documents list: {} {from}.", counted(vcores)),
    };
    if older_tier(&bare).is_none() {
        notes.push(format!("SKU {shown} is not known: vcores = {vcores} {from}"));
    }
    let compute = Compute::Cores { vcores, why, label: label(&bare, vcores) };
    Sized { compute, burstable, notes }
}

fn counted(vcores: u32) -> String {
    format!("{vcores} vCore{}", if vcores == 1 { "" } else { "s" })
}

/// A credible number of vCores and where it is from.
fn cores(given: Option<u64>, source: &str, notes: &mut Vec<String>) -> (u32, String) {
    let most = offers::most_vcores();
    match given {
        None | Some(0) => (FALLBACK_VCORES, "assumed".to_owned()),
        Some(n) if n > u64::from(most) => {
            notes.push(format!("{n} vCores are more than any server has: {most} used"));
            (most, "at most".to_owned())
        }
        Some(n) => (n as u32, source.to_owned()),
    }
}

/// The name in lower case without the prefixes of the API and of Terraform:
/// `GP_Standard_D4ds_v5` is `d4ds_v5`.
fn bare_name(name: &str) -> String {
    let lower = name.trim().to_lowercase().replace(' ', "_");
    let rest = match lower.split_once('_') {
        Some(("b" | "gp" | "mo", rest)) if !rest.starts_with("gen") => rest,
        _ => lower.as_str(),
    };
    rest.strip_prefix("standard_").unwrap_or(rest).to_owned()
}

/// Whether a name is of the B family: `b2ms`, `b2pls_v2`.
fn is_burstable(bare: &str) -> bool {
    bare.strip_prefix('b').is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()))
}

/// The tier of an older SKU such as `gp_gen5_4`.
fn older_tier(bare: &str) -> Option<&'static str> {
    let (tier, rest) = bare.split_once('_')?;
    match tier {
        _ if !rest.starts_with("gen") => None,
        "b" => Some("Basic"),
        "gp" => Some("General Purpose"),
        "mo" => Some("Memory Optimized"),
        _ => None,
    }
}

/// The vCores that a name tells: the last number of `gp_gen5_4`, else the first number that is no
/// generation; of `e4-2ds_v5` the second, which counts the active ones.
fn cores_in(bare: &str) -> Option<u64> {
    if let Some((_, after)) = bare.split_once("gen") {
        let last = after.split('_').skip(1).find(|part| !part.is_empty())?;
        return last.parse().ok();
    }
    let sized = bare.rsplit_once("_v").map_or(bare, |(size, _)| size);
    let mut numbers = sized
        .split('-')
        .filter_map(|piece| piece.split(|c: char| !c.is_ascii_digit()).find(|run| !run.is_empty()));
    let first = numbers.next()?;
    // Digits that do not fit are more than any server has.
    Some(numbers.next().unwrap_or(first).parse().unwrap_or(u64::MAX))
}

/// A short name for a group of such servers.
fn label(bare: &str, vcores: u32) -> String {
    let slug = slug(bare);
    if slug.is_empty() { format!("{vcores}vcores") } else { slug }
}

/// The letters and digits of a text, with single hyphens between its words; at most 30.
pub fn slug(text: &str) -> String {
    let mut slug = String::new();
    for c in text.chars() {
        if c.is_ascii_alphanumeric() {
            slug.push(c.to_ascii_lowercase());
        } else if !slug.is_empty() && !slug.ends_with('-') {
            slug.push('-');
        }
        if slug.len() >= 30 {
            break;
        }
    }
    slug.trim_end_matches('-').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(name: &str) -> (Compute, bool) {
        let sized = size(&Record { sku: Some(name.to_owned()), ..Record::default() });
        (sized.compute, sized.burstable)
    }

    fn vcores(name: &str) -> u32 {
        match of(name).0 {
            Compute::Cores { vcores, .. } => vcores,
            Compute::Sku(sku) => panic!("{sku} is known"),
        }
    }

    #[test]
    fn listed_names_take_the_documents_spelling() {
        let spelled = [
            ("standard_d4DS_V5", "Standard_D4ds_v5"),
            ("GP_Standard_D64s_v3", "Standard_D64s_v3"),
            ("MO_Standard_E20ds_v4", "Standard_E20ds_v4"),
            ("B_Standard_B1ms", "Standard_B1ms"),
            ("Standard_E192ds_v6", "Standard_E192ds_v6"),
            ("Standard D2ads v6", "Standard_D2ads_v6"),
            ("b2s", "Standard_B2s"),
        ];
        for (given, sku) in spelled {
            assert_eq!(of(given), (Compute::Sku(sku.to_owned()), sku.starts_with("Standard_B")));
        }
    }

    #[test]
    fn other_names_tell_their_vcores() {
        let cores = [
            ("GP_Gen5_4", 4),
            ("B_Gen4_1", 1),
            ("MO_Gen5_16", 16),
            ("Standard_DC8ads_v5", 8),
            ("Standard_E4-2ds_v5", 2),
            ("Standard_D20ds_v4", 20),
            ("Standard_D6ds_v5", 6),
            ("Standard_B1s", 1),
            ("Standard_E20s_v3", 20),
            ("Custom_v5", 2),
            ("Standard_D99999999999999999999999s_v5", 192),
            ("é🦀", 2),
            ("Gen5", 2),
            ("", 2),
        ];
        for (name, expected) in cores {
            assert_eq!(vcores(name), expected, "{name}");
        }
    }
}
