//! The JSON Schema of scenario files: an editor completes and checks while one writes.
//!
//! Made by walking the declarations that decoding walks, so that a key is in both or in none.

use super::calendar;
use super::decode::{OFF, bounds, off};
use super::fields::{self, Field, Kind};
use super::print;
use crate::kernel::param::{Key, Parameters, Slot, Visitor};
use crate::model::fault::{Faults, MODES};
use serde_json::{Map, Value as Json, json};

/// The schema, draft 2020-12.
pub fn schema() -> Json {
    let mut top = object(fields::TOP);
    let map = top.as_object_mut().into_iter().next();
    if let Some(map) = map {
        map.insert("$schema".into(), "https://json-schema.org/draft/2020-12/schema".into());
        map.insert("title".into(), "fleetsim scenario".into());
        map.insert("$defs".into(), definitions());
    }
    top
}

fn definitions() -> Json {
    let number = r"\d+(\.\d+)?([eE][+-]?\d+)?";
    let time = "(us|ms|s|m|h|d|w|y|sec|min|seconds?|minutes?|hours?|days?|weeks?|years?)";
    let size = "(B|kB|KB|MB|GB|TB|PB|KiB|MiB|GiB|TiB|PiB)";
    let text = |pattern: String, examples: Json| {
        json!({ "type": "string", "pattern": pattern,
        "examples": examples })
    };
    let pair = |what: &str, n: u32| {
        json!({ "type": "array", "items": { "$ref": what },
        "minItems": n, "maxItems": n })
    };
    let mut all = Map::new();
    all.insert(
        "duration".into(),
        text(format!(r"^\s*({number}\s*{time}\s*)+$"), json!(["45s", "4h", "30d", "1y"])),
    );
    all.insert(
        "rate".into(),
        text(format!(r"^\s*{number}\s*/\s*({number})?\s*{time}\s*$"), json!(["0.5/y", "2/d"])),
    );
    all.insert("share".into(), text(format!(r"^\s*{number}\s*%\s*$"), json!(["5%", "99.99%"])));
    all.insert(
        "size".into(),
        text(format!(r"^\s*{number}\s*{size}\s*$"), json!(["512GiB", "2TiB"])),
    );
    all.insert(
        "speed".into(),
        text(format!(r"^\s*{number}\s*{size}\s*/\s*{time}\s*$"), json!(["200MB/s", "40MiB/s"])),
    );
    all.insert("clock".into(), text(r"^\d{1,2}:\d{2}$".into(), json!(["02:00"])));
    all.insert("offset".into(), text(r"^[+-]?\d.*$|^Z$|^UTC$".into(), json!(["-5h", "+5h30m"])));
    all.insert(
        "instant".into(),
        text(r"^\d{4}-\d{2}-\d{2}".into(), json!(["2026-01-01T00:00:00Z"])),
    );
    all.insert("date".into(), text(r"^\d{4}-\d{2}-\d{2}$".into(), json!(["2026-12-01"])));
    for (law, value) in [("law", "duration"), ("speed_law", "speed"), ("count_law", "count")] {
        let value = format!("#/$defs/{value}");
        let law = format!("#/$defs/{law}");
        let plain = json!({ "type": "number" });
        let table = |properties: Json, required: Json| {
            json!({ "type": "object", "properties": properties, "required": required,
                    "additionalProperties": false })
        };
        let shaped = |key: &str| {
            json!({ "type": "object", "required": ["shape"], "additionalProperties": false,
                    "properties": { "shape": plain, key: { "$ref": value },
                                     "mean": { "$ref": value } } })
        };
        let of = json!({ "$ref": value });
        let mixed = table(
            json!({ "weight": { "type": ["number", "string"] }, "law": { "$ref": law } }),
            json!(["weight", "law"]),
        );
        let file = table(
            json!({ "file": { "type": "string" }, "column": { "type": "string" },
                                 "unit": { "type": "string" } }),
            json!(["file", "column"]),
        );
        let laws = json!({
            "exponential": table(json!({ "mean": of }), json!(["mean"])),
            "uniform": pair(&value, 2),
            "triangular": pair(&value, 3),
            "lognormal": table(
                json!({ "median": of, "mean": of, "sigma": plain, "p95": of }),
                json!([])
            ),
            "weibull": shaped("scale"),
            "gamma": shaped("scale"),
            "pareto": shaped("minimum"),
            "empirical": { "anyOf": [file, { "type": "array", "items": of }] },
            "mixture": { "type": "array", "items": mixed },
            "geometric": plain,
        });
        let named = json!({ "type": "object", "properties": laws, "minProperties": 1,
                            "maxProperties": 1, "additionalProperties": false });
        let name = law.trim_start_matches("#/$defs/").to_string();
        all.insert(name, json!({ "anyOf": [of, named] }));
    }
    all.insert("count".into(), json!({ "type": "integer", "minimum": 1 }));
    for name in fields::SECTIONS {
        if let Some(mut section) = fields::section(name) {
            all.insert(format!("section_{name}"), parameters(section.as_mut(), name));
        }
    }
    for (i, mode) in MODES.iter().enumerate() {
        let mut faults = Faults::default();
        let table = parameters(faults.params_mut(i), mode.name);
        let doc = format!("Rate per {}.", mode.addressed.word());
        all.insert(
            format!("fault_{}", mode.name),
            json!({ "description": doc, "anyOf": [{ "enum": OFF }, table] }),
        );
    }
    all.into()
}

fn object(fields: &'static [Field]) -> Json {
    let mut properties = Map::new();
    for field in fields {
        let mut schema = kind(&field.kind);
        if let Some(map) = schema.as_object_mut() {
            map.insert("description".into(), field.doc.into());
        }
        properties.insert(field.name.into(), schema);
    }
    let required: Vec<&str> = fields.iter().filter(|f| f.required).map(|f| f.name).collect();
    json!({ "type": "object", "properties": properties, "required": required,
            "additionalProperties": false })
}

fn reference(name: &str) -> Json {
    json!({ "$ref": format!("#/$defs/{name}") })
}

fn kind(of: &Kind) -> Json {
    match of {
        Kind::Text => json!({ "type": "string" }),
        Kind::Integer(low, high) => json!({ "type": "integer", "minimum": low, "maximum": high }),
        Kind::Duration => reference("duration"),
        Kind::Law => reference("law"),
        Kind::Instant => reference("instant"),
        Kind::Share => reference("share"),
        Kind::Size => reference("size"),
        Kind::WalRate => {
            let hours = json!({ "type": "array", "items": reference("speed"), "minItems": 24,
                                "maxItems": 24 });
            let hourly = json!({ "type": "object", "properties": { "hourly": hours },
                                 "required": ["hourly"], "additionalProperties": false });
            json!({ "anyOf": [reference("speed_law"), hourly] })
        }
        Kind::Offset => reference("offset"),
        Kind::Clock => reference("clock"),
        Kind::Words(words) if *words == calendar::WEEKDAYS.as_slice() => {
            json!({ "type": "string", "examples": words })
        }
        Kind::Words([word]) if off(word) => json!({ "enum": OFF }),
        Kind::Words(words) => json!({ "enum": words }),
        Kind::Quantity => json!({ "type": ["string", "number"] }),
        Kind::Table(fields) => object(fields),
        Kind::Tables(fields) => json!({ "type": "array", "items": object(fields) }),
        Kind::Section(name) => reference(&format!("section_{name}")),
        Kind::Faults(of_group) => {
            let modes = MODES.iter().filter(|m| !of_group || m.addressed.by_group());
            let modes: Map<String, Json> = modes
                .map(|m| (m.name.to_string(), reference(&format!("fault_{}", m.name))))
                .collect();
            json!({ "type": "object", "properties": modes, "additionalProperties": false })
        }
        Kind::Either(kinds) => json!({ "anyOf": kinds.iter().map(kind).collect::<Vec<_>>() }),
    }
}

/// The schema of a parameter section; `path` ends in its name.
fn parameters(section: &mut dyn Parameters, path: &str) -> Json {
    let mut walk = Walk { properties: Map::new(), path };
    section.visit(&mut walk);
    if path == "storage" {
        let mut size = reference("size");
        size["description"] = "Size of the volume; in [[servers]] only.".into();
        walk.properties.insert("size".into(), size);
    }
    json!({ "type": "object", "properties": walk.properties, "additionalProperties": false })
}

struct Walk<'w> {
    properties: Map<String, Json>,
    path: &'w str,
}

impl Visitor for Walk<'_> {
    fn slot(&mut self, key: Key, mut slot: Slot<'_>) {
        let neutral = print::slot(&slot);
        let word = |word: &str, other: Json| json!({ "anyOf": [{ "const": word }, other] });
        let none_or = |other: Json| json!({ "anyOf": [{ "enum": OFF }, other] });
        let after = json!({ "type": "object", "properties": { "after": reference("duration") },
                            "required": ["after"], "additionalProperties": false });
        let list = |item: Json| json!({ "type": "array", "items": item });
        let table = |properties: Json, required: Json| {
            json!({ "type": "object", "properties": properties, "required": required,
                    "additionalProperties": false })
        };
        let mut schema = match &mut slot {
            Slot::Law(_) => reference("law"),
            Slot::MaybeLaw(_) => none_or(reference("law")),
            Slot::Counts(_) => reference("count_law"),
            Slot::Span(_) => reference("duration"),
            Slot::MaybeSpan(_) => none_or(word("unbounded", reference("duration"))),
            Slot::Policy(_) => json!({ "anyOf": [{ "const": "wait" }, { "enum": OFF }, after] }),
            Slot::MaybeRate(_) => none_or(reference("rate")),
            Slot::Share(_) => reference("share"),
            Slot::Speed(_) => word("unbounded", reference("speed")),
            Slot::Bytes(_) => reference("size"),
            Slot::Count(_) if key.name == "concurrency" => {
                json!({ "anyOf": [reference("count"), reference("share"),
                                  { "const": "unbounded" }] })
            }
            Slot::Count(_) if let Some((low, high)) = bounds(key.name) => {
                kind(&Kind::Integer(low, high))
            }
            Slot::Count(_) => word("unbounded", reference("count")),
            Slot::Flag(_) => json!({ "type": "boolean" }),
            Slot::Choice(choice) if key.name == "effect" => {
                let rate = table(json!({ "crash_rate": reference("rate") }), json!(["crash_rate"]));
                json!({ "anyOf": [{ "enum": choice.words() }, rate] })
            }
            Slot::Choice(choice) => json!({ "enum": choice.words() }),
            Slot::Section(section) => parameters(*section, key.name),
            Slot::MaybeSection(section) => none_or(parameters(section.insert(), key.name)),
            Slot::DayWindow(_) => {
                let clock = reference("clock");
                table(json!({ "from": clock, "to": clock }), json!(["from", "to"]))
            }
            Slot::Dates(_) => {
                let day = reference("date");
                list(table(json!({ "from": day, "to": day }), json!(["from", "to"])))
            }
            Slot::Names(_) => list(json!({ "type": "string" })),
            Slot::Credits(_) => {
                let below = word("target", reference("share"));
                let credit = reference("share");
                list(table(json!({ "below": below, "credit": credit }), json!(["below", "credit"])))
            }
        };
        if let Some(map) = schema.as_object_mut() {
            map.insert("description".into(), key.doc.trim().into());
            if let Some(neutral) = neutral {
                map.insert("default".into(), print::json(&neutral, &Default::default()));
            }
        }
        if self.path == "targets" && key.name.contains('_') {
            self.properties.insert(key.name.replace('_', "-"), schema.clone());
        }
        self.properties.insert(key.name.into(), schema);
    }
}
