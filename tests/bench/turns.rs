//! What a host makes of its database: a thousand tasks with four sub-agents each, sixty-four at once, with a model that
//! answers at once and real tools, beside the same rows written by the same writer with nothing else to do.

use crate::busy::{Busy, OUTCOME};
use crate::figure::{Bound, Figure, quantile};
use crate::place;
use crate::rows::{Record, Rows};
use cowork_domain::{PermissionMode, TaskId};
use cowork_engine::{NewTask, Settings};
use cowork_models::Model;
use cowork_tests::{App, Host};
use futures::StreamExt as _;
use futures::stream;
use std::sync::Arc;
use std::time::Instant;
use tokio::sync::OnceCell;

pub(crate) const RATE: &str = "turns_per_second";
pub(crate) const OVERHEAD: &str = "turn_overhead_p99";
/// Unless `COWORK_BENCH_TASKS` says otherwise.
const TASKS: usize = 1000;
const AT_ONCE: usize = 64;
/// The engine and the database alone take turns, so that what else the machine does meets both.
const ROUNDS: usize = 5;
const SPACES: usize = 32;

/// Of each round: turns per second, and the 99th percentile of a turn's own time in milliseconds.
#[derive(Default)]
struct Measured {
    rates: Vec<f64>,
    overheads: Vec<f64>,
    alone_rates: Vec<f64>,
    alone_times: Vec<f64>,
}

/// Turns per second.
pub(crate) async fn rate() -> Figure {
    let measured = measured().await;
    Figure {
        name: RATE,
        samples: measured.rates.clone(),
        unit: "per s",
        reference: Some(("the same rows by the database alone", measured.alone_rates.clone())),
        bound: Bound::AtLeast(0.6),
    }
}

/// What a turn takes beside its model and its guests: from the answer to the next request.
pub(crate) async fn overhead() -> Figure {
    let measured = measured().await;
    Figure {
        name: OVERHEAD,
        samples: measured.overheads.clone(),
        unit: "ms",
        reference: Some((
            "twice that of the database alone and 2 ms",
            measured.alone_times.iter().map(|millis| 2.0 * millis + 2.0).collect(),
        )),
        bound: Bound::AtMost(1.0),
    }
}

/// Both figures are of one run.
async fn measured() -> &'static Measured {
    static MEASURED: OnceCell<Measured> = OnceCell::const_new();
    MEASURED.get_or_init(measure).await
}

async fn measure() -> Measured {
    let model = Arc::new(Busy::default());
    let app = app(&model).await;
    let rows = Rows::new(&app.store).await;
    let tasks = place::number("COWORK_BENCH_TASKS", TASKS);
    let mut measured = Measured::default();
    // The first round warms everything up.
    for round in 0..=ROUNDS {
        let numbers: Vec<usize> = match round {
            0 => (0..AT_ONCE).collect(),
            _ => (0..tasks / ROUNDS).map(|task| round * 1_000_000 + task).collect(),
        };
        let started = Instant::now();
        let ids: Vec<TaskId> = stream::iter(&numbers)
            .map(|number| complete(&app, &model, *number))
            .buffered(AT_ONCE)
            .collect()
            .await;
        let took = started.elapsed().as_secs_f64();
        let mut records = Vec::with_capacity(ids.len());
        let mut own = Vec::new();
        for id in ids {
            let record = Record::read(&app.store, id).await;
            own.extend(record.calls().filter_map(|(id, guest)| Some(model.between(id)? - guest)));
            records.push(record);
        }
        let turns: usize = records.iter().map(Record::turns).sum();
        let (alone, times) = rows.write(records, AT_ONCE).await;
        model.forget();
        if round > 0 {
            measured.rates.push(turns as f64 / took);
            measured.overheads.push(quantile(&own, 0.99) * 1e3);
            measured.alone_rates.push(turns as f64 / alone);
            measured.alone_times.push(quantile(&times, 0.99) * 1e3);
        }
    }
    measured
}

/// A host with coworkspaces for the tasks.
pub(crate) async fn app(model: &Arc<Busy>) -> App {
    let asked = Arc::clone(model) as Arc<dyn Model>;
    let app = App::with(asked, Host::all_tools().await, Settings::default()).await;
    for space in 0..SPACES {
        let slug = format!("space-{space}").parse().expect("a slug");
        let made = app.engine.create_coworkspace(slug, format!("Space {space}"), None).await;
        let folder = app.engine.folder(&made.expect("a coworkspace").slug).await.expect("a folder");
        std::fs::write(folder.root().join("files/a.txt"), "A few words.\n".repeat(100)).expect("a file");
    }
    app
}

/// Takes the task of a number on, and waits until it is completed.
pub(crate) async fn complete(app: &App, model: &Busy, number: usize) -> TaskId {
    let reported = model.reported(number);
    let new = NewTask {
        outcome: format!("{OUTCOME}{number}"),
        coworkspace_slug: format!("space-{}", number % SPACES).parse().expect("a slug"),
        permission_mode: PermissionMode::ActAutonomously,
        auto_approve_plan: true,
        priority: 0,
        limits: None,
        budget: Default::default(),
    };
    let id = app.engine.create_task(new).await.expect("a task").id;
    // Whoever looked at each step would be measured too.
    reported.notified().await;
    app.wait_for(id, "completed").await;
    id
}
