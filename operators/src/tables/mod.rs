//! Reference data as every worker keeps it: rates, charge codes, tolerances, service levels, partners.
//!
//! The tables are small and replicated; what is large is the number of things that depend on them. So whoever asks
//! a [`Question`] is remembered by the [`crate::operator::dossier`] operator and asked again when the answer changes.

mod rates;
mod service_levels;
mod specific;

use std::hash::{Hash, Hasher};

use hashbrown::{Equivalent, HashMap};
use landfall_schemas::event::{ChargeCode, FxRate, MilestoneKind, Mode, Partner, Sla, Tolerance};
use landfall_schemas::exact::Rate;
use landfall_schemas::{Currency, Date, Text};
use serde::{Deserialize, Serialize};
use triomphe::Arc;

use crate::document::{AnyDoc, Doc};
use crate::settings::Settings;
pub use service_levels::{DueAfter, ServiceLevels};

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

/// What a rule may ask of the reference data; of texts that are borrowed (`Question<&Text>`) until it is known that nobody
/// has asked it yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Question<T = Text> {
    /// How much of the second currency is one of the first on that day?
    Rate(Currency, Currency, Date),
    /// Which tolerance rule holds for this issuer and code?
    Tolerance(T, T),
    /// Which tolerance rule has exactly the key (`*`, code)?
    GeneralTolerance(&'static str),
    /// What does this partner's charge code mean?
    ChargeCode(T, T),
    /// When are milestones of shipments of this carrier, mode and region due by agreement?
    ServiceLevels(T, Mode, T),
    /// By how much may this milestone of such shipments be late? Only what is not in time depends on the answer.
    Grace(T, Mode, T, MilestoneKind),
    /// Who is the partner with this code?
    Partner(T),
}

impl Question<&Text> {
    /// The question with texts of its own.
    pub fn to_owned(&self) -> Question {
        match *self {
            Question::Rate(from, to, day) => Question::Rate(from, to, day),
            Question::Tolerance(issuer, code) => Question::Tolerance(issuer.clone(), code.clone()),
            Question::GeneralTolerance(code) => Question::GeneralTolerance(code),
            Question::ChargeCode(issuer, code) => Question::ChargeCode(issuer.clone(), code.clone()),
            Question::ServiceLevels(carrier, mode, region) => {
                Question::ServiceLevels(carrier.clone(), mode, region.clone())
            }
            Question::Grace(carrier, mode, region, milestone) => {
                Question::Grace(carrier.clone(), mode, region.clone(), milestone)
            }
            Question::Partner(code) => Question::Partner(code.clone()),
        }
    }
}

impl Equivalent<Question> for Question<&Text> {
    fn equivalent(&self, kept: &Question) -> bool {
        match (self, kept) {
            (Question::Rate(from, to, day), Question::Rate(a, b, c)) => (from, to, day) == (a, b, c),
            (Question::Tolerance(issuer, code), Question::Tolerance(a, b))
            | (Question::ChargeCode(issuer, code), Question::ChargeCode(a, b)) => *issuer == a && *code == b,
            (Question::GeneralTolerance(code), Question::GeneralTolerance(a)) => code == a,
            (Question::ServiceLevels(carrier, mode, region), Question::ServiceLevels(a, b, c)) => {
                *carrier == a && mode == b && *region == c
            }
            (Question::Grace(carrier, mode, region, milestone), Question::Grace(a, b, c, d)) => {
                *carrier == a && mode == b && *region == c && milestone == d
            }
            (Question::Partner(code), Question::Partner(a)) => *code == a,
            _ => false,
        }
    }
}

/// Questions are asked all the time, so the hash is of what tells most of them apart, without marks between the parts.
impl<T: AsRef<str>> Hash for Question<T> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        let mut texts = |a: &str, b: &str| {
            state.write(a.as_bytes());
            state.write(b.as_bytes());
        };
        match self {
            Question::Rate(from, _, day) => {
                from.hash(state);
                day.hash(state);
            }
            Question::Tolerance(issuer, code) | Question::ChargeCode(issuer, code) => {
                texts(issuer.as_ref(), code.as_ref());
            }
            Question::GeneralTolerance(code) => state.write(code.as_bytes()),
            Question::ServiceLevels(carrier, _, region) => texts(carrier.as_ref(), region.as_ref()),
            Question::Grace(carrier, _, region, milestone) => {
                texts(carrier.as_ref(), region.as_ref());
                state.write_u8(*milestone as u8);
            }
            Question::Partner(code) => state.write(code.as_ref().as_bytes()),
        }
    }
}

/// What the reference data answers.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum Answer {
    Rate(Option<Arc<Rate>>),
    Tolerance(Option<Doc<Tolerance>>),
    ChargeCode(Option<Doc<ChargeCode>>),
    ServiceLevels(Arc<ServiceLevels>),
    Grace(i64),
    Partner(Option<Doc<Partner>>),
}

/// The reference data in force.
#[derive(Clone, Debug)]
pub struct ReferenceTables {
    settings: Settings,
    /// The rate of every currency to itself.
    one: Arc<Rate>,
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
            one: Arc::new(Rate::one()),
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

    /// The rate of every currency to itself.
    pub fn one(&self) -> &Arc<Rate> {
        &self.one
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
            Question::Grace(carrier, mode, region, milestone) => Answer::Grace(service_levels::grace_ms(
                self.service_levels.values(),
                carrier,
                *mode,
                region,
                *milestone,
            )),
            Question::Partner(code) => Answer::Partner(self.partners.get(code).cloned()),
        }
    }
}
