-- Outcomes that are taken on again and again.
CREATE TABLE cowork_schedules (
    id TEXT PRIMARY KEY,
    coworkspace_slug TEXT NOT NULL REFERENCES coworkspaces(slug),
    cron TEXT NOT NULL,                           -- five fields
    time_zone TEXT NOT NULL,                      -- the place whose clock counts: Europe/Berlin
    task_json JSONB NOT NULL,                     -- what each firing takes on
    missed TEXT NOT NULL,                         -- skip run_once run_all
    overlap TEXT NOT NULL,                        -- skip queue allow
    paused_at TIMESTAMP,                          -- null: it fires
    next_at TIMESTAMP,                            -- the first firing that is not dealt with; null: there is none
    created_at TIMESTAMP NOT NULL,
    updated_at TIMESTAMP NOT NULL
);

CREATE INDEX idx_cowork_schedules_next ON cowork_schedules(next_at) WHERE paused_at IS NULL;

-- What became of each firing. The id follows from schedule and time, so that none is dealt with twice.
CREATE TABLE cowork_schedule_fires (
    id TEXT PRIMARY KEY,
    schedule_id TEXT NOT NULL REFERENCES cowork_schedules(id) ON DELETE CASCADE,
    scheduled_at TIMESTAMP NOT NULL,
    since TIMESTAMP,                              -- of several that were missed: the first
    fired_by TEXT NOT NULL,                       -- clock person
    status TEXT NOT NULL,                         -- started queued skipped missed
    task_id TEXT REFERENCES cowork_tasks(id),     -- made in the same transaction
    created_at TIMESTAMP NOT NULL
);

CREATE INDEX idx_cowork_schedule_fires_time ON cowork_schedule_fires(schedule_id, scheduled_at DESC);
CREATE INDEX idx_cowork_schedule_fires_queued ON cowork_schedule_fires(schedule_id) WHERE status = 'queued';
CREATE UNIQUE INDEX idx_cowork_schedule_fires_task ON cowork_schedule_fires(task_id) WHERE task_id IS NOT NULL;

-- What a person allows the tasks of a schedule to do without asking. Never a deletion.
CREATE TABLE cowork_standing_approvals (
    id TEXT PRIMARY KEY,
    schedule_id TEXT NOT NULL REFERENCES cowork_schedules(id) ON DELETE CASCADE,
    kind_json JSONB NOT NULL,                     -- tool, effects, folder
    given_by TEXT NOT NULL,
    given_at TIMESTAMP NOT NULL,
    expires_at TIMESTAMP NOT NULL,
    revoked_at TIMESTAMP
);

CREATE INDEX idx_cowork_standing_approvals_schedule ON cowork_standing_approvals(schedule_id);

-- Which calls of the task made a deliverable or changed it, oldest first, and the BLAKE3 of the content that they left.
ALTER TABLE cowork_deliverables ADD COLUMN made_by_json JSONB;
ALTER TABLE cowork_deliverables ADD COLUMN content_hash TEXT;

-- What the model was told about last words that nothing shows. It then has a turn more.
ALTER TABLE cowork_turns ADD COLUMN doubt TEXT;

-- What a person should know of a task beside its report.
CREATE TABLE cowork_task_warnings (
    task_id TEXT NOT NULL REFERENCES cowork_tasks(id),
    warning_json JSONB NOT NULL,
    created_at TIMESTAMP NOT NULL,
    UNIQUE (task_id, warning_json)
);
