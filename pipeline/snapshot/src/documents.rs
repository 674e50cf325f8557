//! The documents in force, and where each identifier is mentioned.

use imbl::{OrdMap, OrdSet};
use landfall_operators::change::Change;
use landfall_operators::document::{AnyDoc, Doc};
use landfall_schemas::event::{DocumentType, Invoice, Shipment};
use landfall_schemas::{Currency, Date, DocumentKey, Identifier, IdentifierKey, IdentifierType, Text};

use super::Way;

/// What a name is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum NameKind {
    /// An identifier of this type, which a shipment claims, a link joins or a document refers to.
    Identifier(IdentifierType),
    /// The number of the document itself: of an order, a declaration, an invoice.
    Number,
}

/// A mention of a name in a document. Ordered by the name, so that all mentions of one stand together.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Mention {
    /// Letters and digits of the name, upper-cased.
    pub name: Text,
    /// What the name is.
    pub kind: NameKind,
    /// The document.
    pub document: DocumentKey,
}

/// Documents in force at a tick, and the names in them. Cloning shares everything.
#[derive(Clone, Debug, Default)]
pub struct Documents {
    by_key: OrdMap<DocumentKey, AnyDoc>,
    mentions: OrdSet<Mention>,
}

impl Documents {
    /// Applies what a tick changed.
    pub(super) fn apply(&mut self, changes: &[Change<AnyDoc>], way: Way) {
        for change in changes {
            let (before, after) = way.of(change);
            match (before, after) {
                (_, Some(doc)) => drop(self.by_key.insert(doc.key(), doc.clone())),
                (Some(doc), None) => drop(self.by_key.remove(&doc.key())),
                (None, None) => {}
            }
            self.mention(before.map(mentions).unwrap_or_default(), after.map(mentions).unwrap_or_default());
        }
    }

    /// Replaces mentions of a document; both lists are sorted.
    fn mention(&mut self, before: Vec<Mention>, after: Vec<Mention>) {
        for gone in before.iter().filter(|mention| after.binary_search(mention).is_err()) {
            self.mentions.remove(gone);
        }
        self.mentions.extend(after.into_iter().filter(|mention| before.binary_search(mention).is_err()));
    }

    /// How many documents are in force.
    pub fn len(&self) -> usize {
        self.by_key.len()
    }

    /// Whether none is, or none is kept.
    pub fn is_empty(&self) -> bool {
        self.by_key.is_empty()
    }

    /// How many mentions are indexed.
    pub fn mentions_len(&self) -> usize {
        self.mentions.len()
    }

    /// The document with this key.
    pub fn get(&self, key: &DocumentKey) -> Option<&AnyDoc> {
        self.by_key.get(key)
    }

    /// The shipment with this id, cancelled or not.
    pub fn shipment(&self, shipment_id: &str) -> Option<&Doc<Shipment>> {
        match self.get(&DocumentKey::Shipment(shipment_id.into()))? {
            AnyDoc::Shipment(doc) => Some(doc),
            _ => None,
        }
    }

    /// The invoice with this key.
    pub fn invoice(&self, issuer: &str, invoice_no: &str) -> Option<&Doc<Invoice>> {
        match self.get(&DocumentKey::Invoice(issuer.into(), invoice_no.into()))? {
            AnyDoc::Invoice(doc) => Some(doc),
            _ => None,
        }
    }

    /// Documents from a key on, in the order of their keys.
    pub fn from(&self, key: DocumentKey) -> impl Iterator<Item = (&DocumentKey, &AnyDoc)> {
        self.by_key.range(key..)
    }

    /// Mentions of names that begin with these letters and digits, in order.
    pub fn mentions_from<'s>(&'s self, prefix: &'s str) -> impl Iterator<Item = &'s Mention> + 's {
        let kind = NameKind::Identifier(IdentifierType::Shipment);
        self.mentions.range(least(prefix.into(), kind)..).take_while(move |mention| mention.name.starts_with(prefix))
    }

    /// Documents that mention exactly this name.
    pub fn mentioning<'s>(&'s self, name: &'s str, kind: NameKind) -> impl Iterator<Item = &'s AnyDoc> + 's {
        let same = move |mention: &&Mention| mention.name == name && mention.kind == kind;
        let mentions = self.mentions.range(least(name.into(), kind)..).take_while(same);
        mentions.filter_map(|mention| self.by_key.get(&mention.document))
    }
}

/// The letters and digits by which names compare, upper-cased.
pub fn normalised(text: &str) -> Text {
    text.bytes().filter(u8::is_ascii_alphanumeric).map(|byte| char::from(byte.to_ascii_uppercase())).collect()
}

/// No mention of this name stands before it.
fn least(name: Text, kind: NameKind) -> Mention {
    Mention { name, kind, document: DocumentKey::Order(Text::default()) }
}

/// The names in a document that lead to it. Milestones, receipts, postings and statuses are found by the timeline.
fn mentions(doc: &AnyDoc) -> Vec<Mention> {
    let document = doc.key();
    let mut names: Vec<(Text, NameKind)> = Vec::new();
    match doc {
        AnyDoc::Order(doc) => number(&mut names, &doc.data.order_id),
        AnyDoc::Shipment(doc) => {
            let shipment = &doc.data;
            identifier(&mut names, IdentifierKey::new(IdentifierType::Shipment, &shipment.shipment_id));
            for (kind, value) in doc.identifiers() {
                identifier(&mut names, IdentifierKey::new(kind, value.as_str()));
            }
            for line in &shipment.contents {
                identifier(&mut names, IdentifierKey::new(IdentifierType::Order, &line.order_id));
            }
        }
        AnyDoc::Link(doc) => {
            let link = doc.document();
            identifier(&mut names, Some(link.a.key()));
            identifier(&mut names, Some(link.b.key()));
        }
        AnyDoc::Declaration(doc) => {
            number(&mut names, &doc.data.declaration_id);
            identifiers(&mut names, &doc.data.refs);
        }
        AnyDoc::Invoice(doc) => {
            number(&mut names, &doc.data.invoice_no);
            identifiers(&mut names, &doc.data.refs);
            doc.data.lines.iter().for_each(|line| identifiers(&mut names, &line.refs));
        }
        _ => {}
    }
    names.sort_unstable();
    names.dedup();
    names.into_iter().map(|(name, kind)| Mention { name, kind, document: document.clone() }).collect()
}

fn number(names: &mut Vec<(Text, NameKind)>, text: &str) {
    let name = normalised(text);
    if !name.is_empty() {
        names.push((name, NameKind::Number));
    }
}

fn identifiers(names: &mut Vec<(Text, NameKind)>, identifiers: &[Identifier]) {
    identifiers.iter().for_each(|found| identifier(names, Some(found.key())));
}

fn identifier(names: &mut Vec<(Text, NameKind)>, key: Option<IdentifierKey>) {
    names.extend(key.map(|key| (key.value, NameKind::Identifier(key.kind))));
}

/// The parts of a document's key, as they are shown.
pub fn key_parts(key: &DocumentKey) -> Vec<String> {
    let texts = |parts: &[&Text]| parts.iter().map(ToString::to_string).collect();
    match key {
        DocumentKey::Order(id)
        | DocumentKey::Receipt(id)
        | DocumentKey::Posting(id)
        | DocumentKey::Shipment(id)
        | DocumentKey::Link(id)
        | DocumentKey::Declaration(id)
        | DocumentKey::Sla(id)
        | DocumentKey::Partner(id) => texts(&[id]),
        DocumentKey::Milestone(first, second)
        | DocumentKey::CustomsStatus(first, second)
        | DocumentKey::Invoice(first, second)
        | DocumentKey::ChargeCode(first, second)
        | DocumentKey::Tolerance(first, second) => texts(&[first, second]),
        DocumentKey::FxRate(date, base, quote) => vec![date.to_string(), base.to_string(), quote.to_string()],
    }
}

/// The key of a document of this type from its parts as they are shown; `None` when they do not fit.
pub fn key_from_parts(kind: DocumentType, parts: &[String]) -> Option<DocumentKey> {
    let text = |at: usize| Text::from(parts[at].as_str());
    let key = match (kind, parts.len()) {
        (DocumentType::Order, 1) => DocumentKey::Order(text(0)),
        (DocumentType::Receipt, 1) => DocumentKey::Receipt(text(0)),
        (DocumentType::Posting, 1) => DocumentKey::Posting(text(0)),
        (DocumentType::Shipment, 1) => DocumentKey::Shipment(text(0)),
        (DocumentType::Milestone, 2) => DocumentKey::Milestone(text(0), text(1)),
        (DocumentType::Link, 1) => DocumentKey::Link(text(0)),
        (DocumentType::Declaration, 1) => DocumentKey::Declaration(text(0)),
        (DocumentType::CustomsStatus, 2) => DocumentKey::CustomsStatus(text(0), text(1)),
        (DocumentType::Invoice, 2) => DocumentKey::Invoice(text(0), text(1)),
        (DocumentType::FxRate, 3) => {
            let currency = |at: usize| parts[at].parse::<Currency>().ok();
            DocumentKey::FxRate(parts[0].parse::<Date>().ok()?, currency(1)?, currency(2)?)
        }
        (DocumentType::ChargeCode, 2) => DocumentKey::ChargeCode(text(0), text(1)),
        (DocumentType::Tolerance, 2) => DocumentKey::Tolerance(text(0), text(1)),
        (DocumentType::Sla, 1) => DocumentKey::Sla(text(0)),
        (DocumentType::Partner, 1) => DocumentKey::Partner(text(0)),
        _ => return None,
    };
    Some(key)
}
