//! Reference data as every worker keeps it: rates, charge codes, tolerances, service levels, partners.
//!
//! The tables are small and replicated; what is large is the number of things that depend on them. So whoever asks
//! a [`Question`] is remembered by the [`crate::operator::dossier`] operator and asked again when the answer changes.

mod rates;
mod service_levels;
mod specific;

use hashbrown::HashMap;
use landfall_schemas::event::{ChargeCode, FxRate, Mode, Partner, Sla, Tolerance};
use landfall_schemas::exact::Rate;
use landfall_schemas::{Currency, Date, Text};
use serde::{Deserialize, Serialize};
use triomphe::Arc;

use crate::document::{AnyDoc, Doc};
use crate::settings::Settings;
pub use service_levels::ServiceLevels;

/// A document of the reference stream.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[allow(missing_docs)]
pub enum ReferenceDoc {
    FxRate(Doc<FxRate>),
    ChargeCode(Doc<ChargeCode>),
    Tolerance(Doc<Tolerance>),
    Sla(Doc<Sla>),
    Partner(Doc<Partner>),
}

impl ReferenceDoc {
    /// The document, if it is of the reference stream.
    pub fn of(doc: &AnyDoc) -> Option<ReferenceDoc> {
        Some(match doc {
            AnyDoc::FxRate(doc) => ReferenceDoc::FxRate(doc.clone()),
            AnyDoc::ChargeCode(doc) => ReferenceDoc::ChargeCode(doc.clone()),
            AnyDoc::Tolerance(doc) => ReferenceDoc::Tolerance(doc.clone()),
            AnyDoc::Sla(doc) => ReferenceDoc::Sla(doc.clone()),
            AnyDoc::Partner(doc) => ReferenceDoc::Partner(doc.clone()),
            _ => return None,
        })
    }
}

/// What a rule may ask of the reference data.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Question {
    /// How much of the second currency is one of the first on that day?
    Rate(Currency, Currency, Date),
    /// Which tolerance rule holds for this issuer and code?
    Tolerance(Text, Text),
    /// Which tolerance rule has exactly the key (`*`, code)?
    GeneralTolerance(&'static str),
    /// What does this partner's charge code mean?
    ChargeCode(Text, Text),
    /// Which service levels hold for shipments of this carrier, mode and region?
    ServiceLevels(Text, Mode, Text),
    /// Who is the partner with this code?
    Partner(Text),
}

/// What the reference data answers.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum Answer {
    Rate(Option<Arc<Rate>>),
    Tolerance(Option<Doc<Tolerance>>),
    ChargeCode(Option<Doc<ChargeCode>>),
    ServiceLevels(Arc<ServiceLevels>),
    Partner(Option<Doc<Partner>>),
}

/// The reference data in force.
#[derive(Clone, Debug)]
pub struct ReferenceTables {
    settings: Settings,
    rates: rates::Quotes,
    charge_codes: HashMap<(Text, Text), Doc<ChargeCode>>,
    tolerances: HashMap<(Text, Text), Doc<Tolerance>>,
    service_levels: HashMap<Text, Doc<Sla>>,
    partners: HashMap<Text, Doc<Partner>>,
}

impl ReferenceTables {
    /// Empty tables.
    pub fn new(settings: Settings) -> ReferenceTables {
        ReferenceTables {
            settings,
            rates: rates::Quotes::default(),
            charge_codes: HashMap::new(),
            tolerances: HashMap::new(),
            service_levels: HashMap::new(),
            partners: HashMap::new(),
        }
    }

    /// The settings of the run.
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// How many documents the tables hold.
    pub fn len(&self) -> usize {
        self.rates.len()
            + self.charge_codes.len()
            + self.tolerances.len()
            + self.service_levels.len()
            + self.partners.len()
    }

    /// Whether they hold none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Applies the changes of one tick: first what goes, then what comes.
    pub fn apply(&mut self, changes: &[(ReferenceDoc, isize)]) {
        for (doc, _) in changes.iter().filter(|(_, diff)| *diff < 0) {
            self.remove(doc);
        }
        for (doc, _) in changes.iter().filter(|(_, diff)| *diff > 0) {
            self.insert(doc.clone());
        }
    }

    fn insert(&mut self, doc: ReferenceDoc) {
        match doc {
            ReferenceDoc::FxRate(doc) => self.rates.insert(&doc),
            ReferenceDoc::ChargeCode(doc) => {
                self.charge_codes.insert((doc.data.issuer.clone(), doc.data.partner_code.clone()), doc);
            }
            ReferenceDoc::Tolerance(doc) => {
                self.tolerances.insert((doc.data.issuer.clone(), doc.data.code.clone()), doc);
            }
            ReferenceDoc::Sla(doc) => {
                self.service_levels.insert(doc.data.name.clone(), doc);
            }
            ReferenceDoc::Partner(doc) => {
                self.partners.insert(doc.data.code.clone(), doc);
            }
        }
    }

    fn remove(&mut self, doc: &ReferenceDoc) {
        match doc {
            ReferenceDoc::FxRate(doc) => self.rates.remove(doc),
            ReferenceDoc::ChargeCode(doc) => {
                self.charge_codes.remove(&(doc.data.issuer.clone(), doc.data.partner_code.clone()));
            }
            ReferenceDoc::Tolerance(doc) => {
                self.tolerances.remove(&(doc.data.issuer.clone(), doc.data.code.clone()));
            }
            ReferenceDoc::Sla(doc) => {
                self.service_levels.remove(&doc.data.name);
            }
            ReferenceDoc::Partner(doc) => {
                self.partners.remove(&doc.data.code);
            }
        }
    }

    /// Answers a question.
    pub fn answer(&self, question: &Question) -> Answer {
        match question {
            Question::Rate(from, to, day) => {
                Answer::Rate(self.rates.rate(*from, *to, *day, &self.settings).map(Arc::new))
            }
            Question::Tolerance(issuer, code) => {
                Answer::Tolerance(specific::tolerance(&self.tolerances, issuer, code).cloned())
            }
            Question::GeneralTolerance(code) => {
                Answer::Tolerance(specific::general_tolerance(&self.tolerances, code).cloned())
            }
            Question::ChargeCode(issuer, partner_code) => {
                Answer::ChargeCode(specific::charge_code(&self.charge_codes, issuer, partner_code).cloned())
            }
            Question::ServiceLevels(carrier, mode, region) => Answer::ServiceLevels(Arc::new(ServiceLevels::matching(
                self.service_levels.values(),
                carrier,
                *mode,
                region,
            ))),
            Question::Partner(code) => Answer::Partner(self.partners.get(code).cloned()),
        }
    }
}
