//! Everything a run will say, in order: a plan with its log lines, decisions,
//! checks and artifacts, and the pause before each.
//!
//! A script is a function of the spec alone. The event at position *i* has the
//! id *i* + 1, so a run that a kill interrupted goes on at the position after
//! its last stored id, and nothing else need be remembered.

use std::time::Duration;

use rand::rngs::ChaCha8Rng;
use rand::{RngExt, SeedableRng};
use serde_json::{Value, json};

use super::EventKind;
use super::artifact;
use super::plan::{Extra, Plan, PlannedStage};
use super::spec::RunSpec;
use super::step::{Data, Line, Step};

/// The natural length of a run, in seconds: long enough to watch, short enough to wait for.
const NATURAL_SECONDS: std::ops::Range<f64> = 11.0..18.0;
/// Log lines of a stage when the spec leaves their number open.
const NATURAL_LOGS: std::ops::RangeInclusive<u32> = 1..=3;

/// The script of a run: starts with `run_started`, ends with the one terminal event.
pub fn script(spec: &RunSpec) -> Vec<Step> {
    let plan = Plan::new(spec);
    // A stream of its own: what the plan draws never shifts what the script draws.
    let mut rng = ChaCha8Rng::seed_from_u64(spec.seed);
    rng.set_stream(1);

    let failing = spec
        .fail
        .as_ref()
        .map(|_| rng.random_range(1..plan.stages.len()));
    let stages = &plan.stages[..failing.map_or(plan.stages.len(), |at| at + 1)];
    let logs = log_counts(spec, stages.len(), &mut rng);

    let mut writer = Writer {
        steps: Vec::new(),
        line: 0,
        artifacts: 0,
    };
    let names: Vec<&str> = plan.stages.iter().map(|stage| stage.name).collect();
    writer.push(
        EventKind::RunStarted,
        json!({ "stages": names, "seed": spec.seed }),
    );
    let mut code = "";
    for (stage, logs) in stages.iter().zip(logs) {
        if failing == Some(stage.index) {
            code = spec.fail.as_deref().unwrap_or_default();
        }
        writer.stage(stage, logs, code, &mut rng);
    }
    pace(&mut writer.steps, spec, &mut rng);
    writer.end(stages, code);
    // The end follows its stage without a pause of its own in natural runs.
    if let (Some(last), Some(ms)) = (writer.steps.last_mut(), spec.delay_ms) {
        last.after = Duration::from_millis(ms);
    }
    writer.steps
}

/// How many log lines each stage has. A given number is spread evenly, the remainder first.
fn log_counts(spec: &RunSpec, stages: usize, rng: &mut ChaCha8Rng) -> Vec<u32> {
    match spec.events {
        None => (0..stages)
            .map(|_| rng.random_range(NATURAL_LOGS))
            .collect(),
        Some(events) => {
            let stages = u32::try_from(stages).unwrap_or(1).max(1);
            (0..stages)
                .map(|at| events / stages + u32::from(at < events % stages))
                .collect()
        }
    }
}

/// Sets the pauses: the given one, or natural ones that add up to a natural length.
fn pace(steps: &mut [Step], spec: &RunSpec, rng: &mut ChaCha8Rng) {
    let pauses = steps.iter_mut().skip(1);
    if let Some(ms) = spec.delay_ms {
        pauses.for_each(|step| step.after = Duration::from_millis(ms));
        return;
    }
    let total: f64 = rng.random_range(NATURAL_SECONDS);
    let weights: Vec<f64> = pauses.map(|_| rng.random_range(0.3..1.7)).collect();
    let sum: f64 = weights.iter().sum();
    for (step, weight) in steps.iter_mut().skip(1).zip(weights) {
        step.after = Duration::from_secs_f64(total * weight / sum);
    }
}

struct Writer {
    steps: Vec<Step>,
    line: u32,
    artifacts: u32,
}

impl Writer {
    fn push(&mut self, kind: EventKind, data: Value) {
        self.steps.push(Step {
            after: Duration::ZERO,
            kind,
            data: Data::Other(data),
        });
    }

    /// One stage; a `code` that is not empty makes it fail.
    fn stage(&mut self, stage: &PlannedStage, logs: u32, code: &str, rng: &mut ChaCha8Rng) {
        self.push(
            EventKind::StageStarted,
            json!({ "stage": stage.name, "index": stage.index, "title": stage.title }),
        );
        let before = logs / 2;
        self.logs(stage, 0..before);
        for extra in stage.template.extras {
            self.extra(stage, extra, rng);
        }
        self.logs(stage, before..logs);
        if code.is_empty() {
            self.push(
                EventKind::StageCompleted,
                json!({ "stage": stage.name, "index": stage.index }),
            );
        } else {
            let message = format!("{} stopped: {code}", stage.title);
            self.push(
                EventKind::StageFailed,
                json!({ "stage": stage.name, "index": stage.index, "code": code, "message": message }),
            );
        }
    }

    fn logs(&mut self, stage: &PlannedStage, lines: std::ops::Range<u32>) {
        for at in lines {
            self.line += 1;
            let texts = stage.template.logs;
            let message = texts[at as usize % texts.len()];
            let level = if self.line.is_multiple_of(7) {
                "warn"
            } else {
                "info"
            };
            self.steps.push(Step {
                after: Duration::ZERO,
                kind: EventKind::Log,
                data: Data::Line(Line {
                    stage: stage.name,
                    level,
                    message,
                    line: self.line,
                }),
            });
        }
    }

    fn extra(&mut self, stage: &PlannedStage, extra: &Extra, rng: &mut ChaCha8Rng) {
        match *extra {
            Extra::Routing(routes, reason) => {
                let scores: Vec<f64> = routes
                    .iter()
                    .map(|_| f64::from(rng.random_range(1..=99_u32)) / 100.0)
                    .collect();
                let best = (0..routes.len())
                    .max_by(|a, b| scores[*a].total_cmp(&scores[*b]))
                    .unwrap_or(0);
                let candidates: Vec<Value> = routes
                    .iter()
                    .zip(&scores)
                    .map(|(route, score)| json!({ "route": route, "score": score }))
                    .collect();
                self.push(
                    EventKind::RoutingDecision,
                    json!({ "stage": stage.name, "route": routes[best], "candidates": candidates, "reason": reason }),
                );
            }
            Extra::Policy(policy, detail) => {
                let verdict = if rng.random_bool(0.85) {
                    "pass"
                } else {
                    "warn"
                };
                self.push(
                    EventKind::PolicyCheck,
                    json!({ "stage": stage.name, "policy": policy, "verdict": verdict, "detail": detail }),
                );
            }
            Extra::Artifact(name, content_type) => {
                let bytes: u32 = rng.random_range(1_000..90_000);
                self.artifact(json!({ "stage": stage.name, "name": name, "content_type": content_type, "bytes": bytes }));
            }
            Extra::Report(name, ref chart) => {
                let content = artifact::html(chart, rng);
                self.artifact(json!({ "stage": stage.name, "name": name, "content_type": "text/html", "bytes": content.len(), "content": content }));
            }
        }
    }

    fn artifact(&mut self, data: Value) {
        self.artifacts += 1;
        self.push(EventKind::ArtifactCreated, data);
    }

    fn end(&mut self, stages: &[PlannedStage], code: &str) {
        // The pauses so far are the time the run will have taken; a clock would break determinism.
        let taken: Duration = self.steps.iter().map(|step| step.after).sum();
        let duration_ms = u64::try_from(taken.as_millis()).unwrap_or(u64::MAX);
        let data = json!({ "stages": stages.len(), "logs": self.line, "artifacts": self.artifacts, "duration_ms": duration_ms });
        if code.is_empty() {
            self.push(EventKind::RunCompleted, data);
        } else {
            let mut data = data;
            let stage = stages.last().map_or("", |stage| stage.name);
            data["code"] = json!(code);
            data["stage"] = json!(stage);
            data["message"] = json!(format!("The run failed in stage {stage}: {code}"));
            self.push(EventKind::RunFailed, data);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::run::RunRequest;

    fn spec(request: RunRequest) -> RunSpec {
        request.into_spec(Duration::ZERO).unwrap()
    }

    fn seeded(seed: u64) -> RunRequest {
        RunRequest {
            seed: Some(seed),
            ..RunRequest::default()
        }
    }

    fn count(steps: &[Step], kind: EventKind) -> usize {
        steps.iter().filter(|step| step.kind == kind).count()
    }

    #[test]
    fn a_seed_makes_the_same_script() {
        assert_eq!(script(&spec(seeded(3))), script(&spec(seeded(3))));
        assert_ne!(script(&spec(seeded(3))), script(&spec(seeded(4))));
    }

    #[test]
    fn a_script_starts_with_run_started_and_has_one_terminal_event_at_its_end() {
        for seed in 0..30 {
            for fail in [None, Some("E1".to_owned())] {
                let steps = script(&spec(RunRequest {
                    fail,
                    ..seeded(seed)
                }));
                assert_eq!(steps[0].kind, EventKind::RunStarted);
                let terminal: Vec<usize> = (0..steps.len())
                    .filter(|at| steps[*at].kind.outcome().is_some())
                    .collect();
                assert_eq!(terminal, [steps.len() - 1]);
            }
        }
    }

    #[test]
    fn the_number_of_log_events_is_the_one_asked_for_also_when_the_run_fails() {
        for events in [0, 1, 7, 1000] {
            for fail in [None, Some("E1".to_owned())] {
                let steps = script(&spec(RunRequest {
                    events: Some(events),
                    fail,
                    ..seeded(5)
                }));
                assert_eq!(count(&steps, EventKind::Log), events as usize);
            }
        }
    }

    #[test]
    fn a_failing_run_fails_one_stage_with_its_code_and_starts_none_after_it() {
        for seed in 0..30 {
            let steps = script(&spec(RunRequest {
                fail: Some("QUOTA".to_owned()),
                ..seeded(seed)
            }));
            let failed = &steps[steps.len() - 2];
            assert_eq!(
                (failed.kind, &failed.data.json()["code"]),
                (EventKind::StageFailed, &json!("QUOTA"))
            );
            assert_eq!(count(&steps, EventKind::StageFailed), 1);
            assert_eq!(
                count(&steps, EventKind::StageStarted),
                count(&steps, EventKind::StageCompleted) + 1
            );
        }
    }

    #[test]
    fn a_natural_run_takes_ten_to_twenty_seconds_however_many_events_it_has() {
        for events in [None, Some(0), Some(10_000)] {
            let steps = script(&spec(RunRequest {
                events,
                ..seeded(11)
            }));
            let total: Duration = steps.iter().map(|step| step.after).sum();
            assert!((10..=20).contains(&total.as_secs()), "{total:?}");
        }
    }

    #[test]
    fn a_given_delay_stands_between_every_two_events_and_not_before_the_first() {
        let steps = script(&spec(RunRequest {
            delay_ms: Some(20),
            ..seeded(1)
        }));
        assert_eq!(steps[0].after, Duration::ZERO);
        assert!(
            steps[1..]
                .iter()
                .all(|step| step.after == Duration::from_millis(20))
        );
    }

    #[test]
    fn every_run_that_completes_makes_an_html_artifact_whose_content_comes_with_it() {
        for seed in 0..30 {
            let steps = script(&spec(seeded(seed)));
            let reports: Vec<Value> = steps
                .iter()
                .map(|step| step.data.json().into_owned())
                .filter(|data| data["content_type"] == "text/html")
                .collect();
            assert!(!reports.is_empty(), "seed {seed}");
            for report in reports {
                let content = report["content"].as_str().unwrap();
                assert!(content.starts_with("<!doctype html>"));
                assert_eq!(report["bytes"], json!(content.len()));
            }
        }
    }

    #[test]
    fn a_hundred_thousand_lines_to_come_are_kept_as_lines_not_as_json() {
        let steps = script(&spec(RunRequest {
            events: Some(100_000),
            ..seeded(1)
        }));
        let mut logs = steps.iter().filter(|step| step.kind == EventKind::Log);
        assert!(logs.all(|step| matches!(step.data, Data::Line(_))));
        assert!(steps.len() < 100_100);
    }

    #[test]
    fn log_lines_are_numbered_from_one() {
        let steps = script(&spec(RunRequest {
            events: Some(9),
            ..seeded(1)
        }));
        let lines: Vec<u64> = steps
            .iter()
            .filter(|step| step.kind == EventKind::Log)
            .filter_map(|step| step.data.json()["line"].as_u64())
            .collect();
        assert_eq!(lines, (1..=9).collect::<Vec<_>>());
    }
}
