//! Folds warnings: what is said of several regions or groups in the same words is said once of all of them.

/// What warnings speak of: how a line about one begins, and the word for several.
const ABOUT: [(&str, &str); 2] = [("region ", "regions"), ("servers.", "groups")];

/// Most names in one line.
const MOST_NAMES: usize = 20;

/// The same warnings in their order, each with all whom it concerns.
pub(super) fn fold(warnings: Vec<String>) -> Vec<String> {
    let mut lines: Vec<Line> = Vec::new();
    let mut places: std::collections::BTreeMap<(&str, String), usize> = Default::default();
    for warning in warnings {
        let Some((word, name, text)) = parts(&warning) else {
            lines.push(Line { first: warning, word: "", names: Vec::new() });
            continue;
        };
        let (name, key) = (name.to_string(), (word, text.to_string()));
        let at = *places.entry(key).or_insert(lines.len());
        match lines.get_mut(at) {
            Some(line) if line.names.last() == Some(&name) => {}
            Some(line) => line.names.push(name),
            None => lines.push(Line { first: warning, word, names: vec![name] }),
        }
    }
    lines.into_iter().map(Line::whole).collect()
}

/// The word for several, the name and what is said of it.
fn parts(warning: &str) -> Option<(&'static str, &str, &str)> {
    let (head, text) = warning.split_once(": ")?;
    ABOUT.iter().find_map(|(start, word)| Some((*word, head.strip_prefix(start)?, text)))
}

/// A warning and whom it concerns, if it is about a region or a group.
struct Line {
    first: String,
    word: &'static str,
    names: Vec<String>,
}

impl Line {
    fn whole(self) -> String {
        let names = self.names.len();
        let Some((_, _, text)) = parts(&self.first).filter(|_| names > 1) else {
            return self.first;
        };
        let mut listed = self.names[..names.min(MOST_NAMES)].join(", ");
        if names > MOST_NAMES {
            listed += &format!(" and {} more", names - MOST_NAMES);
        }
        format!("{names} {} ({listed}): {text}", self.word)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folded(warnings: &[&str]) -> Vec<String> {
        fold(warnings.iter().map(|w| w.to_string()).collect())
    }

    #[test]
    fn the_same_of_several_is_one_line() {
        let said = [
            "one replication: no interval",
            "region a: is full: 3 wait",
            "region a: is full: 3 wait",
            "servers.x: is full: 3 wait",
            "region b: is full: 4 wait",
            "region c: is full: 3 wait",
            "servers.y.z: is full: 3 wait",
            "one replication: no interval",
        ];
        let expected = [
            "one replication: no interval",
            "2 regions (a, c): is full: 3 wait",
            "2 groups (x, y.z): is full: 3 wait",
            "region b: is full: 4 wait",
            "one replication: no interval",
        ];
        assert_eq!(folded(&said), expected);
    }

    #[test]
    fn many_names_are_counted() {
        let all: Vec<String> = (1..=22).map(|n| format!("servers.g{n}: waits")).collect();
        let said = fold(all);
        assert!(said.len() == 1 && said[0].starts_with("22 groups (g1, g2, "), "{said:?}");
        assert!(said[0].ends_with("g20 and 2 more): waits"), "{said:?}");
    }
}
