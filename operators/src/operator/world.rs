//! What a rule sees besides the facts it is given: the clock and the reference data.
//!
//! A rule cannot read the clock; it can only ask whether a time has passed, and is evaluated again when it has. It
//! cannot read the tables; it can only ask a question, and is evaluated again when the answer changes. So a rule
//! cannot forget to say what it depends on.

use hashbrown::HashMap;
use landfall_schemas::event::{ChargeCode, MilestoneKind, Mode, Partner, Tolerance};
use landfall_schemas::exact::Rate;
use landfall_schemas::{Currency, Date, Text, Timestamp};
use smallvec::SmallVec;
use triomphe::Arc;

use crate::document::Doc;
use crate::settings::Settings;
use crate::tables::{Answer, Question, ReferenceTables, ServiceLevels};

/// Number of a question within one operator.
pub(crate) type QuestionId = u32;

/// Answers given so far, and to whom.
#[derive(Debug, Default)]
pub(crate) struct Answers {
    ids: HashMap<Question, QuestionId>,
    given: Vec<Given>,
    free: Vec<QuestionId>,
    /// Numbers of questions that nobody depends on any more. They are used again only after the tick, for until then an
    /// answer that changes in it is known by the number.
    retired: Vec<QuestionId>,
    /// Questions in whose lists many stand that depend on them no longer.
    untidy: Vec<QuestionId>,
}

#[derive(Debug)]
struct Given {
    question: Question,
    answer: Answer,
    /// Who has asked. One that depends on the answer no longer stays in the list until it is tidied.
    dependents: Vec<u32>,
    /// How many depend on the answer.
    depending: usize,
}

impl Given {
    /// Whether most of the list is of those that depend on the answer no longer.
    fn is_untidy(&self) -> bool {
        self.dependents.len() > 2 * self.depending + 64
    }
}

impl Answers {
    /// How many questions somebody depends on.
    pub(crate) fn len(&self) -> usize {
        self.ids.len()
    }

    fn ask(&mut self, question: &Question<&Text>, tables: &ReferenceTables) -> QuestionId {
        if let Some(id) = self.ids.get(question) {
            return *id;
        }
        let question = question.to_owned();
        let answer = tables.answer(&question);
        let given = Given { question: question.clone(), answer, dependents: Vec::new(), depending: 0 };
        let id = match self.free.pop() {
            Some(id) => {
                self.given[id as usize] = given;
                id
            }
            None => {
                self.given.push(given);
                QuestionId::try_from(self.given.len() - 1).expect("fewer than 2^32 distinct questions")
            }
        };
        self.ids.insert(question, id);
        id
    }

    /// Answers that the tables now give differently, with those who depend on them.
    pub(crate) fn changed(&self, tables: &ReferenceTables) -> Vec<(QuestionId, Answer)> {
        let ids = self.ids.iter().map(|(question, id)| (*id, tables.answer(question)));
        ids.filter(|(id, answer)| *answer != self.given[*id as usize].answer).collect()
    }

    /// Who may depend on the answer to a question: everybody who does, and some who have asked it once.
    pub(crate) fn dependents(&self, id: QuestionId) -> &[u32] {
        &self.given[id as usize].dependents
    }

    /// Ends a tick: replaces the answers that changed in it.
    pub(crate) fn install(&mut self, changed: HashMap<QuestionId, Answer>) {
        for (id, answer) in changed {
            self.given[id as usize].answer = answer;
        }
        self.free.append(&mut self.retired);
    }

    /// Records that `dependent` asked `now` where it asked `before`; both are sorted.
    pub(crate) fn depend(&mut self, dependent: u32, before: &[QuestionId], now: &[QuestionId]) {
        for id in now.iter().filter(|id| before.binary_search(id).is_err()) {
            let given = &mut self.given[*id as usize];
            given.dependents.push(dependent);
            given.depending += 1;
        }
        for id in before.iter().filter(|id| now.binary_search(id).is_err()) {
            let given = &mut self.given[*id as usize];
            given.depending -= 1;
            if given.depending == 0 {
                self.ids.remove(&given.question);
                self.retired.push(*id);
            } else if given.is_untidy() {
                self.untidy.push(*id);
            }
        }
    }

    /// Leaves out of the lists who depends no longer; `depends` says who does.
    pub(crate) fn tidy(&mut self, depends: impl Fn(u32, QuestionId) -> bool) {
        for id in std::mem::take(&mut self.untidy) {
            let given = &mut self.given[id as usize];
            if given.is_untidy() {
                given.dependents.retain(|slot| depends(*slot, id));
                given.dependents.sort_unstable();
                given.dependents.dedup();
            }
        }
    }
}

/// The clock and the reference data as one evaluation sees them.
pub struct World<'a> {
    tables: &'a ReferenceTables,
    answers: &'a mut Answers,
    /// Answers that change in this tick; empty for the state before it.
    changed: &'a HashMap<QuestionId, Answer>,
    clock: Timestamp,
    asked: SmallVec<[QuestionId; 16]>,
    wake_at: Option<Timestamp>,
}

impl<'a> World<'a> {
    pub(crate) fn new(
        tables: &'a ReferenceTables,
        answers: &'a mut Answers,
        changed: &'a HashMap<QuestionId, Answer>,
        clock: Timestamp,
    ) -> World<'a> {
        World { tables, answers, changed, clock, asked: SmallVec::new(), wake_at: None }
    }

    /// What was asked, sorted, and when to look again at the latest.
    pub(crate) fn into_dependencies(self) -> (SmallVec<[QuestionId; 16]>, Option<Timestamp>) {
        let mut asked = self.asked;
        asked.sort_unstable();
        asked.dedup();
        (asked, self.wake_at)
    }

    /// The settings of the run.
    pub fn settings(&self) -> &'a Settings {
        self.tables.settings()
    }

    /// Whether the clock is later than `time`.
    pub fn passed(&mut self, time: Timestamp) -> bool {
        let passed = self.clock > time;
        if !passed {
            let next = time.plus_ms(1);
            self.wake_at = Some(self.wake_at.map_or(next, |earlier| earlier.min(next)));
        }
        passed
    }

    fn ask(&mut self, question: Question<&Text>) -> &Answer {
        let id = self.answers.ask(&question, self.tables);
        self.asked.push(id);
        self.changed.get(&id).unwrap_or(&self.answers.given[id as usize].answer)
    }

    /// The exchange rate between two currencies as of a day.
    pub fn rate(&mut self, from: Currency, to: Currency, day: Date) -> Option<Arc<Rate>> {
        if from == to {
            return Some(Arc::clone(self.tables.one()));
        }
        match self.ask(Question::Rate(from, to, day)) {
            Answer::Rate(rate) => rate.clone(),
            other => unreachable!("a rate is asked, not {other:?}"),
        }
    }

    /// An amount in another currency as of a day; `None` without a rate.
    pub fn convert(&mut self, minor: i128, from: Currency, to: Currency, day: Date) -> Option<i128> {
        if from == to {
            return Some(minor);
        }
        match self.ask(Question::Rate(from, to, day)) {
            Answer::Rate(rate) => rate.as_ref()?.convert(minor, from, to),
            other => unreachable!("a rate is asked, not {other:?}"),
        }
    }

    /// An amount in the base currency as of a day; `None` without a rate.
    pub fn to_base(&mut self, minor: i128, from: Currency, day: Date) -> Option<i128> {
        self.convert(minor, from, self.settings().base_currency, day)
    }

    /// The most specific tolerance rule of an issuer and code.
    pub fn tolerance(&mut self, issuer: &Text, code: &Text) -> Option<Doc<Tolerance>> {
        match self.ask(Question::Tolerance(issuer, code)) {
            Answer::Tolerance(rule) => rule.clone(),
            other => unreachable!("a tolerance is asked, not {other:?}"),
        }
    }

    /// The tolerance rule with exactly the key (`*`, code).
    pub fn general_tolerance(&mut self, code: &'static str) -> Option<Doc<Tolerance>> {
        match self.ask(Question::GeneralTolerance(code)) {
            Answer::Tolerance(rule) => rule.clone(),
            other => unreachable!("a tolerance is asked, not {other:?}"),
        }
    }

    /// What a partner's charge code means.
    pub fn charge_code(&mut self, issuer: &Text, partner_code: &Text) -> Option<Doc<ChargeCode>> {
        match self.ask(Question::ChargeCode(issuer, partner_code)) {
            Answer::ChargeCode(code) => code.clone(),
            other => unreachable!("a charge code is asked, not {other:?}"),
        }
    }

    /// What is agreed on when milestones of shipments of a carrier, mode and region are due.
    pub fn service_levels(&mut self, carrier: &Text, mode: Mode, region: &Text) -> Arc<ServiceLevels> {
        match self.ask(Question::ServiceLevels(carrier, mode, region)) {
            Answer::ServiceLevels(levels) => Arc::clone(levels),
            other => unreachable!("service levels are asked, not {other:?}"),
        }
    }

    /// The milliseconds by which a milestone of a shipment of a carrier, mode and region may be late.
    pub fn grace_ms(&mut self, carrier: &Text, mode: Mode, region: &Text, milestone: MilestoneKind) -> i64 {
        match self.ask(Question::Grace(carrier, mode, region, milestone)) {
            Answer::Grace(grace_ms) => *grace_ms,
            other => unreachable!("a grace is asked, not {other:?}"),
        }
    }

    /// The partner with a code.
    pub fn partner(&mut self, code: &Text) -> Option<Doc<Partner>> {
        match self.ask(Question::Partner(code)) {
            Answer::Partner(partner) => partner.clone(),
            other => unreachable!("a partner is asked, not {other:?}"),
        }
    }
}
