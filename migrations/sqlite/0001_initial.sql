-- The mission's tables, with what the engine needs beside them. Times are RFC 3339 text in UTC, identifiers ULIDs.

CREATE TABLE coworkspaces (
    slug TEXT PRIMARY KEY,                        -- name in URLs and on disk: "downloads-organizer"
    name TEXT NOT NULL,                           -- what people call it
    root_path TEXT NOT NULL,                      -- where the folder lies
    instructions TEXT,                            -- a copy of .instructions.md, which is the authority
    project_id TEXT,                              -- for hosts that group coworkspaces
    user_id TEXT NOT NULL,                        -- whose it is
    created_at TIMESTAMP NOT NULL
);

CREATE TABLE cowork_tasks (
    id TEXT PRIMARY KEY,
    coworkspace_slug TEXT NOT NULL REFERENCES coworkspaces(slug),
    outcome TEXT NOT NULL,                        -- what the person wants, in their words
    status TEXT NOT NULL DEFAULT 'pending',       -- pending planning plan_ready running waiting completed failed
    plan_json JSONB,                              -- the current plan
    permission_mode TEXT NOT NULL DEFAULT 'ask_before',
    auto_approve_plan BOOLEAN NOT NULL DEFAULT FALSE,
    report TEXT,                                  -- of a completed task
    failure_reason TEXT,                          -- of a failed task, for people
    failed_during TEXT,                           -- planning or running: where it goes on
    turns INTEGER NOT NULL DEFAULT 0,             -- turns begun so far
    input_tokens INTEGER NOT NULL DEFAULT 0,      -- read by the model so far
    output_tokens INTEGER NOT NULL DEFAULT 0,     -- written by the model so far
    created_at TIMESTAMP NOT NULL,
    updated_at TIMESTAMP NOT NULL                 -- of the last change of status
);

CREATE TABLE task_phases (
    id TEXT PRIMARY KEY,
    task_id TEXT NOT NULL REFERENCES cowork_tasks(id),
    position INTEGER NOT NULL,                    -- place in the plan, from 0
    name TEXT NOT NULL,
    status TEXT NOT NULL DEFAULT 'pending',       -- pending running completed
    parallel BOOLEAN NOT NULL DEFAULT FALSE,
    depends_on JSONB,                             -- names; null means the phase before
    progress REAL NOT NULL DEFAULT 0.0            -- 0 to 1
);

CREATE TABLE cowork_subtasks (
    id TEXT PRIMARY KEY,
    task_id TEXT NOT NULL REFERENCES cowork_tasks(id),
    phase_id TEXT NOT NULL REFERENCES task_phases(id) ON DELETE CASCADE,
    position INTEGER NOT NULL,                    -- place in the phase, from 0
    title TEXT NOT NULL,                          -- the line of the plan
    status TEXT NOT NULL DEFAULT 'pending',       -- pending running completed failed
    note TEXT                                     -- what the agent said of it
);

CREATE TABLE sub_agents (
    id TEXT PRIMARY KEY,
    task_id TEXT NOT NULL REFERENCES cowork_tasks(id),
    name TEXT NOT NULL,                           -- the phase or subtask it works on
    role TEXT NOT NULL,                           -- worker synthesis
    status TEXT NOT NULL DEFAULT 'idle',          -- idle running completed
    phase_id TEXT REFERENCES task_phases(id),     -- null for the synthesis
    subtask_id TEXT REFERENCES cowork_subtasks(id), -- set where a parallel phase gives each subtask an agent
    system_prompt TEXT NOT NULL,                  -- fixed when the agent begins, so that a resume says the same
    brief TEXT NOT NULL,                          -- its first message
    turns INTEGER NOT NULL DEFAULT 0,             -- turns in its context
    result TEXT                                   -- its last words
);

CREATE TABLE agent_messages (
    id TEXT PRIMARY KEY,
    from_agent TEXT NOT NULL,
    to_agent TEXT NOT NULL,
    type TEXT NOT NULL,
    content TEXT NOT NULL
);

CREATE TABLE task_checkpoints (
    id TEXT PRIMARY KEY,
    task_id TEXT NOT NULL REFERENCES cowork_tasks(id),
    turn INTEGER NOT NULL,
    state_json JSONB NOT NULL                     -- agent states, progress of the plan, time
);

-- The log: one row for each answer of a model. Rows are added, never changed.
CREATE TABLE cowork_turns (
    task_id TEXT NOT NULL REFERENCES cowork_tasks(id),
    turn INTEGER NOT NULL,                        -- from 1, over the whole task
    agent_id TEXT NOT NULL REFERENCES sub_agents(id),
    answer_json JSONB NOT NULL,                   -- what the model said, with the calls it wants
    created_at TIMESTAMP NOT NULL,
    PRIMARY KEY (task_id, turn)
);

CREATE TABLE cowork_tool_calls (
    id TEXT PRIMARY KEY,
    task_id TEXT NOT NULL REFERENCES cowork_tasks(id),
    agent_id TEXT NOT NULL REFERENCES sub_agents(id),
    turn INTEGER NOT NULL,
    position INTEGER NOT NULL,                    -- place among the calls of the answer, from 0
    model_call_id TEXT NOT NULL,                  -- the provider's name for it
    tool TEXT NOT NULL,
    arguments TEXT NOT NULL,                      -- as the model wrote them, perhaps broken
    status TEXT NOT NULL DEFAULT 'intended',      -- intended running completed failed denied
    runs INTEGER NOT NULL DEFAULT 0,              -- how often it was handed to the sandbox
    result_json JSONB,                            -- what the model reads, once final
    created_at TIMESTAMP NOT NULL,
    finished_at TIMESTAMP,
    UNIQUE (task_id, turn, position)
);

CREATE TABLE cowork_approvals (
    id TEXT PRIMARY KEY,
    task_id TEXT NOT NULL REFERENCES cowork_tasks(id),
    call_id TEXT NOT NULL UNIQUE REFERENCES cowork_tool_calls(id),
    decision_json JSONB,                          -- null while it waits
    asked_at TIMESTAMP NOT NULL,
    answered_at TIMESTAMP
);

CREATE TABLE cowork_deliverables (
    id TEXT PRIMARY KEY,
    task_id TEXT NOT NULL REFERENCES cowork_tasks(id),
    call_id TEXT NOT NULL REFERENCES cowork_tool_calls(id),
    path TEXT NOT NULL,                           -- relative to the coworkspace, under output/
    title TEXT NOT NULL,
    description TEXT,
    created_at TIMESTAMP NOT NULL,
    UNIQUE (task_id, path)
);

CREATE TABLE cowork_task_events (
    task_id TEXT NOT NULL REFERENCES cowork_tasks(id),
    seq INTEGER NOT NULL,                         -- from 1 within the task, without gaps
    event_json JSONB NOT NULL,
    created_at TIMESTAMP NOT NULL,
    PRIMARY KEY (task_id, seq)
);

CREATE INDEX idx_cowork_tasks_coworkspace ON cowork_tasks(coworkspace_slug);
CREATE INDEX idx_cowork_tasks_status ON cowork_tasks(status);
CREATE INDEX idx_phases_task ON task_phases(task_id);
CREATE INDEX idx_agents_task ON sub_agents(task_id);
CREATE UNIQUE INDEX idx_checkpoints_task ON task_checkpoints(task_id, turn DESC);
CREATE INDEX idx_cowork_subtasks_task ON cowork_subtasks(task_id);
CREATE INDEX idx_cowork_turns_agent ON cowork_turns(agent_id, turn);
CREATE INDEX idx_cowork_approvals_open ON cowork_approvals(task_id) WHERE decision_json IS NULL;
