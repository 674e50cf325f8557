//! The tree of a document, by element names.
//!
//! Document types are refused, so there are no entities to expand; the number of nodes and the depth are limited.

use roxmltree::{Document, Node, ParsingOptions};

use super::wrong;
use crate::{DataError, ErrorCode};

/// Elements, texts and comments of the largest document.
const NODES_MAX: u32 = 200_000;
/// Elements in one another: the model has less than twenty.
const DEPTH_MAX: usize = 64;

/// An element.
#[derive(Clone, Copy, Debug)]
pub(super) struct Element<'d>(Node<'d, 'd>);

/// The tree of a text.
pub(super) fn parse(text: &str) -> Result<Document<'_>, DataError> {
    if is_deeper_than(text, DEPTH_MAX) {
        let message = format!("elements more than {DEPTH_MAX} deep");
        return Err(wrong(ErrorCode::BadValue, "", message));
    }
    let options = ParsingOptions { allow_dtd: false, nodes_limit: NODES_MAX, ..ParsingOptions::default() };
    Document::parse_with_options(text, options)
        .map_err(|problem| wrong(ErrorCode::NotJson, "", format!("not XML: {problem}")))
}

/// Whether tags stand in one another more than so deep. Looked at before the tree is built, because building it is
/// recursive. Comments and quoted texts are passed over; what is no XML is found out later.
fn is_deeper_than(text: &str, limit: usize) -> bool {
    let mut depth = 0_usize;
    let mut rest = text;
    while let Some(start) = rest.find('<') {
        rest = &rest[start..];
        let end = if rest.starts_with("<!--") {
            rest.find("-->")
        } else if rest.starts_with("<![CDATA[") {
            rest.find("]]>")
        } else {
            end_of_tag(rest)
        };
        let Some(end) = end else { return false };
        let tag = &rest[..end];
        match tag.as_bytes().get(1) {
            Some(b'/') => depth = depth.saturating_sub(1),
            Some(b'!' | b'?') | None => {}
            Some(_) if tag.ends_with('/') => {}
            Some(_) => depth += 1,
        }
        if depth > limit {
            return true;
        }
        rest = &rest[end..];
    }
    false
}

/// Where the `>` of a tag stands, outside quotes.
fn end_of_tag(text: &str) -> Option<usize> {
    let mut quote = None;
    text.bytes().position(|byte| {
        match (quote, byte) {
            (None, b'>') => return true,
            (None, b'"' | b'\'') => quote = Some(byte),
            (Some(open), byte) if open == byte => quote = None,
            _ => {}
        }
        false
    })
}

impl<'d> Element<'d> {
    /// The outermost element.
    pub fn root(tree: &'d Document<'d>) -> Element<'d> {
        Element(tree.root_element())
    }

    /// Its name, without a namespace.
    pub fn name(&self) -> &'d str {
        self.0.tag_name().name()
    }

    fn elements(&self) -> impl Iterator<Item = Element<'d>> + use<'d> {
        self.0.children().filter(Node::is_element).map(Element)
    }

    /// The declarations and responses of a document.
    pub fn parts(&self) -> Vec<Element<'d>> {
        let is_part = |element: &Element<'_>| matches!(element.name(), "Declaration" | "Response");
        match self.name() {
            "Declaration" | "Response" => vec![*self],
            "MetaData" => self.elements().filter(is_part).collect(),
            "submitDeclarationRequest" => {
                let messages = self.children("requestDetail").flat_map(|detail| detail.children("MetaData"));
                messages.flat_map(|message| message.parts()).collect()
            }
            _ => Vec::new(),
        }
    }

    /// The child elements with this name.
    pub fn children(&self, name: &'static str) -> impl Iterator<Item = Element<'d>> + use<'d> {
        self.elements().filter(move |child| child.name() == name)
    }

    /// The first element down this way of names (`Declaration/ID`).
    pub fn find(&self, way: &'static str) -> Option<Element<'d>> {
        let mut names = way.split('/');
        let first = names.next()?;
        let mut found = self.children(first).next()?;
        for name in names {
            found = found.elements().find(|child| child.name() == name)?;
        }
        Some(found)
    }

    /// All elements inside it with one of these names, in the order of the document.
    pub fn descendants(&self, names: &'static [&'static str]) -> impl Iterator<Item = Element<'d>> + use<'d> {
        self.0.descendants().filter(|node| node.is_element()).map(Element).filter(|it| names.contains(&it.name()))
    }

    /// Its own text, trimmed; `None` where it is blank.
    pub fn text(&self) -> Option<&'d str> {
        // A comment inside the element cuts its text in pieces: the first that is not blank counts.
        self.0.children().filter(Node::is_text).filter_map(|node| node.text()).map(str::trim).find(|it| !it.is_empty())
    }

    /// The text of the first element down this way of names.
    pub fn text_of(&self, way: &'static str) -> Option<&'d str> {
        self.find(way)?.text()
    }

    /// The country that the message's header gives.
    pub fn responsible_country(&self) -> Option<&'d str> {
        self.header("MetaData")?.text_of("ResponsibleCountryCode")
    }

    /// When the envelope of a submission says that it came in.
    pub fn received_at(&self) -> Option<&'d str> {
        self.header("submitDeclarationRequest")?.text_of("requestCommon/receiptDate")
    }

    /// The element with this name that it stands in.
    fn header(&self, name: &str) -> Option<Element<'d>> {
        self.0.ancestors().filter(Node::is_element).map(Element).find(|it| it.name() == name)
    }

    /// An attribute, without a namespace.
    pub fn attribute(&self, name: &str) -> Option<&'d str> {
        self.0.attributes().find(|attribute| attribute.name() == name).map(|attribute| attribute.value().trim())
    }

    /// The text of an element that must be given.
    pub fn required(&self, way: &'static str) -> Result<&'d str, DataError> {
        self.text_of(way).ok_or_else(|| {
            let how = if self.find(way).is_some() { "blank" } else { "absent" };
            wrong(ErrorCode::MissingField, &self.place_of(way), format!("required element is {how}"))
        })
    }

    /// Where an element down this way stands, be it there or not.
    pub fn place_of(&self, way: &str) -> String {
        format!("{}.{}", self.place(), way.replace('/', "."))
    }

    /// Where it stands: `Response.Declaration.GoodsShipment.GovernmentAgencyGoodsItem[2]`, index from 0 among elements of
    /// the same name.
    pub fn place(&self) -> String {
        let mut steps: Vec<String> = self.0.ancestors().filter(Node::is_element).map(step).collect();
        steps.reverse();
        let first = steps.iter().position(|step| !matches!(step.as_str(), "MetaData" | "submitDeclarationRequest"));
        steps[first.unwrap_or(0)..].join(".")
    }
}

fn step(node: Node<'_, '_>) -> String {
    let name = node.tag_name().name();
    let same = |other: &Node<'_, '_>| other.is_element() && other.tag_name().name() == name;
    let before = node.prev_siblings().skip(1).filter(same).count();
    let after = node.next_siblings().skip(1).any(|other| same(&other));
    if before > 0 || after { format!("{name}[{before}]") } else { name.to_owned() }
}
