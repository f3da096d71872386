//! What models are asked, how they answer and what it costs.

use cowork_domain::Money;
use cowork_domain::budget::RequestStatus;
use cowork_domain::message::Answer;
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::histogram::{Histogram, exponential_buckets};
use prometheus_client::registry::{Registry, Unit};
use std::sync::atomic::AtomicU64;
use std::time::Duration;

/// By the name of the model as its provider calls it.
pub(super) struct Models {
    requests: Family<Ended, Counter>,
    tokens: Family<Tokens, Counter>,
    cost: Family<OfModel, Counter<f64, AtomicU64>>,
    latency: Family<OfModel, Histogram>,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct OfModel {
    model: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Ended {
    model: String,
    status: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Tokens {
    model: String,
    kind: String,
}

impl Models {
    pub(super) fn new(registry: &mut Registry) -> Self {
        let this = Self {
            requests: Family::default(),
            tokens: Family::default(),
            cost: Family::default(),
            // 10 ms to 45 min.
            latency: Family::new_with_constructor(|| Histogram::new(exponential_buckets(0.01, 4.0, 10))),
        };
        let registry = registry.sub_registry_with_prefix("model");
        registry.register(
            "requests",
            "Requests that have ended, by what came of them",
            this.requests.clone(),
        );
        registry.register("tokens", "Tokens of answered requests", this.tokens.clone());
        registry.register("cost_usd", "Cost of answered requests whose price is known", this.cost.clone());
        let latency = "Time of requests from when they leave to the whole answer";
        registry.register_with_unit("latency", latency, Unit::Seconds, this.latency.clone());
        this
    }

    pub(super) fn answered(&self, answer: &Answer, took: Duration, cost: Option<Money>) {
        let of = OfModel { model: answer.model.clone() };
        self.ended(&of.model, RequestStatus::Answered);
        let usage = answer.usage;
        for (kind, tokens) in [
            ("input", usage.input_tokens),
            ("cached_input", usage.cached_input_tokens),
            ("output", usage.output_tokens),
        ] {
            let kind = kind.to_owned();
            self.tokens.get_or_create(&Tokens { model: of.model.clone(), kind }).inc_by(tokens);
        }
        self.latency.get_or_create(&of).observe(took.as_secs_f64());
        if let Some(cost) = cost {
            self.cost.get_or_create(&of).inc_by(cost.nano() as f64 / 1e9);
        }
    }

    pub(super) fn ended(&self, model: &str, status: RequestStatus) {
        let (model, status) = (model.to_owned(), status.name().to_owned());
        self.requests.get_or_create(&Ended { model, status }).inc();
    }
}
