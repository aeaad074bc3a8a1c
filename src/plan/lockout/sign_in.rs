//! Signing in by the default brand: its authentication flow must keep a stage that identifies the user and one that
//! signs the user in.
//!
//! Looks at the brand, the flow's stages and what kind those are; conditions bound to a stage are not judged.

use std::collections::{BTreeMap, BTreeSet};

use super::people::deleted;
use crate::desired::Desired;
use crate::diag::{Code, Diagnostic};
use crate::kinds;
use crate::live::{Live, Question};
use crate::plan::matching::Matched;
use crate::plan::safety::SafetyChecks;
use crate::plan::step::{Action, Step, Write};
use crate::schema::{Kind, WayIn, id_text};
use crate::value::{Address, Value};

pub(super) struct SignIn<'a> {
    desired: &'a Desired,
    live: &'a Live,
    matched: &'a Matched,
    steps: &'a [Step],
    /// The flow by which everybody signs in; `None` where the default brand is not known or is gone.
    before: Option<Value>,
    after: Option<Value>,
}

/// What a flow has.
#[derive(Default)]
struct Has {
    identifies: bool,
    signs_in: bool,
    unknown: bool,
}

impl Has {
    fn both(&self) -> bool {
        self.identifies && self.signs_in
    }
}

/// A brand: whether it is the default one, and its flow.
type Brands = BTreeMap<Address, (bool, Value)>;

impl<'a> SignIn<'a> {
    pub fn new(
        desired: &'a Desired,
        live: &'a Live,
        matched: &'a Matched,
        steps: &'a [Step],
    ) -> SignIn<'a> {
        let mut brands = Brands::new();
        for (at, (_, found)) in &matched.live {
            brand(&mut brands, at, found.kind, &|name| found.fields.get(name));
        }
        let flow = |brands: &Brands| {
            brands
                .values()
                .find(|(default, _)| *default)
                .map(|(_, flow)| flow.clone())
        };
        let before = flow(&brands);
        for step in steps {
            match &step.write {
                Write::Delete => drop(brands.remove(&step.address)),
                Write::Create { body, .. } | Write::Update { body, .. } => {
                    brand(&mut brands, &step.address, step.kind, &|name| {
                        body.get(name)
                    });
                }
                Write::Nothing => {}
            }
        }
        SignIn {
            desired,
            live,
            matched,
            steps,
            before,
            after: flow(&brands),
        }
    }

    /// Whether the steps touch any brand's way in, or remove flows, stages or what joins them.
    fn touches(&self) -> bool {
        let (flows, stages) = families();
        let is_default = |step: &Step, default: &str| {
            let found = self.matched.live.get(&step.address).map(|(_, found)| found);
            found.and_then(|found| found.fields.get(default)) == Some(&Value::Bool(true))
        };
        let writes = |step: &Step| match (step.kind.way_in, &step.write) {
            (Some(WayIn::Brand { default, .. }), Write::Delete) => is_default(step, default),
            (Some(WayIn::Brand { default, flow }), Write::Update { .. }) => {
                step.changes.iter().any(|change| {
                    change.field == default || (change.field == flow && is_default(step, default))
                })
            }
            (Some(WayIn::Brand { default, .. }), Write::Create { body, .. }) => {
                body.get(default) == Some(&Value::Bool(true))
            }
            (Some(WayIn::Step { stage, .. }), Write::Update { .. }) => {
                step.changes.iter().any(|change| change.field == stage)
            }
            _ => false,
        };
        let removes = |step: &Step| {
            matches!(step.kind.way_in, Some(WayIn::Step { .. }))
                || flows.contains(step.address.family)
                || stages.contains(step.address.family)
        };
        self.steps.iter().any(writes) || deleted(self.steps).any(removes)
    }

    /// Whether the flow itself is touched, or may be: it is another one, or goes, or something of it does.
    fn concerns(&self) -> bool {
        if self.before != self.after {
            return true;
        }
        let (_, stages) = families();
        deleted(self.steps).any(|step| {
            let mine = |field: &str| {
                step.expect
                    .get(field)
                    .is_some_and(|flow| Some(flow) == self.before.as_ref())
            };
            stages.contains(step.address.family)
                || Some(&Value::Ref(step.address.clone())) == self.before.as_ref()
                || matches!(step.kind.way_in, Some(WayIn::Step { flow, .. }) if mine(flow))
        })
    }

    /// What must be known.
    pub fn questions(&self) -> BTreeSet<Question> {
        let mut asked = BTreeSet::new();
        if !self.touches() {
            return asked;
        }
        if self.before.is_none() {
            asked.insert(Question::Brand);
        }
        if self.concerns() {
            let unread = [&self.before, &self.after]
                .into_iter()
                .flatten()
                .filter(|flow| !self.has_list(flow));
            asked.extend(
                unread
                    .filter_map(|flow| self.id(flow))
                    .map(Question::Stages),
            );
        }
        asked
    }

    /// Whether the stages of a flow are read anyway.
    fn has_list(&self, flow: &Value) -> bool {
        let Value::Ref(flow) = flow else { return false };
        let list = |kind: &Kind| matches!(kind.way_in, Some(WayIn::Step { .. }));
        self.desired
            .owned
            .iter()
            .any(|owned| list(owned.kind) && owned.owner == *flow)
    }

    /// The id of a flow that is there.
    fn id(&self, flow: &Value) -> Option<String> {
        match flow {
            Value::Unknown(id) => Some(id.to_string()),
            Value::Ref(at) => {
                let found = self.matched.live.get(at).map(|(_, found)| &found.pk);
                found.or_else(|| self.live.pk(at)).and_then(id_text)
            }
            _ => None,
        }
    }

    /// Refuses where signing in worked and no longer would.
    pub fn judge(&self, checks: &SafetyChecks, diagnostics: &mut Vec<Diagnostic>) {
        if !self.touches() || !self.concerns_or_unknown() {
            return;
        }
        let asked = [&self.before, &self.after]
            .into_iter()
            .flatten()
            .filter_map(|flow| self.id(flow));
        let unanswered = std::iter::once(Question::Brand)
            .chain(asked.map(Question::Stages))
            .find_map(|question| self.live.answered.get(&question)?.clone());
        let unknown = |why: String| {
            Diagnostic::warning(Code::SIGN_IN, "it is unknown whether users can still sign in with the default brand")
                .note(why)
                .help("allow the token's user to view brands, flows and stage bindings, or review the plan closely")
        };
        if let Some(why) = unanswered {
            diagnostics.push(unknown(format!("it cannot be read: {why}")));
            return;
        }
        if self.before.is_none() && self.after.is_none() {
            return;
        }
        let before = self
            .before
            .as_ref()
            .map(|flow| self.has(flow, &[]))
            .unwrap_or_default();
        let after = self
            .after
            .as_ref()
            .map(|flow| self.has(flow, self.steps))
            .unwrap_or_default();
        if after.both() {
            return;
        }
        if after.unknown || (before.unknown && !before.both()) {
            diagnostics.push(unknown(
                "the flow has stages that the token may not read".to_owned(),
            ));
            return;
        }
        let name = |flow: &Option<Value>| match flow {
            Some(Value::Ref(at)) => at.to_string(),
            Some(Value::Unknown(_)) => "its authentication flow".to_owned(),
            _ => "no flow".to_owned(),
        };
        let lacks = match (&self.after, after.identifies, after.signs_in) {
            (None | Some(Value::Null), ..) => {
                "the default brand would have no authentication flow".to_owned()
            }
            (_, false, false) => {
                "it would have neither a stage that identifies the user nor one that signs in"
                    .to_owned()
            }
            (_, false, true) => "it would have no stage that identifies the user".to_owned(),
            _ => "it would have no stage that signs the user in".to_owned(),
        };
        if !before.both() {
            let diagnostic = Diagnostic::warning(
                Code::SIGN_IN,
                "the default brand does not let users sign in, neither before nor after this plan",
            );
            diagnostics.push(
                diagnostic
                    .note(format!("its flow is {}", name(&self.before)))
                    .note(lacks),
            );
            return;
        }
        let diagnostic = Diagnostic::error(
            Code::SIGN_IN,
            "after this plan, nobody could sign in with the default brand",
        )
        .note(format!(
            "the default brand signs in with {}",
            name(&self.after)
        ))
        .note(lacks)
        .help("keep an identification stage and a user_login stage in it");
        let mine = |step: &&Step| {
            let (flows, stages) = families();
            matches!(
                step.kind.way_in,
                Some(WayIn::Brand { .. } | WayIn::Step { .. })
            ) || (step.action == Action::Delete
                && (flows.contains(step.address.family) || stages.contains(step.address.family)))
        };
        let diagnostic = match self.steps.iter().filter(mine).find_map(|step| step.source) {
            Some(span) => diagnostic.at(span, "by this"),
            None => diagnostic,
        };
        checks.refuse(diagnostic, diagnostics);
    }

    fn concerns_or_unknown(&self) -> bool {
        self.concerns() || matches!(self.live.answered.get(&Question::Brand), Some(Some(_)))
    }

    /// The stages of a flow, once some steps are done.
    fn has(&self, flow: &Value, steps: &[Step]) -> Has {
        let mut joined: BTreeMap<Address, (Value, Value)> = BTreeMap::new();
        for (at, (_, found)) in &self.matched.live {
            join(&mut joined, at, found.kind, &|name| found.fields.get(name));
        }
        let mut made: BTreeMap<&Address, &'static Kind> = BTreeMap::new();
        let mut gone: BTreeSet<Value> = BTreeSet::new();
        for step in steps {
            match &step.write {
                Write::Delete => {
                    joined.remove(&step.address);
                    gone.insert(Value::Ref(step.address.clone()));
                }
                Write::Create { body, .. } | Write::Update { body, .. } => {
                    made.insert(&step.address, step.kind);
                    join(&mut joined, &step.address, step.kind, &|name| {
                        body.get(name)
                    });
                }
                Write::Nothing => {}
            }
        }
        let mut has = Has::default();
        if gone.contains(flow) {
            return has;
        }
        for (_, stage) in joined
            .values()
            .filter(|(of, stage)| of == flow && !gone.contains(stage))
        {
            let Value::Ref(stage) = stage else {
                has.unknown = true;
                continue;
            };
            match self.sort(stage, &made) {
                Some(kind) => {
                    has.identifies |= kind.way_in == Some(WayIn::Identifies);
                    has.signs_in |= kind.way_in == Some(WayIn::SignsIn);
                }
                // Something else that the table does not have.
                None if self.model(stage).is_some() => {}
                None => has.unknown = true,
            }
        }
        has
    }

    /// Of which kind a stage is.
    fn sort(
        &self,
        stage: &Address,
        made: &BTreeMap<&Address, &'static Kind>,
    ) -> Option<&'static Kind> {
        let found = self
            .matched
            .live
            .get(stage)
            .map(|(_, found)| found.kind)
            .filter(|kind| kind.type_name.is_some());
        let kind = found.or_else(|| made.get(stage).copied());
        kind.or_else(|| {
            let model = self.model(stage)?;
            kinds::family(stage.family).find(|kind| kind.model == model)
        })
    }

    fn model(&self, stage: &Address) -> Option<&str> {
        let before = self
            .matched
            .live
            .get(stage)
            .map_or(stage, |(before, _)| before);
        self.live.model(before)
    }
}

fn brand<'v>(
    brands: &mut Brands,
    at: &Address,
    kind: &Kind,
    value: &dyn Fn(&str) -> Option<&'v Value>,
) {
    let Some(WayIn::Brand { default, flow }) = kind.way_in else {
        return;
    };
    let known = brands.entry(at.clone()).or_insert((false, Value::Null));
    if let Some(flow) = value(flow) {
        known.1 = flow.clone();
    }
    if let Some(is) = value(default) {
        known.0 = *is == Value::Bool(true);
    }
}

fn join<'v>(
    joined: &mut BTreeMap<Address, (Value, Value)>,
    at: &Address,
    kind: &Kind,
    value: &dyn Fn(&str) -> Option<&'v Value>,
) {
    let Some(WayIn::Step { flow, stage }) = kind.way_in else {
        return;
    };
    let known = joined
        .entry(at.clone())
        .or_insert((Value::Null, Value::Null));
    if let Some(flow) = value(flow) {
        known.0 = flow.clone();
    }
    if let Some(stage) = value(stage) {
        known.1 = stage.clone();
    }
}

/// The families of flows and of stages.
fn families() -> (BTreeSet<&'static str>, BTreeSet<&'static str>) {
    let mut found = (BTreeSet::new(), BTreeSet::new());
    for kind in kinds::KINDS.iter() {
        if let Some(WayIn::Step { flow, stage }) = kind.way_in {
            found.0.extend(
                kind.field(flow)
                    .into_iter()
                    .flat_map(|field| field.shape.families()),
            );
            found.1.extend(
                kind.field(stage)
                    .into_iter()
                    .flat_map(|field| field.shape.families()),
            );
        }
    }
    found
}
