//! Function codes as statuses, and document types as identifiers.

use std::collections::BTreeMap;

use super::super::options::{ProfileError, variant};
use super::named;
use crate::IdentifierType;
use crate::event::CustomsStatusKind;

/// What an answer's function code means: a status, and which hold where it is about one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Meaning {
    pub status: CustomsStatusKind,
    pub hold_type: Option<String>,
}

impl Meaning {
    /// Reads `hold` or `hold:documents`.
    pub fn read(text: &str) -> Result<Meaning, String> {
        let (status, hold_type) = match text.split_once(':') {
            Some((status, hold_type)) => (status, Some(hold_type.trim().to_owned())),
            None => (text, None),
        };
        Ok(Meaning { status: variant(status.trim())?, hold_type })
    }
}

/// The built-in meaning of a function code of two digits: `None` where there is none, `Some(None)` where it says nothing
/// of a status. A code's name is HMRC's.
pub(super) fn built_in(code: &str) -> Option<Option<Meaning>> {
    let (status, hold_type) = match code {
        "01" => (CustomsStatusKind::Accepted, None),               // DMSACC
        "02" => (CustomsStatusKind::Filed, None),                  // DMSRCV
        "03" => (CustomsStatusKind::Rejected, None),               // DMSREJ
        "05" => (CustomsStatusKind::Hold, Some("control")),        // DMSCTL
        "06" => (CustomsStatusKind::Hold, Some("documents")),      // DMSDOC
        "08" => (CustomsStatusKind::Released, None),               // DMSROG
        "09" => (CustomsStatusKind::Cleared, None),                // DMSCLE
        "10" => (CustomsStatusKind::Cancelled, None),              // DMSINV
        "14" | "15" => (CustomsStatusKind::Hold, Some("payment")), // DMSCPI, DMSCPR
        // DMSRES, DMSREQ, DMSTAX, DMSEOG, DMSEXT, DMSGER: corrections, the answer to a request, amounts, exit of goods.
        "07" | "11" | "13" | "16" | "17" | "18" => return Some(None),
        _ => return None,
    };
    Some(Some(Meaning { status, hold_type: hold_type.map(str::to_owned) }))
}

/// Holds that the result of a control ends.
pub(super) const CONTROLLED: [&str; 2] = ["control", "documents"];
/// The result of a control that found the goods as declared.
pub(super) const SATISFACTORY: &str = "A1";

/// What a document of a type names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Names {
    Identifier(IdentifierType),
    /// An order, and its line where the document has a line number.
    OrderLine,
}

/// What the document types of declarations name, by their code of UN/EDIFACT 1001 without the category.
#[derive(Clone, Debug)]
pub(super) struct DocumentTypes(BTreeMap<String, Names>);

impl DocumentTypes {
    /// The built-in types and those of the profile, which go before.
    pub fn of<'p>(given: impl Iterator<Item = (&'p str, &'p str)>) -> Result<DocumentTypes, ProfileError> {
        let built_in = [
            ("105", Names::OrderLine),
            ("220", Names::OrderLine),
            ("270", Names::Identifier(IdentifierType::DeliveryNote)),
            ("703", Names::Identifier(IdentifierType::Hawb)),
            ("704", Names::Identifier(IdentifierType::Mbl)),
            ("705", Names::Identifier(IdentifierType::Bol)),
            ("710", Names::Identifier(IdentifierType::Bol)),
            ("714", Names::Identifier(IdentifierType::Hbl)),
            ("730", Names::Identifier(IdentifierType::Bol)),
            ("740", Names::Identifier(IdentifierType::Mawb)),
            ("741", Names::Identifier(IdentifierType::Mawb)),
            ("760", Names::Identifier(IdentifierType::Bol)),
        ];
        let mut types = BTreeMap::from(built_in.map(|(code, names)| (code.to_owned(), names)));
        for (code, name) in given {
            match name {
                "ignore" => drop(types.remove(code)),
                "order_line" => drop(types.insert(code.to_owned(), Names::OrderLine)),
                name => {
                    let kind = named("document.", code, name)?;
                    types.insert(code.to_owned(), Names::Identifier(kind));
                }
            }
        }
        Ok(DocumentTypes(types))
    }

    /// What a document of this type names, if anything of ours.
    pub fn get(&self, code: &str) -> Option<Names> {
        self.0.get(code).copied()
    }
}
