-- Versions of plans, and going back: to a turn, and from a turn into another task.

-- Each plan that a task had, or that was proposed for it. What stands in a row's plan_json is never changed.
CREATE TABLE cowork_plan_versions (
    task_id TEXT NOT NULL REFERENCES cowork_tasks(id),
    version INTEGER NOT NULL,                     -- from 1 within the task
    author TEXT NOT NULL,                         -- planner person revision fork
    status TEXT NOT NULL,                         -- writing proposed accepted dropped failed
    words TEXT,                                   -- of a revision: what the person asked for
    reason TEXT,                                  -- why it was dropped or failed
    plan_json JSONB,                              -- null until the model has written it
    based_on INTEGER,                             -- the version that it changes
    created_at TIMESTAMP NOT NULL,
    decided_at TIMESTAMP,
    PRIMARY KEY (task_id, version)
);

CREATE INDEX idx_cowork_plan_versions_writing ON cowork_plan_versions(task_id) WHERE status = 'writing';

-- The version in force; null before there is a plan.
ALTER TABLE cowork_tasks ADD COLUMN plan_version INTEGER;

INSERT INTO cowork_plan_versions (task_id, version, author, status, plan_json, created_at, decided_at)
    SELECT id, 1, 'planner', 'accepted', plan_json, created_at, created_at FROM cowork_tasks WHERE plan_json IS NOT NULL;
UPDATE cowork_tasks SET plan_version = 1 WHERE plan_json IS NOT NULL;

-- What an edited plan does not have any more. The rows stay: agents of turns that were taken back refer to them.
ALTER TABLE task_phases ADD COLUMN removed_at TIMESTAMP;
ALTER TABLE cowork_subtasks ADD COLUMN removed_at TIMESTAMP;

-- Each time that a person went back to a turn.
CREATE TABLE cowork_rewinds (
    task_id TEXT NOT NULL REFERENCES cowork_tasks(id),
    number INTEGER NOT NULL,                      -- from 1 within the task
    to_turn INTEGER NOT NULL,                     -- the last turn that stayed
    call_id TEXT,                                 -- the change set that took files back; null where there were none
    created_at TIMESTAMP NOT NULL,
    PRIMARY KEY (task_id, number)
);

-- Turns that belong to no context any more. The log itself is never changed.
CREATE TABLE cowork_void_turns (
    task_id TEXT NOT NULL REFERENCES cowork_tasks(id),
    turn INTEGER NOT NULL,
    rewind INTEGER NOT NULL,                      -- which one took it back
    PRIMARY KEY (task_id, turn)
) WITHOUT ROWID;

-- From then on the agent is history: a rewind or a new attempt took its place.
ALTER TABLE sub_agents ADD COLUMN void_since TIMESTAMP;

-- The change set takes back the calls after this turn, and is not undone itself.
ALTER TABLE cowork_change_sets ADD COLUMN rewinds_to INTEGER;

-- The task and the turn that a task goes on from.
ALTER TABLE cowork_tasks ADD COLUMN forked_from TEXT REFERENCES cowork_tasks(id);
ALTER TABLE cowork_tasks ADD COLUMN forked_turn INTEGER;
