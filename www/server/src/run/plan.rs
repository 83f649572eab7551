//! The stages a run will go through, drawn from its seed: what a timeline can
//! show before the first event.

use rand::rngs::ChaCha8Rng;
use rand::{RngExt, SeedableRng};
use serde::Serialize;

use super::artifact::Chart;
use super::spec::RunSpec;

/// The stages to come.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Plan {
    /// In the order in which they run.
    pub stages: Vec<PlannedStage>,
}

/// One stage of a plan.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PlannedStage {
    /// From 0.
    pub index: usize,
    /// The name that events carry as `stage`.
    pub name: &'static str,
    /// The name for people.
    pub title: &'static str,
    #[serde(skip)]
    pub(super) template: &'static Template,
}

/// What a stage of that name does.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Template {
    pub(super) name: &'static str,
    pub(super) title: &'static str,
    /// Left out of some runs.
    optional: bool,
    pub(super) logs: &'static [&'static str],
    pub(super) extras: &'static [Extra],
}

/// Something other than a log line that happens in a stage.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Extra {
    /// A choice between routes, and the reason for it.
    Routing(&'static [&'static str], &'static str),
    /// A policy that is checked, and what it found.
    Policy(&'static str, &'static str),
    /// A file that is made, and its media type.
    Artifact(&'static str, &'static str),
    /// An HTML document that is made, and what it shows; its content comes with the event.
    Report(&'static str, Chart),
}

impl Plan {
    /// The plan of a run; the same for the same seed.
    pub fn new(spec: &RunSpec) -> Self {
        let mut rng = ChaCha8Rng::seed_from_u64(spec.seed);
        let stages = CATALOGUE
            .iter()
            .filter(|template| !template.optional || rng.random_bool(0.5))
            .enumerate()
            .map(|(index, template)| PlannedStage {
                index,
                name: template.name,
                title: template.title,
                template,
            })
            .collect();
        Self { stages }
    }
}

const CATALOGUE: &[Template] = &[
    Template {
        name: "intake",
        title: "Intake",
        optional: false,
        logs: &[
            "Request accepted",
            "Payload validated against the schema",
            "Attachments unpacked",
        ],
        extras: &[Extra::Policy(
            "data-residency",
            "All inputs are stored in the requested region",
        )],
    },
    Template {
        name: "classify",
        title: "Classify",
        optional: false,
        logs: &[
            "Language detected",
            "Topic scores computed",
            "Priority assigned",
        ],
        extras: &[Extra::Routing(
            &["fast-path", "standard", "expert-review"],
            "Confidence is above the threshold of the route",
        )],
    },
    Template {
        name: "enrich",
        title: "Enrich",
        optional: true,
        logs: &[
            "Customer record loaded",
            "Duplicate entries merged",
            "History attached",
        ],
        extras: &[],
    },
    Template {
        name: "retrieve",
        title: "Retrieve",
        optional: false,
        logs: &[
            "Index queried",
            "Candidates ranked",
            "Sources de-duplicated",
            "Context assembled",
        ],
        extras: &[Extra::Artifact("sources.json", "application/json")],
    },
    Template {
        name: "generate",
        title: "Generate",
        optional: false,
        logs: &[
            "Draft started",
            "First section written",
            "Citations inserted",
            "Draft finished",
        ],
        extras: &[
            Extra::Routing(
                &["compact-model", "large-model"],
                "The estimated length fits the route",
            ),
            Extra::Artifact("draft.md", "text/markdown"),
        ],
    },
    Template {
        name: "review",
        title: "Review",
        optional: true,
        logs: &[
            "Claims checked against sources",
            "Tone adjusted",
            "Suggestions applied",
        ],
        extras: &[Extra::Policy(
            "personal-data",
            "No personal data left in the draft",
        )],
    },
    Template {
        name: "verify",
        title: "Verify",
        optional: false,
        logs: &["Checks queued", "Links resolved", "Checks passed"],
        extras: &[
            Extra::Policy("licence", "Every source permits reuse"),
            Extra::Report(
                "checks.html",
                Chart {
                    title: "Checks by kind",
                    unit: "checks",
                    groups: &["Links", "Figures", "Quotations", "Names", "Licences"],
                },
            ),
        ],
    },
    Template {
        name: "publish",
        title: "Publish",
        optional: true,
        logs: &["Bundle built", "Bundle uploaded", "Subscribers notified"],
        extras: &[Extra::Report(
            "report.html",
            Chart {
                title: "Readers by channel",
                unit: "readers",
                groups: &["Mail", "Web", "Feed", "Chat"],
            },
        )],
    },
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::run::RunRequest;
    use std::time::Duration;

    fn plan(seed: u64) -> Plan {
        let request = RunRequest {
            seed: Some(seed),
            ..RunRequest::default()
        };
        Plan::new(&request.into_spec(Duration::ZERO).unwrap())
    }

    #[test]
    fn a_seed_makes_the_same_plan_and_seeds_make_different_ones() {
        assert_eq!(plan(7), plan(7));
        assert!((0..20).any(|seed| plan(seed) != plan(7)));
    }

    #[test]
    fn every_plan_has_five_to_eight_stages_numbered_in_order() {
        for seed in 0..50 {
            let stages = plan(seed).stages;
            assert!((5..=8).contains(&stages.len()));
            assert!(
                stages
                    .iter()
                    .enumerate()
                    .all(|(at, stage)| stage.index == at)
            );
        }
    }
}
