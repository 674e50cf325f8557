//! Answers of the authority: statuses.

use super::super::Outcome;
use super::super::canonical::{Draft, content_id, quoted};
use super::codes::{CONTROLLED, Meaning, SATISFACTORY, built_in};
use super::time::time_of;
use super::xml::Element;
use super::{Wco, notice, wrong};
use crate::event::{CustomsStatusKind, DocumentType};
use crate::{DataError, ErrorCode, Timestamp};

/// Function code of a tax notice.
const TAX_NOTICE: &str = "13";
/// Codes of a rejection that a reason shows.
const REASONS_MAX: usize = 8;

/// What every answer says.
pub(super) struct Answer<'d> {
    pub element: Element<'d>,
    /// The declaration that it is about.
    pub declaration: Element<'d>,
    pub declaration_id: String,
    pub declaration_place: String,
    /// The answer's own reference.
    pub id: String,
    pub issued_at: Timestamp,
    pub code: String,
    /// The authority's version of the declaration.
    pub version: Option<(&'d str, String)>,
}

/// Reads one answer.
pub(super) fn read(adapter: &Wco, element: &Element<'_>, outcomes: &mut Vec<Outcome>) -> Result<(), DataError> {
    let answer = Answer::read(adapter, element)?;
    let meaning = match adapter.statuses.get(&answer.code) {
        Some(meaning) => Some(meaning.clone()),
        None => built_in(&answer.code),
    };
    let Some(meaning) = meaning else {
        let message = format!(
            "{} is no function of an answer that is known: map it under codes.customs_statuses",
            quoted(&answer.code)
        );
        return Err(answer.fault(ErrorCode::BadValue, "FunctionCode", message));
    };
    if let Some(meaning) = meaning {
        outcomes.push(answer.status(adapter, &meaning, "")?);
        if adapter.switches.result_ends_holds && is_release(meaning.status) && answer.is_satisfactory() {
            for hold in CONTROLLED {
                let ended = Meaning { status: CustomsStatusKind::HoldRemoved, hold_type: Some(hold.to_owned()) };
                outcomes.push(answer.status(adapter, &ended, &format!("/{hold}"))?);
            }
        }
    }
    // A profile that ignores notices has the debt from elsewhere.
    let is_ignored = matches!(adapter.statuses.get(&answer.code), Some(None));
    if answer.code == TAX_NOTICE && !is_ignored {
        outcomes.push(notice::read(adapter, &answer)?);
    }
    Ok(())
}

fn is_release(status: CustomsStatusKind) -> bool {
    matches!(status, CustomsStatusKind::Released | CustomsStatusKind::Cleared)
}

impl<'d> Answer<'d> {
    fn read(adapter: &Wco, element: &Element<'d>) -> Result<Answer<'d>, DataError> {
        let code = element.required("FunctionCode")?;
        let Some(declaration) = element.find("Declaration") else {
            let place = element.place_of("Declaration");
            return Err(wrong(ErrorCode::MissingField, &place, "required element is absent"));
        };
        let (declaration_id, declaration_place) = declaration_id(adapter, &declaration)?;
        let Some(issued_at) = time_of(element, "IssueDateTime", &adapter.zone)? else {
            let place = element.place_of("IssueDateTime");
            return Err(wrong(ErrorCode::MissingField, &place, "required element is absent"));
        };
        let code = two_digits(code);
        let made = || content_id([code.as_str(), &declaration_id, &issued_at.to_string()]);
        let version = declaration.find("VersionID").and_then(|it| Some((it.text()?, it.place())));
        Ok(Answer {
            element: *element,
            declaration,
            declaration_place,
            id: element.text_of("FunctionalReferenceID").map_or_else(made, str::to_owned),
            declaration_id,
            issued_at,
            code,
            version,
        })
    }

    /// A document of this answer. Only what replaces has a revision: a declaration.
    pub fn draft(&self, adapter: &Wco, document_type: DocumentType, part: &str) -> Draft {
        let mut draft = Draft::new(document_type, &adapter.source, &format!("{}{part}", self.id));
        draft.set("occurred_at", self.issued_at.to_string(), &self.element.place_of("IssueDateTime"));
        draft.set("data.declaration_id", self.declaration_id.as_str(), &self.declaration_place);
        draft
    }

    fn status(&self, adapter: &Wco, meaning: &Meaning, part: &str) -> Result<Outcome, DataError> {
        let own_time = match meaning.status {
            CustomsStatusKind::Accepted => "AcceptanceDateTime",
            CustomsStatusKind::Rejected => "RejectionDateTime",
            CustomsStatusKind::Cancelled => "CancellationDateTime",
            _ => "EffectiveDateTime",
        };
        let at = time_of(&self.declaration, own_time, &adapter.zone)?.unwrap_or(self.issued_at);
        let mut draft = self.draft(adapter, DocumentType::CustomsStatus, part);
        draft.constant("occurred_at", at.to_string());
        draft.constant("recorded_at", self.issued_at.to_string());
        draft.constant("data.status_id", format!("{}{part}", self.id));
        draft.set("data.status", meaning.status.as_str(), &self.element.place_of("FunctionCode"));
        draft.optional("data.hold_type", meaning.hold_type.clone(), "");
        draft.constant("data.at", at.to_string());
        let reasons = self.reasons();
        if !reasons.is_empty() {
            draft.constant("data.reason", reasons.join(" "));
        }
        Ok(draft.finish())
    }

    /// The codes of errors of a rejection, and of statements; texts are not carried.
    fn reasons(&self) -> Vec<&'d str> {
        let errors = self.element.children("Error").filter_map(|error| error.text_of("ValidationCode"));
        let mut reasons: Vec<&str> = if self.code == "03" { errors.collect() } else { Vec::new() };
        let statements = self.element.children("AdditionalInformation");
        reasons.extend(statements.filter_map(|it| it.text_of("StatementCode")).filter(|code| code.len() <= 3));
        reasons.dedup();
        reasons.truncate(REASONS_MAX);
        reasons
    }

    fn is_satisfactory(&self) -> bool {
        self.element
            .children("AdditionalInformation")
            .any(|statement| statement.text_of("StatementCode") == Some(SATISFACTORY))
    }

    fn fault(&self, code: ErrorCode, way: &str, message: String) -> DataError {
        DataError { event_id: self.id.as_str().into(), ..wrong(code, &self.element.place_of(way), message) }
    }
}

/// `1` and `01` are the same function.
fn two_digits(code: &str) -> String {
    format!("{code:0>2}")
}

/// The id of a declaration and where it stands: the trader's reference, else the authority's number, or the other way
/// round.
pub(super) fn declaration_id(adapter: &Wco, declaration: &Element<'_>) -> Result<(String, String), DataError> {
    let (first, second) =
        if adapter.switches.mrn_first { ("ID", "FunctionalReferenceID") } else { ("FunctionalReferenceID", "ID") };
    let found = [first, second].into_iter().find_map(|name| Some((declaration.text_of(name)?, name)));
    match found {
        Some((id, name)) => Ok((id.to_owned(), declaration.place_of(name))),
        None => declaration.required(first).map(|id| (id.to_owned(), declaration.place_of(first))),
    }
}
