//! Laws as people write them: a bare value, a named law with its parameters, a column of a file.

use super::decode::unknown_keys;
use super::error::Complaint;
use super::reader::{Reader, Trail, any, describe, list, nearest};
use super::syntax::{Node, Table, Value};
use super::units;
use crate::kernel::law::{Law, LawError};
use crate::model::fleet::WalRate;

/// What the values of a law are.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Of {
    /// Seconds.
    Durations,
    /// Bytes per second.
    Speeds,
    /// 1, 2, ...
    Counts,
}

/// The named laws with the keys of each.
pub const LAWS: [(&str, &str); 10] = [
    ("exponential", "{ mean = \"2y\" }"),
    ("uniform", "[\"10s\", \"30s\"]"),
    ("triangular", "[\"10s\", \"20s\", \"60s\"]"),
    ("lognormal", "{ median = \"45s\", p95 = \"3m\" }"),
    ("weibull", "{ shape = 0.7, mean = \"2y\" }"),
    ("gamma", "{ shape = 2, mean = \"1h\" }"),
    ("pareto", "{ shape = 2.5, minimum = \"10m\" }"),
    ("empirical", "{ file = \"repairs.csv\", column = \"duration_s\" }"),
    ("mixture", "[{ weight = 9, law = \"30s\" }, { weight = 1, law = \"10m\" }]"),
    ("geometric", "5"),
];

/// Parameters of laws that have no unit, whatever the values have.
const PURE: [&str; 5] = ["shape", "sigma", "weight", "number of parts", "number of values"];

impl Reader<'_> {
    /// A law of durations, in seconds.
    pub fn duration_law(&mut self, trail: &Trail<'_>, node: &Node) -> Option<Law> {
        let law = self.law(trail, node, Of::Durations)?;
        if trail.last() == "every" && law.mean() * units::FASTEST_PER_YEAR < units::YEAR {
            self.expected(trail, node, "gaps with a mean of at least 32s (1000000 a year)");
            return None;
        }
        Some(law)
    }

    /// A law of counts, from 1.
    pub fn count_law(&mut self, trail: &Trail<'_>, node: &Node) -> Option<Law> {
        let law = self.law(trail, node, Of::Counts)?;
        if law.mean() < 1.0 {
            self.expected(trail, node, "a count from 1");
            return None;
        }
        Some(law)
    }

    /// A rate of writing: a speed, a law of speeds, or 24 speeds.
    pub fn wal_rate(&mut self, trail: &Trail<'_>, node: &Node) -> Option<WalRate> {
        let Some(hours) = node.as_table().and_then(|t| t.get("hourly")) else {
            return self.law(trail, node, Of::Speeds).map(WalRate::Law);
        };
        if let Some(table) = node.as_table() {
            unknown_keys(self, trail, table, &["hourly"]);
        }
        let trail = trail.to("hourly");
        let items = self.array(&trail, hours, "24 speeds, one for each hour of the UTC day")?;
        if items.len() != 24 {
            self.complain(Complaint::new(hours.span, trail, describe(hours), "24 speeds"));
        }
        let mut rates = Vec::new();
        for (i, item) in items.iter().enumerate() {
            rates.push(self.speed(&trail.to(&(i + 1).to_string()), item));
        }
        let rates: Vec<f64> = rates.into_iter().collect::<Option<_>>()?;
        let rates: Box<[f64; 24]> = rates.into_boxed_slice().try_into().ok()?;
        Some(WalRate::Hourly(rates))
    }

    fn value(&mut self, trail: &Trail<'_>, node: &Node, of: Of) -> Option<f64> {
        match of {
            Of::Durations => self.duration(trail, node),
            Of::Speeds => self.speed(trail, node),
            Of::Counts => self.plain(trail, node),
        }
    }

    /// A number without unit.
    pub fn plain(&mut self, trail: &Trail<'_>, node: &Node) -> Option<f64> {
        match node.as_f64() {
            Some(x) if x.is_finite() => Some(x),
            _ => {
                self.expected(trail, node, "a number without unit");
                None
            }
        }
    }

    fn law(&mut self, trail: &Trail<'_>, node: &Node, of: Of) -> Option<Law> {
        let table = match &node.value {
            Value::Table(table) => table,
            Value::Integer(_) if of == Of::Counts => {
                return self.integer(trail, node, 1, 1_000_000).map(|n| Law::fixed(n as f64));
            }
            Value::String(text) if LAWS.iter().any(|(name, _)| name == text) => {
                self.incomplete(trail, node, text);
                return None;
            }
            _ if of == Of::Counts => {
                self.expected(trail, node, "a whole number or { geometric = 5 }");
                return None;
            }
            _ => return self.value(trail, node, of).map(Law::fixed),
        };
        let names: Vec<&str> = LAWS.iter().map(|(name, _)| *name).collect();
        let [entry] = table.entries.as_slice() else {
            let expected = format!("one law: {}", any(&names));
            self.expected(trail, node, &expected);
            return None;
        };
        let inner = trail.to(&entry.key);
        if !names.contains(&entry.key.as_str()) {
            let mut complaint = Complaint::new(entry.key_span, inner, "no known law", "");
            let all = format!("there are {}", list(&names));
            complaint = complaint.hint(match nearest(&entry.key, &names) {
                Some(near) => format!("did you mean `{near}`? {all}"),
                None => all,
            });
            self.complain(complaint);
            return None;
        }
        let law = self.named(&inner, &entry.key, &entry.node, of)?;
        match law {
            Err(error) => {
                let unit = match of {
                    _ if PURE.contains(&error.parameter) => "",
                    Of::Durations => " (in seconds)",
                    Of::Speeds => " (in bytes per second)",
                    Of::Counts => "",
                };
                let found = format!("{error}{unit}");
                self.complain(Complaint::new(entry.node.span, inner, found, ""));
                None
            }
            Ok(law) if !law.mean().is_finite() => {
                self.expected(&inner, &entry.node, "a law with a finite mean");
                None
            }
            Ok(law) if of == Of::Durations && law.mean() > units::LONGEST => {
                self.expected(&inner, &entry.node, "a mean of at most 100000 years");
                None
            }
            Ok(law) => Some(law),
        }
    }

    fn incomplete(&mut self, trail: &Trail<'_>, node: &Node, name: &str) {
        let form = LAWS.iter().find(|(n, _)| *n == name).map_or("", |(_, form)| form);
        let complaint = Complaint::new(
            node.span,
            trail,
            format!("`{name}` without its parameters"),
            format!("{{ {name} = {form} }}"),
        );
        self.complain(complaint);
    }

    fn named(
        &mut self,
        trail: &Trail<'_>,
        name: &str,
        node: &Node,
        of: Of,
    ) -> Option<Result<Law, LawError>> {
        Some(match name {
            "exponential" => {
                let table = self.parameters(trail, node, name, &["mean"], &[])?;
                Law::exponential(self.get(trail, table, "mean", of)?)
            }
            "uniform" => {
                let [low, high] = self.numbers(trail, node, name, of)?;
                Law::uniform(low, high)
            }
            "triangular" => {
                let [low, mode, high] = self.numbers(trail, node, name, of)?;
                Law::triangular(low, mode, high)
            }
            "lognormal" => self.lognormal(trail, node, of)?,
            "weibull" => {
                self.shaped(trail, node, name, "scale", of, Law::weibull, Law::weibull_mean)?
            }
            "gamma" => self.shaped(trail, node, name, "scale", of, Law::gamma, Law::gamma_mean)?,
            "pareto" => {
                self.shaped(trail, node, name, "minimum", of, Law::pareto, Law::pareto_mean)?
            }
            "empirical" => Law::empirical(self.empirical(trail, node, of)?),
            "mixture" => self.mixture(trail, node, of)?,
            _ if of != Of::Counts => {
                self.expected(trail, node, "a law of durations (`geometric` is one of counts)");
                return None;
            }
            _ => Law::geometric(self.plain(trail, node)?),
        })
    }

    /// A table with one key of `first` and one of `second`.
    fn parameters<'n>(
        &mut self,
        trail: &Trail<'_>,
        node: &'n Node,
        name: &str,
        first: &[&str],
        second: &[&str],
    ) -> Option<&'n Table> {
        let Some(table) = node.as_table() else {
            self.incomplete(trail, node, name);
            return None;
        };
        let known: Vec<&str> = first.iter().chain(second).copied().collect();
        let before = self.mistakes();
        unknown_keys(self, trail, table, &known);
        for keys in [first, second].into_iter().filter(|k| !k.is_empty()) {
            let given = keys.iter().filter(|k| table.get(k).is_some()).count();
            if given != 1 {
                let expected = match keys {
                    [one] => format!("`{one}`"),
                    _ => any(keys),
                };
                let found = if given == 0 { "none" } else { "both" };
                let form = LAWS.iter().find(|(n, _)| *n == name).map_or("", |(_, form)| form);
                let hint = format!("as in {{ {name} = {form} }}");
                self.complain(Complaint::new(node.span, trail, found, expected).hint(hint));
            }
        }
        (self.mistakes() == before).then_some(table)
    }

    fn get(&mut self, trail: &Trail<'_>, table: &Table, key: &str, of: Of) -> Option<f64> {
        self.value(&trail.to(key), table.get(key)?, of)
    }

    fn lognormal(
        &mut self,
        trail: &Trail<'_>,
        node: &Node,
        of: Of,
    ) -> Option<Result<Law, LawError>> {
        let table =
            self.parameters(trail, node, "lognormal", &["median", "mean"], &["sigma", "p95"])?;
        let median = table.get("median").is_some();
        let middle = self.get(trail, table, if median { "median" } else { "mean" }, of);
        Some(match table.get("sigma") {
            Some(sigma) => {
                let sigma = self.plain(&trail.to("sigma"), sigma);
                let (middle, sigma) = (middle?, sigma?);
                let make = if median { Law::lognormal } else { Law::lognormal_mean };
                make(middle, sigma)
            }
            None => {
                let p95 = self.get(trail, table, "p95", of);
                let (middle, p95) = (middle?, p95?);
                let make = if median { Law::lognormal_p95 } else { Law::lognormal_mean_p95 };
                make(middle, p95)
            }
        })
    }

    #[allow(clippy::too_many_arguments)]
    fn shaped(
        &mut self,
        trail: &Trail<'_>,
        node: &Node,
        name: &str,
        scale: &str,
        of: Of,
        by_scale: fn(f64, f64) -> Result<Law, LawError>,
        by_mean: fn(f64, f64) -> Result<Law, LawError>,
    ) -> Option<Result<Law, LawError>> {
        let table = self.parameters(trail, node, name, &["shape"], &[scale, "mean"])?;
        let shape = self.plain(&trail.to("shape"), table.get("shape")?);
        let (key, make) = match table.get(scale) {
            Some(_) => (scale, by_scale),
            None => ("mean", by_mean),
        };
        let size = self.get(trail, table, key, of);
        Some(make(shape?, size?))
    }

    fn numbers<const N: usize>(
        &mut self,
        trail: &Trail<'_>,
        node: &Node,
        name: &str,
        of: Of,
    ) -> Option<[f64; N]> {
        let Some(items) = node.as_array().filter(|items| items.len() == N) else {
            let form = LAWS.iter().find(|(n, _)| *n == name).map_or("", |(_, form)| form);
            let complaint = Complaint::new(node.span, trail, describe(node), form);
            self.complain(complaint);
            return None;
        };
        let mut values = Vec::with_capacity(N);
        for (i, item) in items.iter().enumerate() {
            values.push(self.value(&trail.to(&(i + 1).to_string()), item, of));
        }
        let values: Vec<f64> = values.into_iter().collect::<Option<_>>()?;
        values.try_into().ok()
    }

    fn mixture(&mut self, trail: &Trail<'_>, node: &Node, of: Of) -> Option<Result<Law, LawError>> {
        let items = self.array(trail, node, "a list of { weight, law }")?;
        let mut parts = Vec::new();
        for (i, item) in items.iter().enumerate() {
            let number = (i + 1).to_string();
            let trail = trail.to(&number);
            let part = self.table(&trail, item).and_then(|table| {
                unknown_keys(self, &trail, table, &["weight", "law"]);
                let weight = self.required(&trail, item, table, "weight", "a weight");
                let weight = weight.and_then(|node| match &node.value {
                    Value::String(_) => self.share(&trail.to("weight"), node),
                    _ => self.plain(&trail.to("weight"), node),
                });
                let law = self.required(&trail, item, table, "law", "a law");
                let law = law.and_then(|node| self.law(&trail.to("law"), node, of));
                Some((weight?, law?))
            });
            parts.push(part);
        }
        Some(Law::mixture(parts.into_iter().collect::<Option<_>>()?))
    }

    fn empirical(&mut self, trail: &Trail<'_>, node: &Node, of: Of) -> Option<Vec<f64>> {
        if let Some(items) = node.as_array() {
            let mut values = Vec::with_capacity(items.len());
            for (i, item) in items.iter().enumerate() {
                values.push(self.value(&trail.to(&(i + 1).to_string()), item, of));
            }
            return values.into_iter().collect();
        }
        let Some(table) = node.as_table() else {
            self.incomplete(trail, node, "empirical");
            return None;
        };
        unknown_keys(self, trail, table, &["file", "column", "unit"]);
        let mut text = |key: &str, expected: &str| {
            let node = self.required(trail, node, table, key, expected)?;
            Some((self.text(&trail.to(key), node)?.to_string(), node))
        };
        let file = text("file", "the path of a CSV file");
        let column = text("column", "the name of a column");
        let unit = match table.get("unit") {
            Some(_) => text("unit", "a unit")?.0,
            None => String::new(),
        };
        let (file, column) = (file?, column?);
        self.column(trail, &file, &column, &unit, of)
    }
}
