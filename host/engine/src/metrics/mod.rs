//! What calls use, what models are asked and how many tasks are worked on, counted for operators.

mod models;

use cowork_domain::Money;
use cowork_domain::budget::RequestStatus;
use cowork_domain::call::{CallStatus, Usage};
use cowork_domain::message::Answer;
use models::Models;
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::{Histogram, exponential_buckets};
use prometheus_client::registry::{Registry, Unit};
use std::sync::atomic::AtomicU64;
use std::time::Duration;

/// Counters since the start of the host.
pub(crate) struct Metrics {
    registry: Registry,
    at_work: Gauge,
    calls: Family<Ended, Counter>,
    cpu: Family<OfTool, Counter<f64, AtomicU64>>,
    wall: Family<OfTool, Histogram>,
    memory: Family<OfTool, Histogram>,
    staged: Family<OfTool, Counter>,
    sent: Family<OfTool, Counter>,
    received: Family<OfTool, Counter>,
    models: Models,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct OfTool {
    tool: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Ended {
    tool: String,
    status: String,
}

impl Metrics {
    pub(crate) fn new() -> Self {
        let mut registry = Registry::with_prefix("cowork");
        let models = Models::new(&mut registry);
        let mut this = Self {
            registry,
            models,
            at_work: Gauge::default(),
            calls: Family::default(),
            cpu: Family::default(),
            // 0.1 ms to 100 s.
            wall: Family::new_with_constructor(|| Histogram::new(exponential_buckets(0.0001, 4.0, 11))),
            // 1 MiB to 4 GiB.
            memory: Family::new_with_constructor(|| Histogram::new(exponential_buckets(1_048_576.0, 4.0, 7))),
            staged: Family::default(),
            sent: Family::default(),
            received: Family::default(),
        };
        let registry = &mut this.registry;
        let at_work = "Tasks that are worked on; those that wait are not among them";
        registry.register("tasks_at_work", at_work, this.at_work.clone());
        let registry = registry.sub_registry_with_prefix("tool");
        registry.register("calls", "Calls that have ended", this.calls.clone());
        registry.register_with_unit("cpu", "Processor time of calls", Unit::Seconds, this.cpu.clone());
        registry.register_with_unit(
            "wall",
            "Time of calls from start to end",
            Unit::Seconds,
            this.wall.clone(),
        );
        registry.register_with_unit("memory", "The most memory of calls", Unit::Bytes, this.memory.clone());
        registry.register_with_unit("staged", "Written to files", Unit::Bytes, this.staged.clone());
        registry.register_with_unit("sent", "Sent to other hosts", Unit::Bytes, this.sent.clone());
        registry.register_with_unit(
            "received",
            "Received from other hosts",
            Unit::Bytes,
            this.received.clone(),
        );
        this
    }

    pub(crate) fn count(&self, tool: &str, status: CallStatus, usage: &Usage) {
        let of = OfTool { tool: tool.to_owned() };
        self.calls.get_or_create(&Ended { tool: tool.to_owned(), status: status.name().to_owned() }).inc();
        self.cpu.get_or_create(&of).inc_by(usage.cpu_micros as f64 / 1e6);
        self.wall.get_or_create(&of).observe(usage.wall_micros as f64 / 1e6);
        self.memory.get_or_create(&of).observe(usage.memory as f64);
        self.staged.get_or_create(&of).inc_by(usage.staged);
        self.sent.get_or_create(&of).inc_by(usage.sent);
        self.received.get_or_create(&of).inc_by(usage.received);
    }

    /// Counts a request to a model that was answered.
    pub(crate) fn answered(&self, answer: &Answer, took: Duration, cost: Option<Money>) {
        self.models.answered(answer, took, cost);
    }

    /// Counts one that was not.
    pub(crate) fn unanswered(&self, model: &str, status: RequestStatus) {
        self.models.ended(model, status);
    }

    /// All of them, in OpenMetrics text.
    pub(crate) fn text(&self, tasks_at_work: usize) -> String {
        self.at_work.set(i64::try_from(tasks_at_work).unwrap_or(i64::MAX));
        let mut text = String::new();
        // Writing to a string does not fail.
        let _ = encode(&mut text, &self.registry);
        text
    }
}
