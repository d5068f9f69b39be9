//! A chart read back: its shapes and text and nothing else, whoever put it into the folder.
//!
//! Only the elements and attributes that charts are made of are written out again; scripts, links,
//! styles, pictures and anything unknown make it no chart.

use maud::PreEscaped;
use roxmltree::{Document, Node, NodeType};
use std::fmt::Write as _;

/// Elements of a chart.
const ELEMENTS: [&str; 11] = [
    "g", "rect", "circle", "ellipse", "line", "polyline", "polygon", "path", "text", "tspan",
    "title",
];
/// Their attributes.
const ATTRIBUTES: [&str; 34] = [
    "x",
    "y",
    "x1",
    "y1",
    "x2",
    "y2",
    "dx",
    "dy",
    "cx",
    "cy",
    "r",
    "rx",
    "ry",
    "d",
    "points",
    "width",
    "height",
    "transform",
    "fill",
    "fill-opacity",
    "fill-rule",
    "stroke",
    "stroke-width",
    "stroke-opacity",
    "stroke-linejoin",
    "stroke-linecap",
    "stroke-dasharray",
    "opacity",
    "font-size",
    "font-weight",
    "font-style",
    "font-family",
    "text-anchor",
    "dominant-baseline",
];

/// A chart.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Vector {
    /// What it shows.
    pub title: String,
    /// What a screen reader says of it besides.
    said: String,
    /// What is said of its marks when one hovers over them.
    pub marks: Vec<String>,
    view: String,
    shapes: String,
}

impl Vector {
    /// Reads an SVG; an error says why it is no chart.
    pub fn read(text: &str) -> Result<Vector, String> {
        let document = Document::parse(text).map_err(|e| format!("it is no SVG: {e}"))?;
        let root = document.root_element();
        if root.tag_name().name() != "svg" {
            return Err("it is no SVG".to_string());
        }
        let label = root.attribute("aria-label").unwrap_or("A chart");
        let (title, said) = label.split_once(". ").unwrap_or((label, ""));
        let view = root.attribute("viewBox").ok_or("it has no viewBox")?;
        if !view.chars().all(|c| c.is_ascii_digit() || " .-".contains(c)) {
            return Err("its viewBox is not one".to_string());
        }
        let mut vector = Vector {
            title: title.to_string(),
            said: said.to_string(),
            marks: Vec::new(),
            view: view.to_string(),
            shapes: String::new(),
        };
        for child in root.children() {
            vector.copy(child)?;
        }
        Ok(vector)
    }

    fn copy(&mut self, node: Node<'_, '_>) -> Result<(), String> {
        match node.node_type() {
            NodeType::Text => self.shapes += &escaped(node.text().unwrap_or("")),
            NodeType::Element => {
                let name = node.tag_name().name();
                // The typeface: the page brings it once for all charts.
                if name == "style" {
                    return Ok(());
                }
                if !ELEMENTS.contains(&name) {
                    return Err(format!("it has an element <{name}>, which no chart has"));
                }
                let _ = write!(self.shapes, "<{name}");
                for attribute in node.attributes() {
                    let (key, value) = (attribute.name(), attribute.value());
                    if !ATTRIBUTES.contains(&key) || value.contains("url") {
                        return Err(format!("a <{name}> of it has {key}, which no chart has"));
                    }
                    let value =
                        if value.starts_with('#') { value.to_lowercase() } else { value.into() };
                    let _ = write!(self.shapes, " {key}=\"{}\"", escaped(&value));
                }
                self.shapes.push('>');
                if name == "title" {
                    self.marks.push(node.text().unwrap_or("").to_string());
                }
                for child in node.children() {
                    self.copy(child)?;
                }
                let _ = write!(self.shapes, "</{name}>");
            }
            NodeType::Root | NodeType::Comment | NodeType::PI => {}
        }
        Ok(())
    }

    /// The chart for a page; `id` is its own there.
    pub fn svg(&self, id: &str) -> PreEscaped<String> {
        let Vector { title, said, view, shapes, .. } = self;
        let (title, said) = (escaped(title), escaped(said));
        PreEscaped(format!(
            "<svg viewBox=\"{view}\" role=\"img\" aria-labelledby=\"{id}-title\" \
             aria-describedby=\"{id}-desc\"><title id=\"{id}-title\">{title}</title>\
             <desc id=\"{id}-desc\">{said}</desc>{shapes}</svg>"
        ))
    }
}

/// A text as markup has it.
fn escaped(text: &str) -> String {
    maud::html! { (text) }.into_string().replace('\'', "&#39;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shapes_and_text_come_through_and_nothing_else() {
        let chart = |inside: &str| {
            Vector::read(&format!(
                "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 16 9\" aria-label=\"A &lt;b&gt;. c\">{inside}</svg>"
            ))
        };
        let good = chart(
            "<style>@font-face{}</style><g><rect x=\"1\" fill=\"#FFF\"><title>a: 1 &lt; 2</title></rect></g>",
        );
        let good = good.unwrap();
        assert_eq!(good.marks, ["a: 1 < 2"]);
        let svg = good.svg("c").into_string();
        assert!(svg.contains("<title id=\"c-title\">A &lt;b&gt;</title>"), "{svg}");
        assert!(svg.ends_with(
            "<g><rect x=\"1\" fill=\"#fff\"><title>a: 1 &lt; 2</title></rect></g></svg>"
        ));
        for bad in [
            "<script>alert(1)</script>",
            "<a href=\"x\"/>",
            "<image href=\"http://x/y.png\"/>",
            "<foreignObject/>",
            "<rect onload=\"alert(1)\"/>",
            "<rect style=\"fill:red\"/>",
            "<rect fill=\"url(http://x/y)\"/>",
            "<g><use href=\"#a\"/></g>",
        ] {
            assert!(chart(bad).is_err(), "{bad}");
        }
        assert!(Vector::read("<html/>").is_err());
        assert!(Vector::read("<svg").is_err());
    }
}
